package audit

import (
	"context"
	"fmt"

	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
)

// purposes checks guarantee 1: an activity that the policy does not declare has
// no rows.
func (x *examination) purposes(ctx context.Context, s *sheet) error {
	for i := range x.Manifests {
		m := &x.Manifests[i]
		declared := len(x.policy.OfKind(m.Name)) > 0
		if m.BuiltIn && !declared { // the platform's own rooms, none about persons
			continue
		}
		for j := range m.Tables {
			t := &m.Tables[j]
			if t.Impersonal != "" {
				continue
			}
			rows, err := x.rows(ctx, t)
			if err != nil {
				return err
			}
			c := Check{What: "rows of " + m.Name, Table: t.Name, Counted: rows.n, Oldest: rows.oldest}
			if declared {
				rows = tally{}
			}
			s.counted(c, Finding{Count: rows.n, Oldest: rows.oldest,
				What:   fmt.Sprintf("rows of the activity %s, which the policy does not declare", m.Name),
				Remedy: "declare the activity, or let retention delete the rows (the console shows the plan)"})
		}
	}
	for i := range x.policy.Activities {
		switch a := &x.policy.Activities[i]; {
		case a.Words().External:
			s.unsure("activity "+a.Key, "it is done in another system")
		case a.Words().Planned:
			s.unsure("activity "+a.Key, "this build does not run it")
		}
	}
	return nil
}

// rows counts all rows of a table, once in an audit.
func (x *examination) rows(ctx context.Context, t *manifest.Table) (tally, error) {
	if n, done := x.whole[t.Name]; done {
		return n, nil
	}
	n, err := x.filled(ctx, t, "1 = 1")
	x.whole[t.Name] = n
	return n, err
}

// inEvents counts the rows of an event table that meet a condition.
func (x *examination) inEvents(ctx context.Context, t *manifest.Table, where string, args ...any) (total tally, err error) {
	err = x.eachPartition(ctx, t, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		n, err := within(ctx, q, t, where, args...)
		total.add(n)
		return err
	})
	return total, err
}
