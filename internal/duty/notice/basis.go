package notice

import (
	"kept/internal/i18n"
	"kept/internal/policy"
)

// basisOf names the ground of an activity as a whole: an express consent only where
// the policy says that it is one.
func (w *writer) basisOf(a *policy.Activity) string {
	if a.Basis == policy.Consent && a.Explicit {
		return w.t("basis.consent-express")
	}
	return w.basisName(a.Basis)
}

func (w *writer) basisName(b policy.Basis) string {
	if b == "" {
		return ""
	}
	return w.t("basis." + string(b))
}

// bases names the ground of an activity with its article, and the interest or
// the duty that it needs (Art. 13(1)(c), (d)); then the grounds of its parts.
// What is done for a customer rests on the customer's ground.
func (w *writer) bases(a *policy.Activity) []Para {
	var says []Para
	if len(a.OnBehalfOf) > 0 && a.Basis == "" {
		says = append(says, say(w.t("behalf.basis")))
	} else {
		says = append(says, say(w.basisOf(a)), w.founded(a.Basis, a.Interest, a.Law))
	}
	if a.Basis == policy.Consent && len(a.OnBehalfOf) == 0 {
		says = append(says, w.asks(a))
	}
	for _, g := range a.Also {
		says = append(says, w.also(g))
	}
	return says
}

// grounds names all grounds of an activity in one line, each part with its own.
func (w *writer) grounds(a *policy.Activity) string {
	text := w.basisOf(a)
	for _, g := range a.Also {
		text += "; " + w.t("overview.also", unstopped(g.For.In(w.lang)), w.basisName(g.Basis))
	}
	return text
}

// restsElsewhere reports whether a part of the activity rests on something else
// than the whole: on a consent, or on none.
func restsElsewhere(a *policy.Activity) bool {
	for _, g := range a.Also {
		if (g.Basis == policy.Consent) != (a.Basis == policy.Consent) {
			return true
		}
	}
	return false
}

// founded names the interest or the provision behind a ground.
func (w *writer) founded(b policy.Basis, interest policy.Text, law string) Para {
	switch {
	case b == policy.LegitimateInterests && interest.In(w.lang) != "":
		return say(w.t("basis.interest", unstopped(interest.In(w.lang))))
	case law != "":
		return say(w.t("basis.law", i18n.Law(law, w.lang)))
	}
	return nil
}

// asks says where consent is asked for.
func (w *writer) asks(a *policy.Activity) Para {
	if a.Group == "" {
		return say(w.t("basis.asks-itself"))
	}
	return say(w.t("basis.group", w.group(a.Group)))
}

// also is a further ground with the part that rests on it.
func (w *writer) also(g policy.Ground) Para {
	text := w.t("basis.also", w.basisName(g.Basis))
	if part := unstopped(g.For.In(w.lang)); part != "" {
		text = w.t("basis.also-for", part, w.basisName(g.Basis))
	}
	if more := w.founded(g.Basis, g.Interest, g.Law); more != nil {
		text += " " + more.text()
	}
	if g.Basis == policy.Consent {
		text += " " + w.t("basis.asks-apart")
	}
	return say(text)
}
