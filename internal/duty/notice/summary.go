package notice

import (
	"kept/internal/i18n"
	"kept/internal/policy"
)

// summary is the first layer: who, what for, who gets it, how long, and the
// three things that a person can do. Each line stands only if the policy has
// its ground.
func (w *writer) summary() Section {
	s := w.section(2, "summary")
	var t terms
	t.add(w.t("summary.who"), w.summaryWho())
	t.add(w.t("summary.what"), w.summaryWhat()...)
	t.add(w.t("summary.outside"), w.summaryOutside()...)
	if w.allEnd() {
		t.add(w.t("summary.period"), Para{{Text: w.t("summary.retention") + " "}, {Text: w.t("retention.title"), Href: "#retention"}, {Text: "."}})
	}
	t.add(w.t("summary.acts"), w.summarySee(), w.summaryRefuse(), w.summaryComplain())
	s.terms(t)
	return s
}

func (w *writer) summaryWho() Para {
	p := say(w.t("summary.responsible", w.p.Controller.Name))
	if to := mailto(w.p.Controller.Email); to != nil {
		p = append(p, Span{Text: " " + w.t("summary.reach") + " "}, to[0], Span{Text: "."})
	}
	return p
}

// summaryWhat names what happens unasked, what waits for consent, and what is
// done for others.
func (w *writer) summaryWhat() []Para {
	happens := w.byConsent()
	without := "summary.unasked"
	if len(happens.asked)+len(happens.express) == 0 && len(happens.partly) == 0 {
		without = "summary.only"
	}
	return []Para{
		w.listed(without, happens.unasked), w.listed("summary.express", happens.express), w.listed("summary.asked", happens.asked),
		w.listed("summary.partly", happens.partly), w.listed("summary.behalf", happens.behalf),
	}
}

// listed ends a sentence with links to parts of the notice; nil without any.
func (w *writer) listed(key string, links []Span) Para {
	if len(links) == 0 {
		return nil
	}
	p := say(w.t(key) + " ")
	for i, l := range links {
		switch {
		case i > 0 && i == len(links)-1:
			p = append(p, Span{Text: " " + i18n.T(w.lang, "list.and") + " "})
		case i > 0:
			p = append(p, Span{Text: ", "})
		}
		p = append(p, l)
	}
	return p.stop()
}

// happening is what happens: after an express consent, after another, without it, partly after consent, on
// behalf of others.
type happening struct{ express, asked, unasked, partly, behalf []Span }

func (w *writer) byConsent() (all happening) {
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		here := Span{Text: w.title(a), Href: "#" + activityID(a)}
		switch {
		case len(a.OnBehalfOf) > 0:
			all.behalf = append(all.behalf, here)
		case restsElsewhere(a):
			all.partly = append(all.partly, here)
		case a.Basis == policy.Consent && a.Explicit:
			all.express = append(all.express, here)
		case a.Basis == policy.Consent:
			all.asked = append(all.asked, here)
		default:
			all.unasked = append(all.unasked, here)
		}
	}
	for i := range w.p.Services {
		s := &w.p.Services[i]
		here := Span{Text: w.service(s), Href: "#services"}
		if s.NeedsConsent() {
			all.asked = append(all.asked, here)
		} else {
			all.unasked = append(all.unasked, here)
		}
	}
	return all
}

// summaryOutside names the recipients, and the countries that transfers go to.
func (w *writer) summaryOutside() []Para {
	var names []Span
	var abroad []string
	seen := map[string]bool{}
	for _, r := range w.p.Recipients {
		names = append(names, Span{Text: w.recipient(r.Key), Href: "#" + recipientID(r.Key)})
		for _, t := range r.Transfers {
			if !seen[t.To] {
				seen[t.To] = true
				abroad = append(abroad, i18n.Country(t.To, w.lang))
			}
		}
	}
	if len(names) == 0 {
		return []Para{say(w.t("summary.nobody"))}
	}
	says := []Para{w.listed("summary.recipients", names)}
	if len(abroad) > 0 {
		says = append(says, say(w.t("summary.abroad", w.join(abroad))))
	}
	return says
}

// allEnd reports whether each activity says how long its data is kept.
func (w *writer) allEnd() bool {
	for i := range w.p.Activities {
		if len(w.p.Activities[i].Retention) == 0 {
			return false
		}
	}
	return len(w.p.Activities) > 0
}

// summarySee is the first thing to do: see, take along, have erased.
func (w *writer) summarySee() Para {
	if w.knowsBrowser() {
		return Para{{Text: w.t("summary.see") + " "}, pageMe(w), {Text: "."}}
	}
	if to := mailto(w.p.Controller.Email); to != nil {
		return Para{{Text: w.t("summary.see-mail") + " "}, to[0], {Text: "."}}
	}
	return nil
}

// summaryRefuse is the second: say no.
func (w *writer) summaryRefuse() Para {
	var p Para
	if len(w.p.Groups) > 0 {
		p = Para{{Text: w.t("summary.withdraw") + " "}, pageSettings(w), {Text: "."}}
	}
	if len(w.objectionable()) > 0 {
		if p != nil {
			p = append(p, Span{Text: " "})
		}
		p = append(p, Span{Text: w.t("summary.object") + " "}, Span{Text: w.t("objection.title"), Href: "#objection"}, Span{Text: "."})
	}
	return p
}

// summaryComplain is the third: ask, and complain.
func (w *writer) summaryComplain() Para {
	return Para{{Text: w.t("summary.complain") + " "}, {Text: w.t("complaint.title"), Href: "#complaint"}, {Text: "."}}
}

func pageMe(w *writer) Span { return Span{Text: w.t("page.me"), Href: "/privacy/me"} }

func pageSettings(w *writer) Span { return Span{Text: w.t("page.settings"), Href: "/privacy/settings"} }

// knowsBrowser reports whether anything can be stored under an identifier of
// the browser, so that the page "my data" can show it.
func (w *writer) knowsBrowser() bool {
	if len(w.p.Groups) > 0 {
		return true
	}
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.Cookies) > 0 && !a.Words().Inside {
			return true
		}
	}
	return false
}
