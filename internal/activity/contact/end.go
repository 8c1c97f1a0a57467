package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// concludeEvery is how often what paused too long is looked for.
const concludeEvery = time.Hour

// The ledger's words.
const (
	leafConcluded = "contact.concluded"
	leafErased    = "contact.erased"
)

// Conclude ends a correspondence: the policy's period begins, and what it keeps no
// moment longer is gone; it returns how many rows that were. With a trial nothing
// changes. NotFound if there is none, Conflict if it has ended before, Refused while
// the person's data is restricted.
func (c *Correspondence) Conclude(ctx context.Context, id, by string, trial bool) (gone int, err error) {
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.acting(ctx, tx, id)
		if err != nil {
			return err
		}
		if !v.open() {
			return fault.New(fault.Conflict, "this correspondence is concluded already")
		}
		before, err := rows(ctx, tx, id)
		if err == nil {
			err = c.conclude(ctx, tx, v, by)
		}
		if err != nil {
			return err
		}
		after, err := rows(ctx, tx, id)
		if gone = before - after; err == nil && trial {
			err = errTrial
		}
		return err
	})
	if err != nil && !errors.Is(err, errTrial) {
		return 0, fmt.Errorf("conclude a correspondence: %w", err)
	}
	return gone, nil
}

// rows counts what a correspondence consists of.
func rows(ctx context.Context, q store.Querier, id string) (n int, err error) {
	err = q.QueryRowContext(ctx, `select (select count(*) from contact_conversation where id = $1) + (select count(*) from contact_message where conversation = $1)
		+ (select count(*) from contact_note where conversation = $1)
		+ (select count(*) from contact_attachment where message in (select id from contact_message where conversation = $1))`, id).Scan(&n)
	return n, store.Classify(err)
}

// errTrial rolls a trial back.
var errTrial = errors.New("a trial")

func (c *Correspondence) conclude(ctx context.Context, tx *store.Tx, v Conversation, by string) error {
	_, err := tx.ExecContext(ctx, "update contact_conversation set concluded_at = $2, waits = $3 where id = $1", v.ID, store.At(c.env.Clock.Now()), false)
	if err != nil {
		return store.Classify(err)
	}
	if _, err := c.env.Ledger.Append(ctx, tx, leafConcluded, map[string]any{"conversation": v.ID, "activity": v.Activity, "by": by}); err != nil {
		return err
	}
	return c.endAll(ctx, tx, v, concluded)
}

// endAll ends what the policy ends of a conversation at a moment: the row, which
// takes along what hangs on it, or what rules for single fields name.
func (c *Correspondence) endAll(ctx context.Context, tx *store.Tx, v Conversation, moment string) error {
	if err := c.env.End(ctx, tx, v.Activity, moment, conversationTable, v.ID); err != nil {
		return err
	}
	for _, t := range []struct{ table, which string }{
		{attachmentTable, "message in (select id from contact_message where conversation = $1)"},
		{messageTable, "conversation = $1"},
		{noteTable, "conversation = $1"},
	} {
		ids, err := store.Texts(ctx, tx, "select id from "+t.table+" where "+t.which, v.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := c.env.End(ctx, tx, v.Activity, moment, t.table, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// concludePaused is the job: it concludes what nobody wrote in for the pause that
// the policy names.
func (c *Correspondence) concludePaused(ctx context.Context, _ job.Job) error {
	var failed error
	for _, a := range c.env.Policy().OfKind(Name) {
		if p := a.Settings.Period(pause); !p.IsZero() {
			failed = errors.Join(failed, c.concludeBefore(ctx, a, p.Before(c.env.Clock.Now())))
		}
	}
	return failed
}

func (c *Correspondence) concludeBefore(ctx context.Context, a *policy.Activity, before time.Time) error {
	const due = "activity = $1 and concluded_at is null and last_at <= $2"
	ids, err := store.Texts(ctx, c.env.DB, "select id from contact_conversation where "+due+" order by last_at limit 10000", a.Key, store.At(before))
	if err != nil {
		return fmt.Errorf("look for what paused: %w", err)
	}
	restricted, err := c.env.Subjects.Restricted(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			found, _, err := where(ctx, tx, due+" and id = $3", a.Key, store.At(before), id)
			if err != nil || len(found) == 0 || restricted[found[0].Subject] {
				return err
			}
			return c.conclude(ctx, tx, found[0], "pause")
		})
		if err != nil {
			return fmt.Errorf("conclude what paused: %w", err)
		}
	}
	return nil
}

// Ends returns when a correspondence counts as concluded if nobody writes, zero if
// the policy names no pause.
func (c *Correspondence) Ends(v Conversation) time.Time {
	a := c.env.Policy().Activity(v.Activity)
	if a == nil || !v.open() || a.Settings.Period(pause).IsZero() {
		return time.Time{}
	}
	return a.Settings.Period(pause).After(v.Latest)
}

// EndByLink ends the correspondence of whoever holds the link that only their
// mails have. It is no error if nobody has such a link: who asks must not learn
// it.
func (c *Correspondence) EndByLink(ctx context.Context, token string) error {
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.one(ctx, tx, "link = $1", c.env.Mail.TokenMark(linkSpace, strings.ToLower(token)))
		if err != nil {
			return err
		}
		return c.request(ctx, tx, v, "link")
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("end a correspondence: %w", err)
	}
	return nil
}

// request does what a person may ask for at any time: every correspondence with
// them ends, everything that the policy does not keep is deleted, with the record
// of the mails, and a last mail says so. Objection and deletion come to the same:
// without the correspondence there is nothing to object to. taking is the mail that
// asks for it, if one does.
func (c *Correspondence) request(ctx context.Context, tx *store.Tx, v Conversation, how string, taking ...string) error {
	a, err := c.entry(v.Activity)
	if err != nil {
		return err
	}
	all, _, err := where(ctx, tx, "subject = $1", v.Subject)
	if err != nil {
		return err
	}
	now := store.At(c.env.Clock.Now())
	for _, each := range all {
		_, err := tx.ExecContext(ctx, `update contact_conversation set requested_at = coalesce(requested_at, $2), concluded_at = coalesce(concluded_at, $2), waits = $3 where id = $1`,
			each.ID, now, false)
		if err != nil {
			return store.Classify(err)
		}
		for _, moment := range []string{requested, concluded} {
			if err := c.endAll(ctx, tx, each, moment); err != nil {
				return err
			}
		}
	}
	var left int
	if err := tx.QueryRowContext(ctx, "select count(*) from contact_conversation where subject = $1", v.Subject).Scan(&left); err != nil {
		return store.Classify(err)
	}
	for _, each := range all {
		if left > 0 { // what a hold keeps, it keeps with the record of its mails
			break
		}
		if err := c.env.Mail.Forget(ctx, tx, each.Activity, v.Subject, mailbox, taking...); err != nil {
			return err
		}
	}
	_, err = c.env.Ledger.Append(ctx, tx, leafErased, map[string]any{"activity": a.Key, "how": how, "conversations": len(all), "kept": left})
	if err != nil {
		return err
	}
	return c.farewell(ctx, tx, a, v, left == 0)
}
