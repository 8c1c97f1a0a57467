package policy

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/policy/rules"
)

// exemptions checks the exemptions that a policy claims: each must stand in the
// rules of its jurisdiction on the day of the check.
func (c *checker) exemptions() {
	known := []string{}
	for _, e := range c.rules.Exemptions {
		known = append(known, e.ID)
	}
	for _, id := range c.p.Notice.Exemptions {
		if !slices.Contains(known, id) {
			c.reportFix("K227", c.p.Notice.keys.of("exemptions/"+id, c.p.Notice.At), didYouMean(id, known), "the rules of %s know no exemption %s on %s", c.p.Notice.Jurisdiction, quoted(id), c.day())
		}
	}
}

// exempt returns the exemption from consent that an entry makes use of.
func (c *checker) exempt(a *Activity) (rules.Exemption, bool) {
	for _, e := range c.rules.Exemptions {
		if slices.Contains(c.p.Notice.Exemptions, e.ID) && a.Basis == LegitimateInterests && rules.Below(a.Purpose, e.Purpose) {
			return e, true
		}
	}
	return rules.Exemption{}, false
}

// withinExemption checks that an entry keeps to the exemption that it makes use
// of.
func (c *checker) withinExemption(a *Activity) {
	e, ok := c.exempt(a)
	if !ok {
		return
	}
	var broken []string
	for i := range a.Cookies {
		if x := &a.Cookies[i]; x.Lifetime.Longer(e.Tracker) {
			broken = append(broken, fmt.Sprintf("%s lives longer than %s", quoted(x.Name), e.Tracker.In("en")))
		}
	}
	for i := range a.Retention {
		if r := &a.Retention[i]; r.Then != Restrict && r.Keep.Longer(e.Keep) {
			broken = append(broken, "its data is kept longer than "+e.Keep.In("en"))
			break
		}
	}
	for _, d := range a.Recipients {
		if r := c.p.Recipient(d.Recipient); r != nil && (!r.Role.OnOrder() || len(r.OwnPurposes) > 0) {
			broken = append(broken, r.Key+" gets data for purposes of its own")
		}
	}
	covered := a.fieldsBelow(e.Except...)
	others := slices.DeleteFunc(a.fieldsBelow(e.Without...), func(f string) bool { return slices.Contains(covered, f) })
	if len(others) > 0 {
		broken = append(broken, named(others)+" would tie visits to other data")
	}
	if len(broken) > 0 {
		c.report("K228", a.keys.of("basis", a.At), "activity %s goes beyond the exemption %s: %s", a.Key, e.ID, strings.Join(broken, "; "))
	}
}
