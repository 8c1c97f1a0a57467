package retain

import (
	"slices"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// forever is later than any event.
var forever = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)

// age says through which moment the events of a table are over at now. All
// rules of an event table count from its time, so what is over is what is old.
type age struct{ condition }

// latest returns the latest cutoff of those terms that act so, the zero time if
// there is none.
func (a age) latest(terms []*term, acts func(*term) bool) time.Time {
	var through time.Time
	for _, t := range terms {
		if c := t.collected(a.now); acts(t) && c.After(through) {
			through = c
		}
	}
	return through
}

func (a age) restDeletes() time.Time {
	return a.latest(a.rest, func(t *term) bool { return t.Then == policy.Delete })
}

// free returns through when no rule of the group's own protects it.
func (a age) free(g group) time.Time {
	if len(g.named) == 0 {
		return forever
	}
	through := a.latest(g.named, func(*term) bool { return true })
	former := func(t *term) bool { return !t.before.IsZero() }
	if slices.ContainsFunc(g.named, func(t *term) bool { return !former(t) }) {
		return through
	}
	for _, t := range g.named { // only former rules name it: after their reign nothing does
		if through.Before(t.before.Add(-time.Millisecond)) {
			return through
		}
	}
	return forever
}

// ended returns through when the group's values are to be deleted.
func (a age) ended(g group) time.Time {
	deletes := func(t *term) bool { return g.action(t) == policy.Delete }
	if len(g.named) == 0 {
		return a.latest(a.rest, deletes)
	}
	return later(a.latest(g.named, deletes), earlier(a.restDeletes(), a.free(g)))
}

// gone returns through when nothing in a row has time left.
func (a age) gone() time.Time {
	if len(a.groups) == 0 {
		return a.restDeletes()
	}
	through := forever
	for _, g := range a.groups {
		through = earlier(through, a.ended(g))
	}
	return through
}

// anonymous returns through when whole rows are to be anonymised: every value in
// them is under an anonymising rule that is over.
func (a age) anonymous() time.Time {
	through := forever
	for _, g := range a.groups {
		terms := g.named
		if len(terms) == 0 {
			terms = a.rest
		}
		through = earlier(through, later(a.ended(g), a.latest(terms, func(t *term) bool { return t.Then == policy.Anonymise })))
	}
	return through
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// work is what a term does to an event table: to whole rows, or to columns.
type work struct {
	action  policy.Action
	columns []string  // empty: whole rows
	through time.Time // to rows dated then or earlier
}

// works returns what t does at the condition's moment. Nothing of an event can
// be restricted by a rule: a restriction is a person's, and rows name none.
func (c condition) works(t *term) []work {
	a := age{c}
	gone, anonymous := a.gone(), a.anonymous()
	var works []work
	switch t {
	case c.ender(gone, policy.Delete):
		works = append(works, work{action: policy.Delete, through: gone})
	case c.ender(anonymous, policy.Anonymise):
		if anonymous.After(gone) {
			return []work{{action: policy.Anonymise, through: anonymous}}
		}
	}
	for _, g := range c.governed(t) {
		if slices.Contains(c.rest, t) && len(g.named) > 0 || t.Then == policy.Restrict {
			continue
		}
		columns := c.movable(g)
		if g.action(t) == policy.Anonymise && !slices.ContainsFunc(columns, blurs) {
			continue
		}
		if through := t.collected(c.now); len(columns) > 0 && through.After(gone) {
			w := work{action: g.action(t), through: through}
			for _, column := range columns {
				w.columns = append(w.columns, column.Name)
			}
			works = append(works, w)
		}
	}
	return works
}

// blurs reports whether anonymising a column of an event later changes it: an
// address was truncated before it was stored.
func blurs(c *manifest.Column) bool {
	return c.Anonymise != manifest.Retain && c.Anonymise != manifest.TruncateAddr
}

// ender returns the term that ends whole rows through a moment: the first whose
// own cutoff it is. Its rhythm is theirs.
func (c condition) ender(through time.Time, how policy.Action) *term {
	for _, t := range c.terms {
		acts := func(g group) bool { return g.action(t) == how }
		if t.collected(c.now).Equal(through) && (len(c.groups) == 0 && t.Then == how || slices.ContainsFunc(c.governed(t), acts)) {
			return t
		}
	}
	return nil
}
