package retain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// chunk is how many rows one transaction ends. Other writers wait that long.
const chunk = 1000

// due is a row that has reached its time.
type due struct {
	key     any
	subject string
}

// drain carries a step out, chunk by chunk, and returns how many rows it ended
// and how many keys it destroyed. Holds are asked before each chunk.
func (s *Sweeper) drain(ctx context.Context, c condition, st step) (rows, keys int64, err error) {
	var after any
	for {
		keep, everybody, err := s.keeping(ctx, c, st)
		if err != nil {
			return rows, keys, err
		}
		if everybody {
			return rows, keys, nil
		}
		var page []due
		err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if page, err = c.page(ctx, tx, st.where, after); err != nil {
				return err
			}
			n, k, err := s.end(ctx, tx, c, st, without(page, keep))
			rows, keys = rows+n, keys+k
			return err
		})
		if err != nil {
			return rows, keys, fmt.Errorf("%s: %w", c.table.Name, err)
		}
		if len(page) < chunk {
			return rows, keys, nil
		}
		after = page[len(page)-1].key
	}
}

// page returns the next due rows in the order of their keys.
func (c condition) page(ctx context.Context, q store.Querier, where string, after any) ([]due, error) {
	who := c.subject()
	if who == "" {
		who = "null"
	}
	key := c.table.Name + "." + RowKey(c.table)
	args := []any{}
	if after != nil {
		where, args = all([]string{where, key + " > $1"}), append(args, after)
	}
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select %s, coalesce(%s, '') from %s where %s order by %s limit %d",
		key, who, c.table.Name, where, key, chunk), args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var page []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.key, &d.subject); err != nil {
			return nil, err
		}
		page = append(page, d)
	}
	return page, store.Classify(rows.Err())
}

// without returns the rows that are nobody's whom keep names. keep is sorted.
func without(page []due, keep []string) []due {
	return slices.DeleteFunc(page[:len(page):len(page)], func(d due) bool {
		_, kept := slices.BinarySearch(keep, d.subject)
		return d.subject != "" && kept
	})
}

// end carries the step out on the rows of a page.
func (s *Sweeper) end(ctx context.Context, tx *store.Tx, c condition, st step, page []due) (rows, keys int64, err error) {
	if len(page) == 0 {
		return 0, 0, nil
	}
	if st.action == policy.Restrict {
		return s.restrict(ctx, tx, st.term, page)
	}
	rows, err = s.leave(ctx, tx, c, st, page)
	if err != nil {
		return 0, 0, err
	}
	// The keys go before the commit: if that fails, rows remain that are due
	// anyway, and no key remains without rows.
	keys, err = s.destroyLoose(ctx, tx, c, page)
	return rows, keys, err
}

// apply deletes, clears or anonymises the rows of a page that still meet the
// step's condition.
func (c condition) apply(ctx context.Context, tx *store.Tx, st step, page []due) (int64, error) {
	keys := make([]any, len(page))
	for i, d := range page {
		keys[i] = d.key
	}
	named := fmt.Sprintf("%s.%s in (%s)", c.table.Name, RowKey(c.table), holders(len(keys)))
	where := all([]string{named, st.where})
	if st.columns == nil {
		if err := c.deleteChildren(ctx, tx, c.table, where, keys); err != nil {
			return 0, err
		}
		return affected(tx.ExecContext(ctx, "delete from "+c.table.Name+" where "+where, keys...))
	}
	if st.action == policy.Anonymise {
		if err := c.stripQueries(ctx, tx, st.columns, where, keys); err != nil {
			return 0, err
		}
	}
	var sets []string
	for _, column := range st.columns {
		if set := assignment(column, st.action); set != "" {
			sets = append(sets, set)
		}
	}
	if len(sets) == 0 {
		return int64(len(page)), nil
	}
	if st.action == policy.Anonymise {
		where = named // the queries are stripped already, the condition may no longer hold
	}
	return affected(tx.ExecContext(ctx, fmt.Sprintf("update %s set %s where %s", c.table.Name, strings.Join(sets, ", "), where), keys...))
}

// deleteChildren deletes what hangs on the rows of t that where selects,
// grandchildren first.
func (c condition) deleteChildren(ctx context.Context, tx *store.Tx, t *manifest.Table, where string, args []any) error {
	for i := range c.manifest.Tables {
		child := &c.manifest.Tables[i]
		if child.Parent != t.Name || child.Shape != manifest.Rows {
			continue
		}
		hangs := fmt.Sprintf("%s.%s in (select %s.%s from %s where %s)", child.Name, child.ParentKey, t.Name, RowKey(t), t.Name, where)
		if err := c.deleteChildren(ctx, tx, child, hangs, args); err != nil {
			return err
		}
		if _, err := affected(tx.ExecContext(ctx, "delete from "+child.Name+" where "+hangs, args...)); err != nil {
			return err
		}
	}
	return nil
}

// assignment returns the SQL that clears or anonymises a column, "" if nothing
// is to be done to it.
func assignment(c *manifest.Column, a policy.Action) string {
	if a == policy.Anonymise {
		switch c.Anonymise {
		case manifest.Retain, manifest.StripQuery:
			return ""
		case manifest.CoarsenHour:
			return fmt.Sprintf("%s = %s - %s %% 3600000", c.Name, c.Name, c.Name)
		case manifest.CoarsenDay:
			return fmt.Sprintf("%s = %s - %s %% 86400000", c.Name, c.Name, c.Name)
		}
	}
	return c.Name + " = " + Empty(c)
}

// Empty is the SQL for a column's value when it holds nothing: null where it may
// be, else the empty value of its type.
func Empty(c *manifest.Column) string {
	switch {
	case c.Null:
		return "null"
	case c.Type == manifest.BytesType:
		return "''"
	case c.Type == manifest.IntType, c.Type == manifest.TimeType:
		return "0"
	case c.Type == manifest.BoolType:
		return "false"
	}
	return "''"
}

// stripQueries cuts query and fragment off the addresses in the columns that
// are anonymised so.
func (c condition) stripQueries(ctx context.Context, tx *store.Tx, columns []*manifest.Column, where string, args []any) error {
	for _, column := range columns {
		if column.Anonymise != manifest.StripQuery {
			continue
		}
		texts, err := store.Texts(ctx, tx, fmt.Sprintf("select distinct %s from %s where %s and %s is not null", column.Name, c.table.Name, where, column.Name), args...)
		if err != nil {
			return err
		}
		for _, text := range texts {
			short, _, _ := strings.Cut(text, "?")
			short, _, _ = strings.Cut(short, "#")
			if short == text {
				continue
			}
			n := fmt.Sprintf("$%d", len(args)+1)
			m := fmt.Sprintf("$%d", len(args)+2)
			_, err := affected(tx.ExecContext(ctx, fmt.Sprintf("update %s set %s = %s where %s = %s and %s.%s in (%s)",
				c.table.Name, column.Name, n, column.Name, m, c.table.Name, RowKey(c.table), holders(len(args))), append(args[:len(args):len(args)], short, text)...))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// holders returns "$1, $2, …, $n".
func holders(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String()
}

func affected(r interface{ RowsAffected() (int64, error) }, err error) (int64, error) {
	if err != nil {
		return 0, store.Classify(err)
	}
	return r.RowsAffected()
}
