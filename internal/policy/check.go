package policy

import (
	"time"

	"kept/internal/policy/rules"
	"kept/internal/policy/taxonomy"
)

// Check examines what the entries of a policy that was read mean, by the words
// of v and the rules that hold on the day of asOf, and completes the policy:
// built-in activities, groups, settings, the names of its rules. It does the
// same again when called again. Not for use on a policy that is in force.
func (p *Policy) Check(v Vocabulary, asOf time.Time) Findings {
	r := &reporter{file: p.File, src: p.Source, partial: p.partial}
	r.check(p, v, asOf)
	return r.done()
}

// checker is one check of one policy.
type checker struct {
	*reporter
	p     *Policy
	words Vocabulary
	rules rules.Set
	asOf  time.Time
}

func (r *reporter) check(p *Policy, v Vocabulary, asOf time.Time) {
	set, known := rules.For(p.Notice.Jurisdiction, asOf)
	c := &checker{reporter: r, p: p, words: v, rules: set, asOf: asOf}
	if !known && p.Notice.Jurisdiction != "" {
		c.report("K604", p.Notice.keys.of("jurisdiction", p.Notice.At), "there is no rule pack for %s; the rules of the European Union alone are applied", p.Notice.Jurisdiction)
	}
	c.complete()
	for i := range p.Activities {
		c.activity(&p.Activities[i])
	}
	for i := range p.Services {
		c.service(&p.Services[i])
	}
	c.siteCookies()
	for i := range p.Recipients {
		c.recipient(&p.Recipients[i])
	}
	c.groups()
	c.exemptions()
	c.organisation()
	c.unused()
	c.storageOverlaps()
	c.texts()
}

// activity runs the checks of one entry.
func (c *checker) activity(a *Activity) {
	kind := a.words
	c.required(a, kind)
	c.purpose(a)
	c.basis(a, kind)
	c.grounds(a)
	c.consentKeys(a, kind)
	c.decision(a)
	c.people(a)
	c.withinExemption(a)
	c.activityCookies(a, kind)
	c.deliveries(a, kind)
	if kind == nil {
		return
	}
	c.external(a, kind)
	c.data(a, kind)
	c.needs(a, kind)
	c.consentOfSettings(a, kind)
	c.retention(a, kind)
	c.storageOutlives(a)
}

// required finds the keys that an entry lacks. A built-in activity has them
// from its kind's default.
func (c *checker) required(a *Activity, kind *Kind) {
	missing := func(key string) {
		if !a.keys.has(key) && !a.keys.broken(key) {
			c.reportFix("K112", a.At, "add "+key+" to activity "+a.Key, "activity %s lacks %s", a.Key, key)
		}
	}
	if a.Purpose == "" {
		missing("purpose")
	}
	if a.Basis == "" && !a.keys.has("on_behalf_of") {
		missing("basis") // else it is the customer's
	}
	if len(a.Data) == 0 && kind != nil {
		missing("data")
	}
	if kind != nil && kind.External { // nothing else says what it is, and about whom
		for _, key := range []string{"title", "people"} {
			missing(key)
		}
	}
}

func (c *checker) purpose(a *Activity) {
	if a.Purpose == "" || taxonomy.IsUse(a.Purpose) {
		return
	}
	c.reportFix("K208", a.keys.of("purpose", a.At), didYouMean(a.Purpose, taxonomy.Keys(taxonomy.Uses())), "activity %s has the unknown purpose %s", a.Key, quoted(a.Purpose))
}
