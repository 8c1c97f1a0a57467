package notice

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// controller names who answers for all this (Art. 13(1)(a), (b)), and who
// stands for them in the Union (Art. 27).
func (w *writer) controller() Section {
	c := w.p.Controller
	s := w.section(2, "controller")
	var t terms
	t.add(w.t("contact.name"), say(c.Name))
	t.add(w.t("contact.address"), say(c.Address))
	t.add(w.t("contact.email"), mailto(c.Email))
	t.add(w.t("contact.phone"), say(c.Phone))
	if c.URL != "" {
		t.add(w.t("contact.web"), link(c.URL, c.URL))
	}
	s.terms(t)
	w.contact(&s, "controller.representative", c.Representative)
	if c.Officer != nil && c.Officer.External {
		w.contact(&s, "controller.officer-external", c.Officer)
	} else {
		w.contact(&s, "controller.officer", c.Officer)
	}
	return s
}

func (w *writer) contact(s *Section, intro string, c *policy.Contact) {
	if c == nil {
		return
	}
	var t terms
	t.add(w.t("contact.name"), say(c.Name))
	t.add(w.t("contact.address"), say(c.Address))
	t.add(w.t("contact.email"), mailto(c.Email))
	t.add(w.t("contact.phone"), say(c.Phone))
	if len(t) > 0 {
		s.para(say(w.t(intro)))
		s.terms(t)
	}
}

// mailto links an e-mail address; nil for an empty one.
func mailto(address string) Para {
	switch {
	case address == "":
		return nil
	case !strings.Contains(address, "@"):
		return say(address)
	}
	return link(address, "mailto:"+address)
}

// measures are what protects the data (Art. 32); no section if none is named.
func (w *writer) measures() []Section {
	var list []Para
	for _, m := range w.p.Measures {
		if title := m.Title.In(w.lang); title != "" {
			list = append(list, say(title))
		}
	}
	if len(list) == 0 {
		return nil
	}
	s := w.section(2, "measures")
	s.para(say(w.t("measures.about")))
	s.list(list)
	return []Section{s}
}

// complaint names the way to an authority (Art. 13(2)(d), 77), and whom one can
// ask before.
func (w *writer) complaint() Section {
	s := w.section(2, "complaint")
	if o := w.p.Controller.Officer; o != nil && mailto(o.Email) != nil {
		s.para(Para{{Text: w.t("complaint.officer") + " "}, mailto(o.Email)[0], {Text: ". " + w.t("complaint.free")}})
	}
	s.para(say(w.t("complaint.about")))
	if a := w.p.Controller.Authority; a != nil {
		s.para(Para{{Text: w.t("complaint.authority") + " "}, {Text: or(a.Name, a.URL), Href: a.URL}}.stop())
	}
	return s
}

// version identifies the text and says where the earlier ones are.
func (w *writer) version() Section {
	s := w.section(2, "version")
	s.para(Para{{Text: w.t("version.about", i18n.Day(w.p.Notice.Version, w.lang)) + " "}, {Text: w.t("page.versions"), Href: "/privacy/versions"}, {Text: "."}})
	return s
}
