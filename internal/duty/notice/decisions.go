package notice

import (
	"strings"

	"kept/internal/policy"
)

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
	if w.asksConsent() {
		s.para(say(w.t("provision.consent")))
	}
	return s
}

// provided says it for one activity; nothing if the policy says nothing.
func (w *writer) provided(a *policy.Activity) []Para {
	if a.Provision.Required == "" {
		return nil
	}
	required := w.t("provision." + a.Provision.Required)
	if data := w.brief(a, a.Provision.Data); data != "" {
		required = w.t("provision."+a.Provision.Required+"-of", data)
	}
	return []Para{say(strings.Join(present(required, a.Provision.Consequence.In(w.lang)), " "))}
}

// decisions says what is decided, or profiled, by a machine (Art. 13(2)(f), 22),
// and that anything beyond would be told apart.
func (w *writer) decisions() Section {
	s := w.section(2, "decisions")
	var t terms
	decides := false
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		t.add(w.title(a), w.decision(a)...)
		decides = decides || a.Decision != nil && a.Decision.Kind == "decision"
	}
	s.terms(t)
	switch {
	case len(t) == 0:
		s.para(say(w.t("decisions.none") + " " + w.t("decisions.separately")))
	case decides:
		s.para(say(w.t("decisions.else")))
	default:
		s.para(say(w.t("decisions.profiling-only") + " " + w.t("decisions.separately")))
	}
	return s
}

// decision is what the law wants said of one (Art. 13(2)(f)): that there is one,
// how it comes about, what it means, why it is allowed, and what one can do.
func (w *writer) decision(a *policy.Activity) []Para {
	d := a.Decision
	if d == nil {
		return nil
	}
	says := []Para{say(w.t("decision." + d.Kind))}
	if logic := unstopped(d.Logic.In(w.lang)); logic != "" {
		says = append(says, say(w.t("decision.logic", logic)))
	}
	if means := unstopped(d.Consequences.In(w.lang)); means != "" {
		says = append(says, say(w.t("decision.means", means)))
	}
	if d.Ground != "" {
		says = append(says, say(w.t("decision.ground."+d.Ground)))
	}
	if d.Kind == "decision" {
		says = append(says, say(w.t("decision.rights")))
	}
	return says
}
