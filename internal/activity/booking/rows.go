package booking

import (
	"context"
	"database/sql"
	"errors"

	"kept/internal/store"
)

// affected returns how many rows a statement changed.
func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, store.Classify(err)
	}
	return r.RowsAffected()
}

func closing(rows *sql.Rows, err error) error { return errors.Join(err, rows.Close()) }

// texts returns the one column that a query reads.
func texts(ctx context.Context, q store.Querier, query string, args ...any) (found []string, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	return found, store.Classify(rows.Err())
}
