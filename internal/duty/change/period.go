package change

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// periods says what becomes of the time for which activities keep data.
func (c *comparison) periods() {
	for i := range c.next.p.Activities {
		next := &c.next.p.Activities[i]
		old := c.old.p.Activity(next.Key)
		if old == nil {
			continue // the whole activity is new
		}
		for _, v := range retention(old, next) {
			c.changes = append(c.changes, c.period(next, v))
		}
	}
}

func (c *comparison) period(a *policy.Activity, v verdict) Change {
	line := Change{
		Weight: v.weight, Kind: v.kind, Key: "activities." + v.key, Entry: a.Key, People: c.people(a.Key),
		Before: c.old.rule(v.old, v.key), After: c.next.rule(v.new, v.key),
	}
	what := i18n.T(c.lang, "change.keep.all")
	for _, f := range v.fields {
		line.Items = append(line.Items, c.next.field(a, f))
	}
	if len(line.Items) > 0 && len(line.Items) < len(a.Fields()) {
		what = strings.Join(line.Items, ", ")
	}
	if v.old == nil && v.new == nil {
		line.Text = i18n.T(c.lang, "change.keep.rewritten", c.next.names.Activity(a))
		return line
	}
	line.Text = i18n.T(c.lang, "change.keep."+string(v.kind), c.next.names.Activity(a), what, orDash(line.Before), orDash(line.After), c.next.moment(a, v))
	return line
}
