package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// tally is a count with the oldest moment among what was counted.
type tally struct {
	n      int64
	oldest time.Time
}

func (t *tally) add(u tally) {
	t.n += u.n
	if !u.oldest.IsZero() && (t.oldest.IsZero() || u.oldest.Before(t.oldest)) {
		t.oldest = u.oldest
	}
}

// count counts the rows of a table that meet a condition; at is the column that
// holds their moment, or empty.
func count(ctx context.Context, q store.Querier, table, at, where string, args ...any) (tally, error) {
	if at == "" {
		at = "null"
	}
	var t tally
	var oldest store.Time
	err := q.QueryRowContext(ctx, fmt.Sprintf("select count(*), min(%s) from %s where %s", at, table, where), args...).Scan(&t.n, &oldest)
	if err != nil {
		return t, fmt.Errorf("count %s: %w", table, store.Classify(err))
	}
	t.oldest = oldest.Time
	return t, nil
}

// holds is the SQL for: the column holds a value.
func holds(c *manifest.Column) string {
	switch {
	case c.Null || c.Class == manifest.Word:
		return c.Name + " is not null"
	case c.Type == manifest.BoolType:
		return c.Name
	case c.Type == manifest.BytesType:
		return "length(" + c.Name + ") > 0"
	case c.Type == manifest.IntType, c.Type == manifest.TimeType:
		return c.Name + " <> 0"
	}
	return c.Name + " <> ''"
}

func or(parts []string) string {
	if len(parts) == 0 {
		return "1 = 0"
	}
	return "(" + strings.Join(parts, " or ") + ")"
}

func and(parts ...string) string {
	return "(" + strings.Join(parts, " and ") + ")"
}

// through returns SQL for a column seen from a row of t: its own, or that of
// the row it hangs on, under the name that pick returns for a table; "" if
// neither has it.
func through(m *manifest.Manifest, t *manifest.Table, pick func(*manifest.Table) string) string {
	if c := pick(t); c != "" {
		return t.Name + "." + c
	}
	parent, ok := m.Table(t.Parent)
	if !ok {
		return ""
	}
	inner := through(m, parent, pick)
	if inner == "" {
		return ""
	}
	return "(select " + inner + " from " + parent.Name + " where " + parent.Name + "." + key(parent) + " = " + t.Name + "." + t.ParentKey + ")"
}

// key names the column by which rows of t are told apart.
func key(t *manifest.Table) string {
	if _, ok := t.Column("id"); ok || t.Subject == "" {
		return "id"
	}
	return t.Subject
}

func subjectOf(m *manifest.Manifest, t *manifest.Table) string {
	return through(m, t, func(t *manifest.Table) string { return t.Subject })
}

func momentOf(m *manifest.Manifest, t *manifest.Table, moment string) string {
	return through(m, t, func(t *manifest.Table) string { return t.Moments[moment] })
}

// anyMoment is a column that dates rows of t, for the oldest of a count.
func anyMoment(t *manifest.Table) string {
	if at, ok := t.Moments["collection"]; ok {
		return at
	}
	for _, c := range t.Columns {
		if c.Type == manifest.TimeType && !c.Null {
			return c.Name
		}
	}
	return ""
}
