package notice

import (
	"strings"

	"kept/internal/policy"
)

// rights says what a person can ask for and where (Art. 13(2)(b), (c)).
func (w *writer) rights() Section {
	s := w.section(2, "rights")
	s.list(w.rightsList())
	s.para(Para{{Text: w.t("rights.here") + " "}, {Text: w.t("page.me"), Href: "/privacy/me"}, {Text: "."}})
	if c := w.p.Controller; c.Email != "" {
		s.para(Para{{Text: w.t("rights.write") + " "}, {Text: c.Email, Href: "mailto:" + c.Email}, {Text: ". " + w.t("rights.month")}})
	}
	if w.p.Notice.Jurisdiction == "DE" {
		s.para(say(w.t("rights.bdsg")))
	}
	return s
}

func (w *writer) rightsList() []Para {
	list := []Para{say(w.t("rights.access")), say(w.t("rights.rectification")), say(w.t("rights.erasure")), say(w.t("rights.restriction"))}
	if len(w.under(policy.Consent, policy.Contract)) > 0 {
		list = append(list, say(w.t("rights.portability")))
	}
	if interests := w.under(policy.LegitimateInterests, policy.PublicTask); len(interests) > 0 {
		list = append(list, say(w.t("rights.objection", w.join(interests))))
	}
	if len(w.p.Groups) > 0 || len(w.under(policy.Consent)) > 0 {
		list = append(list,
			Para{{Text: w.t("rights.withdrawal") + " "}, {Text: w.t("page.settings"), Href: "/privacy/settings"}, {Text: ". " + w.t("rights.lawful")}},
			say(w.t("rights.gpc")))
	}
	return list
}

// under names the activities that rest on one of bases.
func (w *writer) under(bases ...policy.Basis) []string {
	var found []string
	for i := range w.p.Activities {
		for _, b := range bases {
			if w.p.Activities[i].Basis == b {
				found = append(found, w.title(&w.p.Activities[i]))
			}
		}
	}
	return found
}

// provision says which data must be given and what follows if it is not
// (Art. 13(2)(e)).
func (w *writer) provision() Section {
	s := w.section(2, "provision")
	var t terms
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		t.add(w.title(a), w.provided(a)...)
	}
	if len(t) == 0 {
		s.para(say(w.t("provision.none")))
	} else {
		s.para(say(w.t("provision.some")))
		s.terms(t)
	}
	if asked, _ := w.byConsent(); len(asked) > 0 {
		s.para(say(w.t("provision.consent")))
	}
	return s
}

// provided says it for one activity; nothing if the policy says nothing.
func (w *writer) provided(a *policy.Activity) []Para {
	if a.Provision.Required == "" {
		return nil
	}
	says := []string{w.t("provision." + a.Provision.Required)}
	if c := a.Provision.Consequence.In(w.lang); c != "" {
		says = append(says, c)
	}
	return []Para{say(strings.Join(says, " "))}
}

// decisions says that nobody is decided upon by a machine alone (Art. 13(2)(f),
// 22): no kind of activity does it.
func (w *writer) decisions() Section {
	s := w.section(2, "decisions")
	s.para(say(w.t("decisions.none")))
	return s
}
