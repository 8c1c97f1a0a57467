package center

import (
	"slices"

	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// offer is what a person is asked, and how they decided so far.
type offer struct {
	Groups []offeredGroup
	Who    []string // recipients that a consent brings in
	Abroad []string // countries that their transfers go to
	Risks  []string // what Art. 49(1)(a) wants said before
}

// offeredGroup is a box, with a box for each service in it.
type offeredGroup struct {
	Key, Title, About string
	Purposes          []string // activities of the group
	Accepted          bool
	Services          []offeredService
}

type offeredService struct {
	Key, Title, Recipient string
	Accepted              bool
}

// offered tells what p asks for, in lang, and what st says about it; of these
// groups alone, of all if none is named.
func offered(p *policy.Policy, lang string, st consent.State, groups ...string) offer {
	st.Once = nil // of one page view, no decision
	names := notice.NewNames(p, lang)
	var o offer
	for i := range p.Groups {
		g := &p.Groups[i]
		if len(groups) > 0 && !slices.Contains(groups, g.Key) {
			continue
		}
		group := offeredGroup{Key: g.Key, Title: names.Group(g.Key), About: g.About.In(lang), Accepted: st.AllowsGroup(g.Key)}
		for j := range p.Activities {
			a := &p.Activities[j]
			if a.Basis != policy.Consent || a.Group != g.Key {
				continue
			}
			group.Purposes = append(group.Purposes, names.Activity(a))
			for _, d := range a.Recipients {
				o.reaches(p, names, d.Recipient, lang)
			}
		}
		for j := range p.Services {
			s := &p.Services[j]
			if s.Group != g.Key {
				continue
			}
			group.Services = append(group.Services, offeredService{
				Key: s.Key, Title: names.Service(s), Recipient: names.Recipient(s.Recipient), Accepted: st.Allows(p, s.Key),
			})
			o.reaches(p, names, s.Recipient, lang)
		}
		o.Groups = append(o.Groups, group)
	}
	return o
}

// reaches notes a recipient, once, with where it may send data.
func (o *offer) reaches(p *policy.Policy, names notice.Names, key, lang string) {
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	add(&o.Who, names.Recipient(key))
	r := p.Recipient(key)
	if r == nil {
		return
	}
	for _, t := range r.Transfers {
		add(&o.Abroad, i18n.Country(t.To, lang))
		if t.Safeguard == "explicit-consent" {
			add(&o.Risks, t.Risk.In(lang))
		}
	}
}

// Listed reports whether the group's services were shown one by one as they
// stood, so that an empty box is a refusal.
func (g offeredGroup) Listed() bool { return g.Accepted }
