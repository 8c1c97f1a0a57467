package store

import (
	"context"
	"fmt"
)

// Texts reads the one text column of a query.
func Texts(ctx context.Context, q Querier, query string, args ...any) (found []string, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read a text: %w", err)
		}
		found = append(found, text)
	}
	return found, Classify(rows.Err())
}
