package notice

import (
	"kept/internal/policy"
	"kept/internal/policy/rules"
)

// rights says what a person can ask for and where (Art. 13(2)(b), (c)). The
// right to object stands apart from the others (Art. 21(4)).
func (w *writer) rights() []Section {
	s := w.section(2, "rights")
	s.para(say(w.t("rights.free")))
	var t terms
	for _, right := range []string{"access", "rectification", "erasure", "restriction"} {
		t.add(w.t("rights."+right), say(w.t("rights."+right+"-says")))
	}
	if len(w.under(policy.Consent, policy.Contract)) > 0 {
		t.add(w.t("rights.portability"), say(w.t("rights.portability-says")))
	}
	t.add(w.t("rights.withdrawal"), w.withdrawal()...)
	s.terms(t)
	if w.p.Notice.Jurisdiction == "DE" {
		s.para(say(w.t("rights.bdsg")))
	}
	return append(append([]Section{s}, w.objection()...), w.exercise())
}

// withdrawal says how consent is taken back (Art. 7(3)); nothing if none is
// asked for.
func (w *writer) withdrawal() []Para {
	if !w.asksConsent() {
		return nil
	}
	var says []Para
	byMail := "rights.withdraw-mail"
	if len(w.p.Groups) > 0 {
		says = append(says, Para{{Text: w.t("rights.withdraw-here") + " "}, pageSettings(w), {Text: "."}})
		byMail = "rights.withdraw-elsewhere"
	}
	if to := mailto(w.p.Controller.Email); to != nil && w.asksElsewhere() {
		says = append(says, Para{{Text: w.t(byMail) + " "}, to[0], {Text: "."}})
	}
	return append(says, say(w.t("rights.lawful")))
}

func (w *writer) asksConsent() bool {
	return len(w.p.Groups) > 0 || len(w.under(policy.Consent)) > 0 || w.asksElsewhere()
}

// asksElsewhere reports whether a consent is asked for outside the banner.
func (w *writer) asksElsewhere() bool {
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		if len(a.OnBehalfOf) > 0 {
			continue
		}
		if a.Basis == policy.Consent && a.Group == "" {
			return true
		}
		for _, g := range a.Also {
			if g.Basis == policy.Consent {
				return true
			}
		}
	}
	return false
}

// objection is the right to object, apart from the other rights (Art. 21); no
// part if nothing can be objected to.
func (w *writer) objection() []Section {
	s := w.section(3, "objection")
	if can := w.objectionable(); len(can) > 0 {
		s.para(say(w.t("objection.interests", w.join(can))))
		s.para(say(w.t("objection.follows")))
	}
	if w.advertises() {
		s.para(say(w.t("objection.marketing")))
	}
	if ads := w.signalled(); len(ads) > 0 {
		s.para(say(w.t("objection.gpc", w.join(ads))))
	}
	var own []Para
	for _, r := range w.p.Recipients {
		if r.Objection != "" {
			own = append(own, Para{{Text: w.recipient(r.Key) + ": "}, {Text: r.Objection, Href: r.Objection}})
		}
	}
	if len(own) > 0 {
		s.para(say(w.t("objection.providers")))
		s.list(own)
	}
	if len(s.Blocks) == 0 {
		return nil
	}
	return []Section{s}
}

// objectionable names what rests on interests or a public task, whole or in
// part.
func (w *writer) objectionable() []string {
	return w.under(policy.LegitimateInterests, policy.PublicTask)
}

// advertises reports whether data serves direct marketing, on whatever ground.
func (w *writer) advertises() bool {
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.OnBehalfOf) == 0 && rules.Below(a.Purpose, "marketing") {
			return true
		}
	}
	return false
}

// under names the activities that rest on one of bases, whole or in part.
func (w *writer) under(bases ...policy.Basis) []string {
	var found []string
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.OnBehalfOf) == 0 && restsOn(a, bases) {
			found = append(found, w.title(a))
		}
	}
	return found
}

func restsOn(a *policy.Activity, bases []policy.Basis) bool {
	for _, b := range bases {
		if a.Basis == b {
			return true
		}
		for _, g := range a.Also {
			if g.Basis == b {
				return true
			}
		}
	}
	return false
}

// exercise says how: by oneself, by mail, by letter; and when we answer.
func (w *writer) exercise() Section {
	s := w.section(3, "exercise")
	c := w.p.Controller
	if w.knowsBrowser() {
		s.para(Para{{Text: w.t("exercise.here") + " "}, pageMe(w), {Text: "."}})
	}
	switch to := mailto(c.Email); {
	case to != nil && c.Address != "":
		s.para(Para{{Text: w.t("exercise.write") + " "}, to[0], {Text: " " + w.t("exercise.letter", unstopped(c.Name+", "+c.Address))}})
	case to != nil:
		s.para(Para{{Text: w.t("exercise.write") + " "}, to[0], {Text: "."}})
	}
	s.para(say(w.t("exercise.month")))
	if len(w.byConsent().behalf) > 0 {
		s.para(say(w.t("exercise.behalf")))
	}
	return s
}

// signalled names the groups that Global Privacy Control refuses.
func (w *writer) signalled() (titles []string) {
	for i := range w.p.Groups {
		if g := &w.p.Groups[i]; w.p.Advertises(g.Key) {
			titles = append(titles, w.group(g.Key))
		}
	}
	return titles
}
