package newsletter

import (
	"context"
	"database/sql"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kept/internal/activity/newsletter/issue"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// run is a slice of a campaign under way.
type run struct {
	*Newsletter
	entry  *policy.Activity
	c      *Campaign
	issues map[string]*issue.Issue
	links  map[string]string // ids by address
	style  letterStyle
	token  string // names the run; the campaign says which run is at it
	lang   string // where the carrier takes one language at a time; empty: all
	after  string // the subject up to which letters were handed out

	mu   sync.Mutex
	open map[string]written // letters that were handed out and are not recorded
}

// written is what the run remembers of a letter.
type written struct {
	subscription, subject string
	measured              string
	at                    time.Time // when it was read
	endings               uint64    // how many subscriptions had ended here by then
}

// carry sends what is due.
func (n *Newsletter) carry(ctx context.Context, a *policy.Activity, c *Campaign) error {
	issues, err := n.issues(c)
	if err != nil {
		return err
	}
	carrier, err := n.Carrier(a)
	if err != nil {
		return err
	}
	links, err := n.linksOf(ctx, c.ID)
	if err != nil {
		return err
	}
	pace, err := parsePace(c.Pace)
	if err != nil {
		return err
	}
	token, err := n.takeUp(ctx, c.ID)
	if err != nil {
		return err
	}
	languages := []string{""}
	if !carrier.Personal() {
		languages = c.Languages()
	}
	for _, lang := range languages {
		if some, err := n.some(ctx, a, c, lang); err != nil || !some {
			if err != nil {
				return err
			}
			continue
		}
		r := &run{Newsletter: n, entry: a, c: c, issues: issues, links: links, token: token, lang: lang, open: map[string]written{}}
		if r.style, err = n.styleOf(a); err != nil {
			return err
		}
		out := Consignment{ID: c.ID, Campaign: mail.Campaign{Activity: a.Key, Next: r.next, Still: r.still, Record: r.record, PerDomain: pace, Connections: n.connections}}
		if lang != "" {
			out.ID += "-" + lang
			out.Common = func(fill func(string) string) (Common, error) { return r.common(fill) }
		}
		if _, err := carrier.Carry(ctx, out); err != nil {
			return err
		}
		if err := r.told(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return n.dropOrphans(ctx, c.ID)
}

// takeUp makes a new run the one that sends a campaign. A run before it, which stood
// still for longer than its lease, learns of it when it records what it sent.
func (n *Newsletter) takeUp(ctx context.Context, id string) (token string, err error) {
	token = store.NewID()
	_, err = n.env.DB.ExecContext(ctx, "update newsletter_campaign set run = $2 where id = $1", id, token)
	return token, store.Classify(err)
}

// some reports whether a carrier that takes one language at a time has anything to
// do in it: somebody reads it, or was handed over before.
func (n *Newsletter) some(ctx context.Context, a *policy.Activity, c *Campaign, lang string) (bool, error) {
	if lang == "" || c.Tally.Sent > 0 && !a.Has(fieldDispatch) {
		return true, nil
	}
	rows, err := n.env.DB.QueryContext(ctx, "select distinct coalesce(s.language, '') from newsletter_dispatch d join newsletter_subscriber s on s.id = d.subscription where d.campaign = $1", c.ID)
	if err != nil {
		return false, store.Classify(err)
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		var theirs string
		if err := rows.Scan(&theirs); err != nil {
			return false, err
		}
		found = found || c.languageFor(theirs, n.env.Policy().Notice.Languages) == lang
	}
	return found, store.Classify(rows.Err())
}

// due is a letter that is to leave, with what is known of its reader.
type due struct {
	id, subscription, subject, language, measured string
	ground                                        Ground
	email, first, last                            []byte
}

// next hands out letters (mail.Campaign). Whoever is not to be written to any
// more is found out by still.
func (r *run) next(ctx context.Context, most int) ([]mail.Letter, error) {
	if err := r.told(ctx); err != nil {
		return nil, err
	}
	for {
		at, endings := r.env.Clock.Now(), r.endings.Load()
		page, err := r.page(ctx, most)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		letters, err := r.write(ctx, page)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		for _, d := range page {
			r.open[d.id] = written{subscription: d.subscription, subject: d.subject, measured: d.measured, at: at, endings: endings}
		}
		r.mu.Unlock()
		if len(letters) > 0 {
			return letters, nil
		}
	}
}

// page reads the next letters that are due.
func (r *run) page(ctx context.Context, most int) (page []due, err error) {
	rows, err := r.env.DB.QueryContext(ctx, `select d.id, d.subscription, d.subject, coalesce(s.language, ''), coalesce(s.measured, ''), s.ground, s.email, s.first_name, s.last_name
		from newsletter_dispatch d join newsletter_subscriber s on s.id = d.subscription
		where d.campaign = $1 and d.subject > $2 and d.due_at <= $3 and s.confirmed_at is not null and s.unsubscribed_at is null
		order by d.subject limit $4`, r.c.ID, r.after, store.At(r.env.Clock.Now()), most)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.id, &d.subscription, &d.subject, &d.language, &d.measured, &d.ground, &d.email, &d.first, &d.last); err != nil {
			return nil, err
		}
		r.after = d.subject
		page = append(page, d)
	}
	return page, store.Classify(rows.Err())
}

// write makes the letters of a page, on every processor: opening what is sealed
// is most of the work.
func (r *run) write(ctx context.Context, page []due) ([]mail.Letter, error) {
	letters := make([]mail.Letter, len(page))
	group, ctx := errgroup.WithContext(ctx)
	share := (len(page) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	for from := 0; from < len(page); from += share {
		to := min(from+share, len(page))
		group.Go(func() error { return r.writeShare(ctx, page[from:to], letters[from:to]) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	kept := letters[:0]
	for _, l := range letters {
		if l.ID != "" {
			kept = append(kept, l)
		}
	}
	return kept, nil
}

// writeShare makes the letters of a part of a page, with the keys of its readers
// read at once.
func (r *run) writeShare(ctx context.Context, page []due, letters []mail.Letter) error {
	readers := make([]string, len(page))
	for i := range page {
		readers[i] = page[i].subject
	}
	keys, err := r.env.Vault.Bunch(ctx, readers)
	if err != nil {
		return err
	}
	for i := range page {
		if letters[i], err = r.letterTo(ctx, keys, &page[i]); err != nil {
			return err
		}
	}
	return nil
}

// still reports whether a letter is to leave now (mail.Campaign): nobody is
// written to who left, objected, is suppressed or whose data is restricted, though
// it happened after the letter was read. What this process did is seen at once, what
// another one did within a second.
func (r *run) still(ctx context.Context, l *mail.Letter) (bool, error) {
	if l.Message.To.IsZero() { // the key is gone: the person was erased
		return false, nil
	}
	barred, err := r.barred(ctx, r.entry.Key)
	if err != nil || barred(l.Message.Subject) {
		return false, err
	}
	r.mu.Lock()
	w := r.open[l.ID]
	r.mu.Unlock()
	if age := r.env.Clock.Now().Sub(w.at); w.endings == r.endings.Load() && age >= 0 && age < time.Second {
		return true, nil
	}
	return r.Mailable(ctx, r.env.DB, r.c.asked(), w.subscription)
}

// dropOrphans deletes the letters of a campaign whose readers ended their
// subscription before they left.
func (n *Newsletter) dropOrphans(ctx context.Context, campaign string) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err := affected(tx.ExecContext(ctx, `delete from newsletter_dispatch where campaign = $1 and due_at <= $2 and not exists (select 1 from newsletter_subscriber s
			where s.id = newsletter_dispatch.subscription and s.confirmed_at is not null and s.unsubscribed_at is null)`, campaign, store.At(n.env.Clock.Now())))
		if err != nil || rows == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, "update newsletter_campaign set withheld = withheld + $2 where id = $1", campaign, rows)
		return store.Classify(err)
	})
}

// told writes into the ledger how many letters went to the processor since it was
// last written, with the fields that were in them.
func (r *run) told(ctx context.Context) error {
	if r.style.processor == "" || r.lang != "" { // a carrier that is not personal says so itself
		return nil
	}
	var sent, told int64
	if err := r.env.DB.QueryRowContext(ctx, "select sent, told from newsletter_campaign where id = $1", r.c.ID).Scan(&sent, &told); err != nil {
		return store.Classify(err)
	}
	if sent <= told {
		return nil
	}
	return r.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "update newsletter_campaign set told = $3 where id = $1 and told = $2", r.c.ID, told, sent)
		if err := changed(done, err, "told elsewhere"); err != nil {
			return ignoreConflict(err)
		}
		_, err = r.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: r.entry.Key, Recipient: r.style.processor, Fields: r.style.fields(), Count: int(sent - told)})
		return err
	})
}

// affected returns how many rows a statement changed.
func affected(done sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, store.Classify(err)
	}
	return done.RowsAffected()
}

func ignoreConflict(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
