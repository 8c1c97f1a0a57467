package booking

import (
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
