package retain

import (
	"context"
	"fmt"

	"kept/internal/store"
)

// Leaving does a kind's part before rows of one of its tables go, or the columns that
// are named: whoever knows a person by a number that stands in them has to be told.
// columns nil: the whole rows.
type Leaving func(ctx context.Context, tx *store.Tx, activity, table string, columns, keys []string) error

// OnLeaving has f called in the transaction that ends rows of a kind, before they go.
// What f enqueues there leaves exactly if they do. Call it before serving.
func (s *Sweeper) OnLeaving(kind string, f Leaving) {
	if s.leavings == nil {
		s.leavings = map[string]Leaving{}
	}
	s.leavings[kind] = f
}

// leave carries a step out on the rows of a page, once their kind has done its part.
func (s *Sweeper) leave(ctx context.Context, tx *store.Tx, c condition, st step, page []due) (int64, error) {
	if f := s.leavings[c.manifest.Name]; f != nil && len(page) > 0 {
		var columns []string
		for _, column := range st.columns {
			columns = append(columns, column.Name)
		}
		keys := make([]string, len(page))
		for i, d := range page {
			keys[i] = fmt.Sprint(d.key)
		}
		if err := f(ctx, tx, c.activity.Key, c.table.Name, columns, keys); err != nil {
			return 0, fmt.Errorf("before rows of %s go: %w", c.table.Name, err)
		}
	}
	return c.apply(ctx, tx, st, page)
}
