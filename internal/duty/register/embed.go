package register

import (
	"cmp"

	"kept/internal/policy"
)

// embedID keeps services apart from activities of the same name.
func embedID(s *policy.Service) string { return "service/" + s.Key }

// embed makes the entry of content that pages load from elsewhere: the browser
// discloses, the recipient gets. Nothing of it stays here, so there is no time
// limit of our own.
func (b builder) embed(s *policy.Service) Activity {
	x := Activity{
		ID: embedID(s), Form: Embed, Name: b.names.Service(s), About: b.say("embed.about"),
		Purpose: Term{Key: s.Group, Name: b.names.Group(s.Group)}, Bases: []Basis{b.embedBasis(s)},
		People: []Term{b.person("visitor")}, Data: []Datum{}, Retention: []Rule{}, Access: []Named{},
		System: Page, SystemName: b.say("system." + string(Page)),
	}
	gets := Delivery{Recipient: s.Recipient, Name: b.names.Recipient(s.Recipient), Fields: []Named{}}
	for _, ref := range s.Data {
		f := fieldOf(policy.LoadFields(), ref.Name)
		x.Data = append(x.Data, b.datum(f))
		gets.Fields = append(gets.Fields, b.field(policy.LoadFields(), ref.Name))
	}
	x.Recipients, x.Sources = []Delivery{gets}, sources(x.Data)
	return x
}

func (b builder) embedBasis(s *policy.Service) Basis {
	if s.NeedsConsent() {
		x := b.basis(policy.Consent)
		x.Group = b.names.Group(s.Group)
		return x
	}
	n := b.named("basis.", policy.Essential)
	return Basis{Key: n.Key, Name: n.Name, Interest: s.Reason.In(b.lang)}
}

// storage lists what is kept on visitors' devices, the site's own first.
func (b builder) storage() []Storage {
	all := []Storage{}
	add := func(cookies []policy.Cookie, id, name string) {
		for _, c := range cookies {
			x := Storage{
				Name: c.Name, Kind: b.named("storage.", cmp.Or(c.Storage, "cookie")), Used: id, UsedName: name,
				Purpose: c.Purpose.In(b.lang), Lasts: b.say("storage.session"),
			}
			if !c.Session {
				x.Lifetime, x.Lasts = c.Lifetime.String(), c.Lifetime.In(b.lang)
			}
			all = append(all, x)
		}
	}
	add(b.p.Cookies, "", b.say("storage.site"))
	for i := range b.p.Activities {
		a := &b.p.Activities[i]
		add(a.Cookies, a.Key, b.names.Activity(a))
	}
	for i := range b.p.Services {
		s := &b.p.Services[i]
		add(s.Cookies, embedID(s), b.names.Service(s))
	}
	return all
}
