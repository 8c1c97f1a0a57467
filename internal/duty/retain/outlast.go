package retain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// Outlasts reports whether r keeps its data although the person asks for its
// erasure or withdraws the consent it rests on: the law demands the data, or the
// rule counts from an end, not from collection or use, and says why it keeps or is the
// one for a part that a law demands.
// Art. 17(3)(b) and (e) GDPR.
func Outlasts(a *policy.Activity, r *policy.Rule) bool {
	if r.Keep.IsZero() {
		return false
	}
	_, ordered := LawOf(a, r)
	return ordered || len(r.Reason) > 0 && isEnd(r.From)
}

// LawOf returns the law that orders r's data to be kept: the entry's own, or the one
// that a part of it rests on, if r is the rule for that part: whichever keeps longest
// after an end.
func LawOf(a *policy.Activity, r *policy.Rule) (law string, ok bool) {
	if a.Basis == policy.LegalObligation {
		return a.Law, true
	}
	i := slices.IndexFunc(a.Also, func(g policy.Ground) bool { return g.Basis == policy.LegalObligation })
	if i < 0 || r.Then != policy.Delete || !isEnd(r.From) {
		return "", false
	}
	longer := slices.ContainsFunc(a.Retention, func(x policy.Rule) bool { return x.Then == policy.Delete && isEnd(x.From) && x.Keep.Longer(r.Keep) })
	return a.Also[i].Law, !longer
}

// isEnd reports whether a moment ends something (a contract, a subscription), so
// that data is kept beyond it for a reason of its own.
func isEnd(moment string) bool { return moment != collection && moment != "last-visit" }

// Stay is columns of a table that a rule keeps against an erasure.
type Stay struct {
	Rule    *policy.Rule
	Columns []*manifest.Column
}

// Stays returns what of t's columns the rules for which keeps is true keep. A
// table of which nothing stays gives none.
func Stays(a *policy.Activity, m *manifest.Manifest, t *manifest.Table, keeps func(*policy.Rule) bool) []Stay {
	var stays []Stay
	c := cover(a, termsOf(a), m, t)
	for _, g := range c.groups {
		governing := g.named
		if len(governing) == 0 {
			governing = c.rest
		}
		i := slices.IndexFunc(governing, func(t *term) bool { return keeps(t.Rule) })
		if i >= 0 {
			stays = append(stays, Stay{Rule: governing[i].Rule, Columns: g.columns})
		}
	}
	return stays
}

// Goes returns the columns of t that EraseRows empties because they are not
// among what stays.
func Goes(a *policy.Activity, m *manifest.Manifest, t *manifest.Table, stays []Stay) []*manifest.Column {
	c := condition{coverage: cover(a, termsOf(a), m, t)}
	var columns []*manifest.Column
	for _, g := range c.groups {
		kept := func(st Stay) bool { return slices.Equal(st.Columns, g.columns) }
		if !slices.ContainsFunc(stays, kept) {
			columns = append(columns, c.movable(g)...)
		}
	}
	return columns
}

// EraseRows deletes, of the rows that the SQL which selects (all, if it is
// empty), what ordinary table t holds about subject, with what hangs
// on it. If something stays, only the other columns are emptied, and each rule
// that keeps something begins to count now where its moment had not come.
func EraseRows(ctx context.Context, tx *store.Tx, now time.Time, a *policy.Activity, m *manifest.Manifest, t *manifest.Table, subject, which string, stays []Stay) (int64, error) {
	c := condition{cover(a, termsOf(a), m, t), now}
	who := c.subject()
	if who == "" {
		return 0, nil
	}
	where := []string{who + " = $1"}
	if which != "" {
		where = append(where, which)
	}
	return c.erase(ctx, tx, policy.Delete, all(where), []any{subject}, stays)
}

// EraseRowsOf is EraseRows for several subjects of whom nothing in t stays.
func EraseRowsOf(ctx context.Context, tx *store.Tx, now time.Time, a *policy.Activity, m *manifest.Manifest, t *manifest.Table, subjects []string, which string) (int64, error) {
	c := condition{cover(a, termsOf(a), m, t), now}
	who := c.subject()
	if who == "" || len(subjects) == 0 {
		return 0, nil
	}
	where := []string{fmt.Sprintf("%s in (%s)", who, holders(len(subjects)))}
	if which != "" {
		where = append(where, which)
	}
	args := make([]any, len(subjects))
	for i, s := range subjects {
		args[i] = s
	}
	return c.erase(ctx, tx, policy.Delete, all(where), args, nil)
}

func (c condition) erase(ctx context.Context, tx *store.Tx, how policy.Action, where string, args []any, stays []Stay) (int64, error) {
	if len(stays) == 0 && how == policy.Delete {
		if err := c.deleteChildren(ctx, tx, c.table, where, args); err != nil {
			return 0, err
		}
		return affected(tx.ExecContext(ctx, "delete from "+c.table.Name+" where "+where, args...))
	}
	for _, st := range stays {
		if err := c.beginToCount(ctx, tx, st.Rule, where, args); err != nil {
			return 0, err
		}
	}
	columns := Goes(c.activity, c.manifest, c.table, stays)
	if person, ok := c.table.Column(c.table.Subject); ok && person.Null && how == policy.Anonymise {
		columns = append(columns, person)
	}
	if len(columns) == 0 {
		return 0, nil
	}
	return c.change(ctx, tx, step{action: how, columns: columns, where: where}, args)
}

// beginToCount sets the moment that r counts from where it has not come: with an
// erasure everything ends.
func (c condition) beginToCount(ctx context.Context, tx *store.Tx, r *policy.Rule, where string, args []any) error {
	column, ok := c.table.Moments[r.From]
	if !ok || !isEnd(r.From) {
		return nil
	}
	_, err := affected(tx.ExecContext(ctx, fmt.Sprintf("update %s set %s = %d where %s and %s is null",
		c.table.Name, column, c.now.UnixMilli(), where, column), args...))
	return err
}

// change applies a step to every row that its condition selects with args.
func (c condition) change(ctx context.Context, tx *store.Tx, st step, args []any) (changed int64, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("select %s from %s where %s", RowKey(c.table), c.table.Name, st.where), args...)
	if err != nil {
		return 0, store.Classify(err)
	}
	defer rows.Close()
	var page []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.key); err != nil {
			return 0, err
		}
		page = append(page, d)
	}
	if err := rows.Err(); err != nil {
		return 0, store.Classify(err)
	}
	st.where = "true"
	for some := range slices.Chunk(page, chunk) {
		n, err := c.apply(ctx, tx, st, some)
		changed += n
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// Whose returns the SQL for the subject of a row of ordinary table t, its own or
// that of the row it hangs on; "" if a row is about nobody.
func Whose(m *manifest.Manifest, t *manifest.Table) string {
	return condition{coverage: &coverage{manifest: m, table: t}}.subject()
}

// termsOf returns the rules of a as terms that hold whenever data was collected.
func termsOf(a *policy.Activity) []*term {
	terms := make([]*term, len(a.Retention))
	for i := range a.Retention {
		terms[i] = &term{Rule: &a.Retention[i]}
	}
	return terms
}

// Ends returns when what is dated at reaches its time under r.
func Ends(r *policy.Rule, at time.Time) time.Time { return term{Rule: r}.over(at) }
