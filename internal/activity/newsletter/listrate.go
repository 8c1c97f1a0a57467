package newsletter

import (
	"context"
	"fmt"

	"kept/internal/policy"
	"kept/internal/store"
)

// Month is what became of a list in a month, without anybody's name.
type Month struct {
	List         string `json:"list,omitempty"` // name; empty: the whole entry
	Month        string `json:"month"`          // 2026-11
	Joined       int64  `json:"joined"`
	Unsubscribed int64  `json:"unsubscribed"`
	Bounced      int64  `json:"bounced"`
	Complained   int64  `json:"complained"`
}

// Months returns an entry's counts, the newest first: the whole entry and each list.
func (n *Newsletter) Months(ctx context.Context, a *policy.Activity, most int) (found []Month, err error) {
	rows, err := n.env.DB.QueryContext(ctx, `select coalesce(l.name, ''), t.month, t.joined, t.unsubscribed, t.bounced, t.complained
		from newsletter_tally t left join newsletter_list l on l.id = t.list
		where t.activity = $1 and (t.list = '' or l.id is not null) order by t.month desc, 1 limit $2`, a.Key, most)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Month
		if err := rows.Scan(&m.List, &m.Month, &m.Joined, &m.Unsubscribed, &m.Bounced, &m.Complained); err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, store.Classify(rows.Err())
}

// count adds one to a column of this month: of the entry, and of each list that a
// subscription stands on.
func (n *Newsletter) count(ctx context.Context, tx *store.Tx, a *policy.Activity, column, subscription string) error {
	lists, err := store.Texts(ctx, tx, "select list from newsletter_member where subscription = $1 and list is not null", subscription)
	if err != nil {
		return err
	}
	month := n.env.Clock.Now().UTC().Format("2006-01")
	for _, list := range append(lists, "") {
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`insert into newsletter_tally (activity, list, month, joined, unsubscribed, bounced, complained)
			values ($1, $2, $3, %[2]s) on conflict (activity, list, month) do update set %[1]s = newsletter_tally.%[1]s + 1`, column, ones[column]), a.Key, list, month)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// ones are the first values of a month by the column that is counted.
var ones = map[string]string{"joined": "1, 0, 0, 0", "unsubscribed": "0, 1, 0, 0", "bounced": "0, 0, 1, 0", "complained": "0, 0, 0, 1"}

// counted is the column of a way to leave.
func counted(how Way) string {
	switch how {
	case ByBounce:
		return "bounced"
	case ByComplaint:
		return "complained"
	}
	return "unsubscribed"
}
