package audit

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"strings"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// limitEvents counts what of an event table is past the limit: all its rules
// count from the time of the event.
func (x *examination) limitEvents(ctx context.Context, s *sheet, a *policy.Activity, t *manifest.Table, l limit, limits []limit, m *manifest.Manifest) error {
	bound := l.bound(x.now)
	if !l.before.IsZero() && !bound.Before(l.before) {
		bound = l.before.Add(-1)
	}
	var past tally
	for others, columns := range reach(m, t, l, limits) {
		if others != "" { // the named limits have begun with the event and decide
			continue
		}
		n, err := x.eventsPast(ctx, t, columns, l, bound.UnixMilli())
		if err != nil {
			return err
		}
		past.add(n)
	}
	held, err := x.heldPast(ctx, a, t, l, bound.UnixMilli())
	if err != nil {
		return err
	}
	past.add(held)
	if past.n > 0 {
		everybody, err := count(ctx, x.DB, "subject_hold", "", and("subject = ''", fmt.Sprintf("until_at > %d", x.now.UnixMilli()), "activity in ('', $1)", "rule in ('', $2)"), a.Key, l.id)
		if err != nil {
			return err
		}
		if everybody.n > 0 {
			past = tally{}
		}
	}
	whole, err := x.rows(ctx, t)
	if err != nil {
		return err
	}
	s.counted(Check{What: says(l), Rule: l.id, Table: t.Name, Counted: whole.n, Oldest: whole.oldest}, late(l, past))
	return nil
}

// eventsPast counts the rows of a moment or before that still hold what the
// limit ends. It asks every partition: that a row lies in its month is the
// writer's word.
func (x *examination) eventsPast(ctx context.Context, t *manifest.Table, columns []*manifest.Column, l limit, through int64) (total tally, err error) {
	if len(columns) == 0 {
		return total, nil
	}
	end := (through + 1) << 22
	err = x.eachPartition(ctx, t, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		if none, err := x.allAfter(ctx, q, t, end); none || err != nil {
			return err
		}
		var parts []string
		for _, c := range columns {
			part, err := x.remains(ctx, q, t, c, l.then)
			if err != nil {
				return err
			}
			if part != "" {
				parts = append(parts, part)
			}
		}
		n, err := within(ctx, q, t, and("id < $1", or(parts)), end)
		total.add(n)
		return err
	})
	return total, err
}

// allAfter reports whether a partition holds no row before an id.
func (x *examination) allAfter(ctx context.Context, q store.Querier, t *manifest.Table, end int64) (bool, error) {
	var first sql.NullInt64
	err := store.Classify(q.QueryRowContext(ctx, "select min(id) from "+t.Name).Scan(&first))
	return !first.Valid || first.Int64 >= end, err
}

// remains is the SQL for: the column of an event still holds what the action
// ends; "" if it never does.
func (x *examination) remains(ctx context.Context, q store.Querier, t *manifest.Table, c *manifest.Column, then policy.Action) (string, error) {
	if then != policy.Anonymise {
		if c.Name == "at" || c.Name == "id" {
			return "1 = 1", nil
		}
		return holds(c), nil
	}
	const minute = 60_000 // many rows of one coarse time share it out over some milliseconds
	switch c.Anonymise {
	case manifest.Retain:
		return "", nil
	case manifest.CoarsenHour:
		return fmt.Sprintf("%s %% 3600000 >= %d", c.Name, minute), nil
	case manifest.CoarsenDay:
		return fmt.Sprintf("%s %% 86400000 >= %d", c.Name, minute), nil
	case manifest.StripQuery:
		return fmt.Sprintf("%s in (select id from %s_word where text like '%%?%%' or text like '%%#%%')", c.Name, t.Name), nil
	case manifest.TruncateAddr:
		return x.wholeAddresses(ctx, q, t, c)
	}
	return holds(c), nil
}

// wholeAddresses is the SQL for: the word is an address with its host part.
func (x *examination) wholeAddresses(ctx context.Context, q store.Querier, t *manifest.Table, c *manifest.Column) (string, error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select id, text from %s_word where id in (select distinct %s from %s)", t.Name, c.Name, t.Name))
	if err != nil {
		return "", store.Classify(err)
	}
	defer rows.Close()
	var whole []string
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return "", err
		}
		if isWhole(text) {
			whole = append(whole, fmt.Sprint(id))
		}
	}
	if err := rows.Err(); err != nil || len(whole) == 0 {
		return "", store.Classify(err)
	}
	return fmt.Sprintf("%s in (%s)", c.Name, strings.Join(whole, ", ")), nil
}

// isWhole reports whether text is an address that was not truncated: the last
// byte of an IPv4 address, or the interface half of an IPv6 one, is not zero.
func isWhole(text string) bool {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	bits := 64
	if addr = addr.Unmap(); addr.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(addr, bits).Masked().Addr() != addr
}

// heldPast counts rows past the limit that lie apart for a hold or a
// restriction, though none on their person stands any more.
func (x *examination) heldPast(ctx context.Context, a *policy.Activity, t *manifest.Table, l limit, through int64) (tally, error) {
	table := t.Name + "_held"
	if !x.has(table) {
		return tally{}, nil
	}
	kept, err := x.keptMarks(ctx, a, t, l)
	if err != nil {
		return tally{}, err
	}
	rows, err := x.DB.QueryContext(ctx, fmt.Sprintf("select person_mark, count(*), min(at) from %s where at <= $1 group by person_mark", table), through)
	if err != nil {
		return tally{}, fmt.Errorf("count %s: %w", table, store.Classify(err))
	}
	defer rows.Close()
	var past tally
	for rows.Next() {
		var m []byte
		var n int64
		var oldest store.Time
		if err := rows.Scan(&m, &n, &oldest); err != nil {
			return tally{}, err
		}
		if len(m) != len(mark{}) || !kept[mark(m)] {
			past.add(tally{n, oldest.Time})
		}
	}
	return past, store.Classify(rows.Err())
}

// keptMarks computes the marks of everybody whom a hold on the rule or a
// restriction keeps.
func (x *examination) keptMarks(ctx context.Context, a *policy.Activity, t *manifest.Table, l limit) (map[mark]bool, error) {
	rows, err := x.DB.QueryContext(ctx, `select subject from subject_hold where subject <> '' and until_at > $1 and activity in ('', $2) and rule in ('', $3)
		union select subject from subject_restriction r where 1 = 1`+x.byPerson("r"), store.At(x.now), a.Key, l.id)
	if err != nil {
		return nil, fmt.Errorf("read the holds: %w", store.Classify(err))
	}
	defer rows.Close()
	kept := map[mark]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		m, ok, err := x.markOf(ctx, t, id, t.Name+"_held")
		if err != nil {
			return nil, err
		}
		if ok {
			kept[m] = true
		}
	}
	return kept, store.Classify(rows.Err())
}
