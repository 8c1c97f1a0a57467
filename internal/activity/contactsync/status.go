package contactsync

import (
	"context"
	"fmt"
	"time"

	"kept/internal/store"
)

// BoxState is how one mailbox stands.
type BoxState struct {
	Target   string    `json:"target"`
	Address  string    `json:"mailbox"`
	Contacts int64     `json:"contacts"` // of ours in it
	Ran      time.Time `json:"ran"`      // when it was written to last
	Problem  string    `json:"problem,omitempty"`
	Failed   int64     `json:"failed"` // times in a row
}

// Mailboxes returns how the mailboxes of a synchronisation stand, those that fail before
// the others.
func (y *Synchroniser) Mailboxes(ctx context.Context, id string) ([]BoxState, error) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := y.env.DB.QueryContext(ctx, `select m.target, m.mailboxes, m.ran_at, coalesce(m.problem, ''), m.failed, (select count(*) from sync_item i where i.mailbox = m.id)
		from sync_mailbox m where m.setup = $1 and m.removed_at is null order by m.failed desc, m.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read how mailboxes stand: %w", store.Classify(err))
	}
	defer rows.Close()
	open := y.env.Opener(ctx, s.Customer)
	all := []BoxState{}
	for rows.Next() {
		var b BoxState
		var sealed []byte
		var ran store.Time
		if err := rows.Scan(&b.Target, &sealed, &ran, &b.Problem, &b.Failed, &b.Contacts); err != nil {
			return nil, fmt.Errorf("read how mailboxes stand: %w", store.Classify(err))
		}
		if b.Ran, b.Address = ran.Time, open.Text(mailboxTable+".mailboxes", sealed); b.Failed == 0 {
			b.Problem = ""
		}
		all = append(all, b)
	}
	if open.Err() != nil {
		return nil, fmt.Errorf("read how mailboxes stand: %w", open.Err())
	}
	return all, store.Classify(rows.Err())
}
