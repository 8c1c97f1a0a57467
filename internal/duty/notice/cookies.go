package notice

import "kept/internal/policy"

// Cookie is a line of the cookie table: one piece of terminal storage, in words.
type Cookie struct {
	Name, Provider, Purpose, Lifetime, Group string
	GroupKey                                 string // empty or essential: no consent needed
}

// Cookies returns the cookie table of p in lang: every piece of terminal
// storage that the site itself needs, then what activities and services declare,
// in the order of the policy. What lies on the console's host alone is no
// visitor's.
func Cookies(p *policy.Policy, lang string) []Cookie {
	return (&writer{p, lang}).cookieTable()
}

func (w *writer) cookieTable() []Cookie {
	var all []Cookie
	for _, c := range w.p.Cookies {
		all = append(all, w.cookie(c, w.p.Controller.Name, "", policy.Essential))
	}
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		if a.Words().Inside {
			continue
		}
		for _, c := range a.Cookies {
			all = append(all, w.cookie(c, w.p.Controller.Name, w.title(a), a.Group))
		}
	}
	for i := range w.p.Services {
		s := &w.p.Services[i]
		for _, c := range s.Cookies {
			all = append(all, w.cookie(c, w.recipient(s.Recipient), w.service(s), s.Group))
		}
	}
	return all
}

// stored reports whether something waits for consent, and whether something
// does not.
func (w *writer) stored() (asked, needed bool) {
	for _, c := range w.cookieTable() {
		if c.GroupKey == "" || c.GroupKey == policy.Essential {
			needed = true
		} else {
			asked = true
		}
	}
	return asked, needed
}

func (w *writer) cookie(c policy.Cookie, provider, otherwise, group string) Cookie {
	name := c.Name
	if c.Storage != "" && c.Storage != "cookie" {
		name += " (" + w.t("storage."+c.Storage) + ")"
	}
	life := w.t("cookies.session")
	if !c.Session {
		life = c.Lifetime.In(w.lang)
	}
	return Cookie{Name: name, Provider: provider, Purpose: or(c.Purpose.In(w.lang), otherwise), Lifetime: life, Group: w.group(group), GroupKey: group}
}

// cookies is the table as a section; none if nothing is stored.
func (w *writer) cookies() []Section {
	t := &Table{Head: []string{w.t("cookies.name"), w.t("cookies.provider"), w.t("cookies.purpose"), w.t("cookies.lifetime"), w.t("cookies.group")}}
	for _, c := range w.cookieTable() {
		t.Rows = append(t.Rows, []Para{say(c.Name), say(c.Provider), say(c.Purpose), say(c.Lifetime), say(c.Group)})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	s := w.section(2, "cookies")
	law := "eu"
	if w.p.Notice.Jurisdiction == "DE" {
		law = "de"
	}
	if asked, needed := w.stored(); asked {
		s.para(Para{{Text: w.t("cookies.about") + " "}, pageSettings(w), {Text: ". " + w.t("cookies.consent."+law)}})
		if needed {
			s.para(say(w.t("cookies.besides." + law)))
		}
	} else {
		s.para(say(w.t("cookies.needed." + law)))
	}
	s.table(t)
	return []Section{s}
}
