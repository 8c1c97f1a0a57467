package notice

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// summary is the first layer: who, what without asking, what only with consent,
// who gets it, where to act. Each line stands only if the policy has its ground.
func (w *writer) summary() Section {
	s := w.section(2, "summary")
	var lines []Para
	lines = append(lines, say(w.t("summary.who", w.p.Controller.Name)))
	asked, unasked := w.byConsent()
	switch {
	case len(unasked) > 0 && len(asked) > 0:
		lines = append(lines, say(w.t("summary.unasked", w.join(unasked))))
	case len(unasked) > 0:
		lines = append(lines, say(w.t("summary.only", w.join(unasked))))
	}
	if len(asked) > 0 {
		lines = append(lines, say(w.t("summary.asked", w.join(asked))))
	}
	names, abroad := w.outside()
	if len(names) == 0 {
		lines = append(lines, say(w.t("summary.nobody")))
	} else {
		lines = append(lines, say(w.t("summary.recipients", w.join(names))))
		if len(abroad) > 0 {
			lines = append(lines, say(w.t("summary.abroad", w.join(abroad))))
		}
	}
	act := Para{{Text: w.t("summary.me") + " "}, {Text: w.t("page.me"), Href: "/privacy/me"}, {Text: "."}}
	if len(asked) > 0 {
		act = append(act, Span{Text: " " + w.t("summary.settings") + " "}, Span{Text: w.t("page.settings"), Href: "/privacy/settings"}, Span{Text: "."})
	}
	lines = append(lines, say(w.t("summary.retention")), act)
	s.list(lines)
	return s
}

// byConsent names the activities and services that wait for consent and the
// activities that do not.
func (w *writer) byConsent() (asked, unasked []string) {
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		if a.Basis == policy.Consent {
			asked = append(asked, w.title(a))
		} else {
			unasked = append(unasked, w.title(a))
		}
	}
	for i := range w.p.Services {
		s := &w.p.Services[i]
		if s.NeedsConsent() {
			asked = append(asked, w.service(s))
		} else {
			unasked = append(unasked, w.service(s))
		}
	}
	return asked, unasked
}

// outside names the recipients, and the countries that transfers go to.
func (w *writer) outside() (names, abroad []string) {
	seen := map[string]bool{}
	for _, r := range w.p.Recipients {
		names = append(names, w.recipient(r.Key))
		for _, t := range r.Transfers {
			if !seen[t.To] {
				seen[t.To] = true
				abroad = append(abroad, i18n.Country(t.To, w.lang))
			}
		}
	}
	return names, abroad
}

// controller names who answers for all this (Art. 13(1)(a), (b)).
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
	if o := c.Officer; o != nil {
		s.para(say(w.t("controller.officer")))
		var t terms
		t.add(w.t("contact.name"), say(o.Name))
		t.add(w.t("contact.address"), say(o.Address))
		t.add(w.t("contact.email"), mailto(o.Email))
		t.add(w.t("contact.phone"), say(o.Phone))
		s.terms(t)
	}
	return s
}

func mailto(address string) Para {
	if !strings.Contains(address, "@") {
		return say(address)
	}
	return link(address, "mailto:"+address)
}

// complaint names the way to an authority (Art. 13(2)(d), 77).
func (w *writer) complaint() Section {
	s := w.section(2, "complaint")
	s.para(say(w.t("complaint.about")))
	if a := w.p.Controller.Authority; a != nil {
		p := Para{{Text: w.t("complaint.authority") + " "}, {Text: or(a.Name, a.URL), Href: a.URL}, {Text: "."}}
		s.para(p)
	}
	return s
}

// version identifies the text.
func (w *writer) version() Section {
	s := w.section(2, "version")
	s.para(say(w.t("version.about", i18n.Day(w.p.Notice.Version, w.lang))))
	return s
}
