package retain

import (
	"slices"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// step is one statement's worth of a term in an ordinary table.
type step struct {
	term    *term
	action  policy.Action
	columns []*manifest.Column // that are cleared or anonymised; none: the row goes, or its subject is restricted
	where   string
}

// steps returns what the terms do in the table now, in the order of the file. A
// row that two terms would delete counts for the first.
func (c condition) steps() []step {
	var steps []step
	var deleters []string
	for _, t := range c.terms {
		for _, st := range c.stepsOf(t) {
			if st.action == policy.Delete && st.columns == nil {
				st.where = all(append([]string{st.where}, deleters...))
				deleters = append(deleters, "not "+c.due(t))
			}
			steps = append(steps, st)
		}
	}
	return steps
}

func (c condition) stepsOf(t *term) []step {
	due := c.due(t)
	if t.Then == policy.Restrict {
		if who := c.subject(); who != "" {
			return []step{{term: t, action: policy.Restrict, where: all([]string{due, who + " is not null"})}}
		}
		return nil
	}
	var steps []step
	rest := slices.Contains(c.rest, t)
	governed := c.governed(t)
	deletes := rest && t.Then == policy.Delete
	for _, g := range governed {
		deletes = deletes || g.action(t) == policy.Delete
	}
	if deletes {
		steps = append(steps, step{term: t, action: policy.Delete, where: all([]string{due, c.gone()})})
	}
	for _, g := range governed {
		columns := c.movable(g)
		parts := []string{due, "not " + c.gone()}
		if rest {
			parts = append(parts, c.idle(g))
		}
		if g.action(t) == policy.Delete {
			steps = append(steps, step{t, policy.Delete, columns, all(append(parts, Filled(columns)))})
			continue
		}
		steps = append(steps, step{t, policy.Anonymise, columns, all(append(parts, sharp(columns)))})
	}
	if rest && t.Then == policy.Anonymise {
		steps = append(steps, c.cut(t)...)
	}
	return slices.DeleteFunc(steps, func(st step) bool { return st.where == "false" })
}

// cut takes the person out of a row that is anonymised as a whole.
func (c condition) cut(t *term) []step {
	column, ok := c.table.Column(c.table.Subject)
	if !ok || !column.Null {
		return nil
	}
	parts := []string{c.due(t), "not " + c.gone(), column.Name + " is not null"}
	for _, g := range c.groups {
		parts = append(parts, c.free(g))
	}
	return []step{{t, policy.Anonymise, []*manifest.Column{column}, all(parts)}}
}
