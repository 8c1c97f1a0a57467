package policy

import (
	"slices"
	"strings"

	"kept/internal/policy/period"
)

// retention checks the rules of an entry, each alone and all together.
func (c *checker) retention(a *Activity, kind *Kind) {
	seen := map[string]*Rule{}
	for i := range a.Retention {
		r := &a.Retention[i]
		c.rule(a, r, kind)
		if first := seen[r.ID]; first != nil {
			c.report("K310", r.At, "activity %s has two rules that %s %s from %s; the first stands in line %d", a.Key, r.Then, dataOf(r), r.From, first.At.Line)
		} else {
			seen[r.ID] = r
		}
	}
	if a.keys.broken("retention") || slices.ContainsFunc(a.Retention, func(r Rule) bool { return r.unread() }) {
		return // what the rules come to together cannot be told
	}
	c.ends(a)
	for _, f := range a.order {
		c.limit(a, f, kind)
	}
	c.duty(a)
	c.furtherDuties(a)
}

// unread reports whether a part of the rule could not be read.
func (r *Rule) unread() bool {
	return r.keys.broken("keep") || r.keys.broken("then") || r.keys.broken("until") || r.keys.broken("data")
}

// rule checks one rule.
func (c *checker) rule(a *Activity, r *Rule, kind *Kind) {
	c.knownData(r.Data, kind, "a rule of activity "+a.Key)
	if kind.knows(a.Data) && !a.keys.broken("data") {
		c.heldData(a, r.Data, kind, "a rule decides about")
	}
	c.moment(r.From, r.keys.of("from", r.At), kind)
	c.moment(r.Unless, r.keys.of("unless", r.At), kind)
	if r.Notify != nil {
		c.moment(r.Notify.Of, r.Notify.At, kind)
		for _, ref := range r.Notify.to {
			if !slices.Contains(Addressees(), ref.Name) {
				c.reportFix("K326", ref.At, didYouMean(ref.Name, Addressees()), "a rule tells %s, whose address nobody knows", quoted(ref.Name))
			}
		}
	}
	if r.Unless != "" && r.Unless == r.From {
		c.report("K313", r.keys.of("unless", r.At), "the rule counts from %s and is suspended by %s, so it never acts", r.From, r.Unless)
	}
	if r.Then == Anonymise && !kind.Anonymises {
		c.report("K307", r.keys.of("then", r.At), "the kind %s cannot anonymise", kind.Name)
	}
	if len(r.Data) == 0 && len(a.order) > 0 && len(r.Fields(a)) == 0 {
		c.report("K315", r.At, "the rule is for the rest, but other rules from %s name every field of activity %s", r.From, a.Key)
	}
	c.rhythm(r)
}

// heldData reports data that what names and the activity does not have.
func (c *checker) heldData(a *Activity, refs []Ref, kind *Kind, what string) {
	for _, ref := range refs {
		for _, f := range kind.fieldsOf([]Ref{ref}) {
			if !a.Has(f) {
				c.report("K305", ref.At, "%s %s, which activity %s does not hold", what, f, a.Key)
			}
		}
	}
}

// rhythm compares the times of one rule.
func (c *checker) rhythm(r *Rule) {
	if r.unread() {
		return
	}
	if r.Every.Longer(r.Keep) {
		c.report("K312", r.keys.of("every", r.At), "the rule runs every %s and keeps %s, so data may stay longer than twice its time", r.Every.In("en"), r.Keep.In("en"))
	}
	if r.Notify != nil && r.Notify.Of == "" && r.Notify.Before.Longer(r.Keep) {
		c.report("K316", r.Notify.At, "people are to be told %s before, and the rule acts %s after %s", r.Notify.Before.In("en"), r.Keep.In("en"), r.From)
	}
}

func (c *checker) moment(name string, at Pos, kind *Kind) {
	if known := kind.momentNames(); name != "" && !slices.Contains(known, name) {
		c.reportFix("K306", at, didYouMean(name, known), "the kind %s knows no moment %s", kind.Name, quoted(name))
	}
}

// ends checks that the rules of each field come to an end and do not get in
// each other's way. Fields with the same trouble are named together.
func (c *checker) ends(a *Activity) {
	var only, suspended, late []string
	var onlyRule, suspendedRule, lateRule *Rule
	for _, f := range a.order {
		rules := a.RulesFor(f)
		removing := func(r *Rule) bool { return r.Then != Restrict }
		certain := func(r *Rule) bool { return removing(r) && r.Unless == "" }
		switch {
		case len(rules) == 0:
		case !slices.ContainsFunc(rules, removing):
			only, onlyRule = append(only, f), rules[0]
		case !slices.ContainsFunc(rules, certain):
			suspended, suspendedRule = append(suspended, f), rules[0]
		default:
			if r := tooLate(rules); r != nil {
				late, lateRule = append(late, f), r
			}
		}
	}
	if len(only) > 0 {
		c.report("K317", onlyRule.At, "activity %s restricts %s and never deletes it", a.Key, strings.Join(only, ", "))
	}
	if len(suspended) > 0 {
		c.report("K320", suspendedRule.At, "activity %s keeps %s for good once %s has come", a.Key, strings.Join(suspended, ", "), suspendedRule.Unless)
	}
	if len(late) > 0 {
		c.report("K318", lateRule.At, "activity %s deletes %s before this rule would %s it", a.Key, strings.Join(late, ", "), lateRule.Then)
	}
}

// tooLate returns a rule that another one of the same moment forestalls by
// deleting.
func tooLate(rules []*Rule) *Rule {
	for _, r := range rules {
		for _, d := range rules {
			if d.Then == Delete && r.Then != Delete && r.From == d.From && d.Unless == "" && !r.endsBefore(d) {
				return r
			}
		}
	}
	return nil
}

func (r *Rule) endsBefore(d *Rule) bool {
	if r.Until != d.Until {
		return r.Until == "" // the other waits for the end of a year
	}
	return d.Keep.Longer(r.Keep)
}

// limit compares the time that a field stays with the limits of the rule pack.
// A reason acknowledges a longer one.
func (c *checker) limit(a *Activity, field string, kind *Kind) {
	limit, ok := c.rules.LimitFor(kind.field(field).Category, a.Purpose)
	if !ok {
		return
	}
	shortest := map[string]*Rule{} // by moment: whichever acts first ends the field
	for _, r := range a.RulesFor(field) {
		if s := shortest[r.From]; r.Then != Restrict && (s == nil || s.Keep.Longer(r.Keep)) {
			shortest[r.From] = r
		}
	}
	for _, r := range shortest {
		if r.Keep.Longer(limit.Keep) && len(r.Reason) == 0 {
			c.report("K308", r.keys.of("keep", r.At), "activity %s keeps %s for %s; without a reason, %s is the most (%s)",
				a.Key, dataOf(r), r.Keep.In("en"), limit.Keep.In("en"), limit.Why)
		}
	}
}

// duty compares the rules of an entry that rests on a law with the time for
// which that law orders data to be kept.
func (c *checker) duty(a *Activity) {
	duty, ok := c.rules.DutyUnder(a.Law)
	if a.Basis != LegalObligation || !ok {
		return
	}
	for i := range a.Retention {
		r := &a.Retention[i]
		if r.Then == Restrict || len(r.Reason) > 0 {
			continue
		}
		at, kept := r.keys.of("keep", r.At), spoken(r.Keep, r.Until != "")
		ordered := spoken(duty.Keep, duty.EndOfYear)
		switch {
		case duty.Keep.Longer(r.Keep), duty.EndOfYear && r.Until == "" && !r.Keep.Longer(duty.Keep):
			c.report("K309", at, "activity %s keeps its data %s; the law that it names orders %s (%s)", a.Key, kept, ordered, duty.Why)
		case r.Keep.Longer(duty.Keep):
			c.report("K308", at, "activity %s keeps its data %s; the law that it names orders %s (%s)", a.Key, kept, ordered, duty.Why)
		}
	}
}

// furtherDuties finds laws that order a part of the data to be kept, where no rule
// keeps anything for so long.
func (c *checker) furtherDuties(a *Activity) {
	var longest period.Period
	for i := range a.Retention {
		r := &a.Retention[i]
		if len(r.Reason) > 0 {
			return // somebody has thought of it
		}
		if r.Then != Restrict && r.Keep.Longer(longest) {
			longest = r.Keep
		}
	}
	for i := range a.Also {
		g := &a.Also[i]
		duty, ok := c.rules.DutyUnder(g.Law)
		if ok && g.Basis == LegalObligation && len(a.Retention) > 0 && duty.Keep.Longer(longest) {
			c.report("K309", g.keys.of("law", g.At), "activity %s keeps nothing longer than %s; the law that a part rests on orders %s (%s)",
				a.Key, longest.In("en"), spoken(duty.Keep, duty.EndOfYear), duty.Why)
		}
	}
}

func spoken(p period.Period, endOfYear bool) string {
	if endOfYear {
		return p.In("en") + " to the end of the year"
	}
	return p.In("en")
}

// dataOf names what a rule decides about.
func dataOf(r *Rule) string {
	if len(r.Data) == 0 {
		return "the rest"
	}
	var names []string
	for _, ref := range r.Data {
		names = append(names, ref.Name)
	}
	return strings.Join(names, ", ")
}
