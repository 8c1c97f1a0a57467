package policy

import (
	"slices"

	"kept/internal/policy/rules"
	"kept/internal/policy/taxonomy"
)

// profilingUses are the purposes that are profiling by their name.
var profilingUses = []string{
	"marketing.advertising.profiling", "personalize.profiling", "personalize.content.profiling", "personalize.content.profiled",
}

// decision checks what people are told of an automated decision, or of a
// profile, and what allows it.
func (c *checker) decision(a *Activity) {
	d := a.Decision
	if d == nil {
		if slices.ContainsFunc(profilingUses, func(u string) bool { return rules.Below(a.Purpose, u) }) && !a.keys.has("decision") {
			c.report("K225", a.keys.of("purpose", a.At), "activity %s profiles people and does not say how", a.Key)
		}
		return
	}
	for _, part := range []struct {
		key  string
		text Text
	}{{"logic", d.Logic}, {"consequences", d.Consequences}} {
		if len(part.text) == 0 && !d.keys.has(part.key) {
			c.reportFix("K222", d.At, "add "+part.key+": {de: …, en: …} to decision", "the decision of activity %s lacks its %s", a.Key, part.key)
		}
	}
	if d.Kind != "decision" || d.keys.broken("ground") {
		return
	}
	c.decisionGround(a, d)
	special := a.protected(taxonomy.Article9)
	if len(special) > 0 && d.Ground == "contract" {
		c.report("K224", d.keys.of("ground", d.At), "activity %s decides by machine with %s, for a contract alone", a.Key, named(special))
	}
}

// decisionGround compares the ground of a decision with the bases of its entry.
func (c *checker) decisionGround(a *Activity, d *Decision) {
	at := d.keys.of("ground", d.At)
	carried := map[string]bool{
		"contract": a.restsOn(Contract), "explicit-consent": a.restsOn(Consent), "law": a.restsOn(LegalObligation, PublicTask),
	}
	switch {
	case d.Ground == "":
		c.report("K223", at, "activity %s decides by machine and names no ground", a.Key)
	case !carried[d.Ground] && a.Basis != "":
		c.report("K223", at, "activity %s decides by machine on the ground %s and rests on %s", a.Key, d.Ground, a.Basis)
	}
}
