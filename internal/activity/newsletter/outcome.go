package newsletter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/mail"
	"kept/internal/store"
)

// record stores outcomes (mail.Campaign). Conflict if another run sends the campaign by
// now: then nothing of it counts, since the other run has sent the letter or will.
func (r *run) record(ctx context.Context, tx *store.Tx, all []mail.Outcome) error {
	var sent []settled
	var refused, withheld int64
	for i := range all {
		o := &all[i]
		r.mu.Lock()
		w := r.open[o.Message]
		delete(r.open, o.Message)
		r.mu.Unlock()
		var err error
		switch o.Event {
		case mail.Sent:
			sent = gather(sent, *o, r.measuresOf(w.measured))
		case mail.Deferred:
			var given bool
			if given, err = r.later(ctx, tx, o); given {
				refused++
				o.Event = mail.Refused
				err = r.refused(ctx, tx, o, w)
			}
		case mail.Refused:
			refused++
			err = r.refused(ctx, tx, o, w)
		default:
			var gone int64 // whoever unsubscribed was counted then
			gone, err = affected(tx.ExecContext(ctx, "delete from newsletter_dispatch where id = $1", o.Message))
			withheld += gone
		}
		if err != nil {
			return err
		}
	}
	taken := int64(0)
	for i := range sent {
		taken += int64(len(sent[i].letters))
		if err := r.settle(ctx, tx, &sent[i]); err != nil {
			return err
		}
	}
	done, err := tx.ExecContext(ctx, "update newsletter_campaign set sent = sent + $2, refused = refused + $3, withheld = withheld + $4 where id = $1 and run = $5",
		r.c.ID, taken, refused, withheld, r.token)
	return changed(done, err, "another run sends the campaign")
}

// settled are letters of which the same is written: a mail server mostly says the same
// of all, and one statement then does for a commit. At is the last one's, which are
// no further apart than two commits.
type settled struct {
	mail.Outcome
	measured bool // something is kept of what their readers do with them
	letters  []any
}

// gather adds the outcome of a letter to those of which the same is written.
func gather(all []settled, o mail.Outcome, measured bool) []settled {
	for i := range all {
		s := &all[i]
		if s.Event == o.Event && s.Code == o.Code && s.Status == o.Status && s.measured == measured {
			s.At, s.letters = o.At, append(s.letters, o.Message)
			return all
		}
	}
	return append(all, settled{Outcome: o, measured: measured, letters: []any{o.Message}})
}

// settle writes what became of letters, as far as the policy lists it. Where it
// lists nothing of it the rows go: that somebody got a letter is then not kept.
func (r *run) settle(ctx context.Context, tx *store.Tx, s *settled) error {
	does, args := "delete from newsletter_dispatch", []any{}
	switch {
	case r.entry.Has(fieldDispatch):
		does = "update newsletter_dispatch set due_at = null, first_due_at = null, sent_at = $1, outcome = $2, code = $3, status = $4"
		args = append(args, store.At(s.At), string(s.Event), s.Code, s.Status)
	case s.Event == mail.Sent && s.measured:
		does = "update newsletter_dispatch set due_at = null, first_due_at = null, sent_at = $1"
		args = append(args, store.At(s.At.UTC().Truncate(24*time.Hour)))
	}
	var where strings.Builder
	for i := range s.letters {
		fmt.Fprintf(&where, ", $%d", len(args)+i+1)
	}
	_, err := tx.ExecContext(ctx, does+" where id in ("+where.String()[2:]+")", append(args, s.letters...)...)
	return store.Classify(err)
}

// measuresOf reports whether anything of a reader's is kept of what they do with
// the letter.
func (r *run) measuresOf(measured string) bool {
	for _, m := range measures {
		if r.entry.Has(m) && agreed(r.entry, measured, m) {
			return true
		}
	}
	return false
}

// refused writes a refusal, and ends the subscription of an address that is not
// there or refused too often.
func (r *run) refused(ctx context.Context, tx *store.Tx, o *mail.Outcome, w written) error {
	if err := r.settle(ctx, tx, &settled{Outcome: *o, letters: []any{o.Message}}); err != nil {
		return err
	}
	return r.failed(ctx, tx, r.entry, w.subscription, w.subject, o.Hard)
}

// For how long, and how often, a mail server is asked again.
const (
	longestAsked = 3 * 24 * time.Hour
	soonest      = 15 * time.Minute
	latest       = 6 * time.Hour
)

// later has a letter offered again: after as long as it has been offered for.
// given reports that it has been too long.
func (r *run) later(ctx context.Context, tx *store.Tx, o *mail.Outcome) (given bool, err error) {
	var first store.Time
	err = store.Classify(tx.QueryRowContext(ctx, "select first_due_at from newsletter_dispatch where id = $1", o.Message).Scan(&first))
	if err != nil {
		return false, ignoreMissing(err)
	}
	asked := o.At.Sub(first.Time)
	if asked >= longestAsked {
		return true, nil
	}
	_, err = tx.ExecContext(ctx, "update newsletter_dispatch set due_at = $2 where id = $1", o.Message, store.At(o.At.Add(min(max(asked, soonest), latest))))
	return false, store.Classify(err)
}
