package contactsync

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/policy"
	"kept/internal/store"
)

// box is a mailbox as it is remembered.
type box struct {
	ID      int64
	Address string
	Folder  string
	Made    bool   // the folder is ours
	Moves   bool   // another one is chosen since
	Sample  string // an id of a contact in it: the others begin alike
	Begun   bool
	Since   string    // by which the mailbox knows what changed since the last look
	Ran     time.Time // when it was written to last
	Failed  int64     // how often in a row something went wrong in it
}

// book is what is remembered of one mailbox: a person, the mailbox's id of the
// contact and what was written, in as few bytes as can be.
type book struct {
	y      *Synchroniser
	id     int64
	sample *sample
	wrote  *atomic.Int64 // notes: one for each contact that was done
}

// sample is an id of a contact in the mailbox. Ids in one mailbox are long and
// begin alike, so of each only what differs from the sample is remembered.
type sample struct {
	mu sync.Mutex
	id string
}

// short is what is remembered of an id: how many bytes it shares with the sample,
// and the rest.
func (s *sample) short(id string) []byte {
	n := 0
	for n < len(id) && n < len(s.id) && n < 255 && id[n] == s.id[n] {
		n++
	}
	return append([]byte{byte(n)}, id[n:]...)
}

func (s *sample) whole(short []byte) string {
	if len(short) == 0 {
		return ""
	}
	return s.id[:min(int(short[0]), len(s.id))] + string(short[1:])
}

func (y *Synchroniser) bookOf(b box) book {
	return book{y: y, id: b.ID, sample: &sample{id: b.Sample}, wrote: &atomic.Int64{}}
}

// sumMark is how much of a sum is remembered, in bytes: enough to tell that what it
// is of changed.
const sumMark = 8

// Begin notes that the mailbox is being worked on.
func (b book) Begin(ctx context.Context) error { return b.begun(ctx, true) }

// End notes that the mailbox is as the book says.
func (b book) End(ctx context.Context) error { return b.begun(ctx, false) }

func (b book) begun(ctx context.Context, begun bool) error {
	_, err := b.y.env.DB.ExecContext(ctx, "update sync_mailbox set begun = $1, ran_at = $2 where id = $3", begun, store.At(b.y.env.Clock.Now()), b.id)
	return store.Classify(err)
}

// Write notes what was done.
func (b book) Write(ctx context.Context, notes []run.Note) error {
	b.sample.mu.Lock()
	defer b.sample.mu.Unlock()
	err := b.y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := b.take(ctx, tx, notes); err != nil {
			return err
		}
		slices.SortFunc(notes, func(a, b run.Note) int { // as numbers: the shorter is the smaller
			return cmp.Or(cmp.Compare(len(a.Person), len(b.Person)), strings.Compare(a.Person, b.Person))
		})
		for _, n := range notes {
			person, err := strconv.ParseInt(n.Person, 36, 64)
			if err != nil {
				return fmt.Errorf("the number of a person: %w", err)
			}
			if n.Known == (roster.Known{}) {
				_, err = tx.ExecContext(ctx, "delete from sync_item where mailbox = $1 and person = $2", b.id, person)
			} else {
				_, err = tx.ExecContext(ctx, `insert into sync_item (mailbox, person, item, hash, photo) values ($1, $2, $3, $4, $5)
					on conflict (mailbox, person) do update set item = excluded.item, hash = excluded.hash, photo = excluded.photo`,
					b.id, person, b.sample.short(n.Known.Item), unhex(n.Known.Hash), unhex(n.Known.Photo))
			}
			if err != nil {
				return store.Classify(err)
			}
		}
		return nil
	})
	if err == nil {
		b.wrote.Add(int64(len(notes)))
	}
	return err
}

// take takes the first id that is met for the sample.
func (b book) take(ctx context.Context, tx *store.Tx, notes []run.Note) error {
	for _, n := range notes {
		if b.sample.id == "" && n.Known.Item != "" {
			b.sample.id = n.Known.Item
			_, err := tx.ExecContext(ctx, "update sync_mailbox set sample = $1 where id = $2", b.sample.id, b.id)
			return store.Classify(err)
		}
	}
	return nil
}

// unhex returns the first bytes of a sum; nil of none.
func unhex(sum string) []byte {
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) == 0 {
		return nil
	}
	return raw[:min(len(raw), sumMark)]
}

// known reads what is remembered. Photos are told by the first bytes of their sums,
// which full turns into whole ones where it can.
func (b book) known(ctx context.Context, full func(mark string) string) ([]roster.Known, error) {
	rows, err := b.y.env.DB.QueryContext(ctx, "select person, item, hash, photo from sync_item where mailbox = $1 order by person", b.id)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var all []roster.Known
	for rows.Next() {
		var person int64
		var item, hash, photo []byte
		if err := rows.Scan(&person, &item, &hash, &photo); err != nil {
			return nil, store.Classify(err)
		}
		all = append(all, roster.Known{Person: number(person), Item: b.sample.whole(item), Hash: hex.EncodeToString(hash), Photo: full(hex.EncodeToString(photo))})
	}
	return all, store.Classify(rows.Err())
}

// number is how the number of a person stands in marks.
func number(person int64) string { return strconv.FormatInt(person, 36) }

// boxes returns the mailboxes of a target as they are remembered, by address.
func (y *Synchroniser) boxes(ctx context.Context, s Sync, target string) (map[string]box, error) {
	rows, err := y.env.DB.QueryContext(ctx, "select id, mailboxes, coalesce(folder, ''), made, moves, coalesce(sample, ''), begun, since, ran_at, failed from sync_mailbox where setup = $1 and target = $2 and removed_at is null", s.ID, target)
	if err != nil {
		return nil, fmt.Errorf("read the mailboxes of a synchronisation: %w", store.Classify(err))
	}
	defer rows.Close()
	open := y.env.Opener(ctx, s.Customer)
	all := map[string]box{}
	for rows.Next() {
		var b box
		var sealed, since []byte
		var ran store.Time
		if err := rows.Scan(&b.ID, &sealed, &b.Folder, &b.Made, &b.Moves, &b.Sample, &b.Begun, &since, &ran, &b.Failed); err != nil {
			return nil, fmt.Errorf("read the mailboxes of a synchronisation: %w", store.Classify(err))
		}
		b.Ran = ran.Time
		b.Address = open.Text(mailboxTable+".mailboxes", sealed)
		b.Since = open.Text(mailboxTable+".since", since)
		all[b.Address] = b
	}
	if open.Err() != nil {
		return nil, fmt.Errorf("read the mailboxes of a synchronisation: %w", open.Err())
	}
	return all, store.Classify(rows.Err())
}

var numbering sync.Mutex // of mailboxes: two at once in one process would ask for one number

// remember stores a mailbox that was chosen.
func (y *Synchroniser) remember(ctx context.Context, a *policy.Activity, s Sync, target, address string) (b box, err error) {
	numbering.Lock()
	defer numbering.Unlock()
	b.Address = address
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		seal := y.env.Sealer(ctx, a, s.Customer)
		sealed := seal.Text(mailboxTable+".mailboxes", "mailboxes", address)
		if seal.Err() != nil {
			return seal.Err()
		}
		return store.Classify(tx.QueryRowContext(ctx, `insert into sync_mailbox (id, setup, target, lookup, mailboxes, begun)
			values ((select coalesce(max(id), 0) + 1 from sync_mailbox), $1, $2, $3, $4, $5)
			on conflict (setup, target, lookup) do update set removed_at = null, mailboxes = excluded.mailboxes returning id, coalesce(folder, ''), made, moves, coalesce(sample, ''), begun`,
			s.ID, target, y.env.Vault.Index("sync/"+s.ID+"/mailbox", address), sealed, false).Scan(&b.ID, &b.Folder, &b.Made, &b.Moves, &b.Sample, &b.Begun))
	})
	if err != nil {
		return b, fmt.Errorf("remember a mailbox: %w", err)
	}
	return b, nil
}
