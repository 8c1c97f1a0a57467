package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kept/internal/store"
)

// leaf is an entry of the ledger as the audit reads it.
type leaf struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"`
	At    time.Time       `json:"at"`
	Facts json.RawMessage `json:"facts"`
}

// eachLeaf runs f over the leaves of a kind, or of all that begin so if it ends in
// a dot, those in their places first.
func (x *examination) eachLeaf(ctx context.Context, kind string, f func(leaf) error) error {
	for _, query := range []string{
		"select entry from ledger_leaf where entry like $1 order by place",
		"select entry from ledger_pending where entry like $1 order by id",
	} {
		rows, err := x.DB.QueryContext(ctx, query, `%"kind":"`+kind+`%`)
		if err != nil {
			return fmt.Errorf("read the ledger: %w", store.Classify(err))
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			var l leaf
			if err := rows.Scan(&text); err != nil {
				return fmt.Errorf("read the ledger: %w", err)
			}
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				continue // guarantee 9 finds what is no leaf
			}
			if l.Kind != kind && !(strings.HasSuffix(kind, ".") && strings.HasPrefix(l.Kind, kind)) {
				continue
			}
			if err := f(l); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("read the ledger: %w", store.Classify(err))
		}
	}
	return nil
}

// fact returns a fact that is a text, "" if there is none of that name.
func (l leaf) fact(name string) string {
	var facts map[string]any
	if err := json.Unmarshal(l.Facts, &facts); err != nil {
		return ""
	}
	text, _ := facts[name].(string)
	return text
}

// number returns a fact that is a number, 0 if there is none of that name.
func (l leaf) number(name string) int64 {
	var facts map[string]any
	if err := json.Unmarshal(l.Facts, &facts); err != nil {
		return 0
	}
	n, _ := facts[name].(float64)
	return int64(n)
}

// timeOfEntry returns when an entry was written, the zero time if it does not
// say.
func timeOfEntry(text string) time.Time {
	var l leaf
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return time.Time{}
	}
	return l.At
}
