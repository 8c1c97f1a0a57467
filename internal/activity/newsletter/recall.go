package newsletter

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/remote/cleverreach"
	"kept/internal/store"
)

// The jobs about what processors hold. The regular one makes up for whatever the
// other missed: a hook that did not come, an erasure by another room.
const (
	recallJob = "newsletter.recall"
	tidyJob   = "newsletter.tidy"
	hookPath  = "/processor/"
)

// handleProcessors registers what keeps processors in step.
func (n *Newsletter) handleProcessors() {
	n.env.Jobs.Handle(recallJob, func(ctx context.Context, _ job.Job) error { return n.tidy(ctx) }, job.Options{Lease: often, MaxAttempts: 50})
	n.env.Jobs.Every(tidyJob, period.Period{Clock: often}, func(ctx context.Context, _ job.Job) error { return n.tidy(ctx) }, job.Options{Lease: often, MaxAttempts: 3})
	n.env.Subjects.OnForget(func(ctx context.Context, tx *store.Tx, subject string) error {
		return n.callBackIf(ctx, tx, "subject", subject)
	})
}

// callBackIf is callBack if a processor knows a subscription, or somebody.
func (n *Newsletter) callBackIf(ctx context.Context, tx *store.Tx, column, value string) error {
	var known bool
	err := tx.QueryRowContext(ctx, "select exists (select 1 from newsletter_carried where "+column+" = $1)", value).Scan(&known)
	if err != nil || !known {
		return store.Classify(err)
	}
	return n.callBack(ctx, tx)
}

// callBack has processors told, after the caller's transaction, who left.
func (n *Newsletter) callBack(ctx context.Context, tx *store.Tx) error {
	_, err := n.env.Jobs.Enqueue(ctx, tx, job.New{Kind: recallJob, Key: "all"})
	return err
}

// tidy ends what an objection ends, and brings every processor in step. One that does not answer keeps no other waiting.
func (n *Newsletter) tidy(ctx context.Context) error {
	var all []error
	for _, a := range n.entries() {
		all = append(all, n.endObjectors(ctx, a))
		held, err := store.Texts(ctx, n.env.DB, "select recipient from newsletter_account where activity = $1 order by recipient", a.Key)
		all = append(all, err)
		for _, recipient := range held {
			p, err := n.cleverreach(a, recipient)
			if err == nil {
				err = errors.Join(p.poll(ctx), p.recall(ctx))
			}
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// endObjectors ends the subscriptions of those who objected to an entry elsewhere
// than by its links: on their own page, by a letter.
func (n *Newsletter) endObjectors(ctx context.Context, a *policy.Activity) error {
	objected, err := n.env.Subjects.Objectors(ctx, a.Key)
	if err != nil {
		return err
	}
	for who := range objected {
		s, err := n.latest(ctx, n.env.DB, a, who)
		if err == nil && s.Unsubscribed.IsZero() && !s.Confirmed.IsZero() {
			err = n.end(ctx, ByObjection, func(context.Context, *store.Tx) (string, error) { return s.ID, nil })
		}
		if err := ignoreMissing(err); err != nil {
			return err
		}
	}
	return nil
}

// poll ends here what ended at the provider: by the link in one of its mails, or
// because an address bounced.
func (p *provider) poll(ctx context.Context) error {
	group, err := p.group(ctx)
	if err != nil {
		return err
	}
	for page := 0; ; page++ {
		gone, err := p.client.Inactive(ctx, group, page)
		if err != nil {
			return err
		}
		for _, r := range gone {
			how := ByLink
			if r.Bounced != 0 {
				how = ByBounce
			}
			err := p.end(ctx, how, func(ctx context.Context, tx *store.Tx) (id string, err error) {
				err = tx.QueryRowContext(ctx, "select id from newsletter_carried where activity = $1 and recipient = $2 and receiver = $3", p.entry.Key, p.recipient, r.ID).Scan(&id)
				return id, store.Classify(err)
			})
			if err != nil {
				return err
			}
		}
		if len(gone) < cleverreach.Page {
			return nil
		}
	}
}

// one is a receiver that has to go.
type one struct {
	id              string
	receiver, group int64
}

// recall deletes at the provider whoever may not be written to any more: who left,
// was erased, objected, or whose data is restricted. A receiver counts as deleted
// once the provider, asked again, knows nothing of it.
func (p *provider) recall(ctx context.Context) error {
	for {
		page, err := p.departed(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := p.delete(ctx, page); err != nil {
			return err
		}
	}
}

// delete deletes receivers at the provider, asks it again, and writes down that
// they are gone.
func (p *provider) delete(ctx context.Context, page []one) error {
	for _, r := range page {
		if err := p.client.Delete(ctx, r.group, r.receiver); err != nil {
			return err
		}
		switch _, err := p.client.Receiver(ctx, r.group, r.receiver); {
		case err == nil:
			return fault.New(fault.Unavailable, "%s acknowledged a deletion and has the receiver still", p.recipient)
		case !fault.Is(err, fault.NotFound):
			return err
		}
	}
	return p.deleted(ctx, page)
}

// departed returns a page of receivers that have to go.
func (p *provider) departed(ctx context.Context) (page []one, err error) {
	page, err = p.ones(ctx, `select c.id, c.receiver, c.group_id from newsletter_carried c where c.activity = $1 and c.recipient = $2
		and not exists (select 1 from newsletter_subscriber s where s.id = c.id and s.unsubscribed_at is null) order by c.receiver limit 500`)
	if err != nil || len(page) > 0 {
		return page, err
	}
	sets, err := p.barredSets(ctx, p.entry.Key)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		for who := range set {
			more, err := p.ones(ctx, "select id, receiver, group_id from newsletter_carried where activity = $1 and recipient = $2 and subject = $3", who)
			if err != nil {
				return nil, err
			}
			for _, r := range more { // somebody may be in two of the sets
				if !slices.Contains(page, r) {
					page = append(page, r)
				}
			}
		}
	}
	return page, nil
}

func (p *provider) ones(ctx context.Context, query string, args ...any) (found []one, err error) {
	rows, err := p.env.DB.QueryContext(ctx, query, append([]any{p.entry.Key, p.recipient}, args...)...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r one
		if err := rows.Scan(&r.id, &r.receiver, &r.group); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, store.Classify(rows.Err())
}

// deleted writes down that receivers are gone at the provider.
func (p *provider) deleted(ctx context.Context, page []one) error {
	return p.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, r := range page {
			if _, err := tx.ExecContext(ctx, "delete from newsletter_carried where activity = $1 and recipient = $2 and receiver = $3", p.entry.Key, p.recipient, r.receiver); err != nil {
				return store.Classify(err)
			}
		}
		_, err := p.env.Ledger.Append(ctx, tx, "newsletter.deleted-there", map[string]any{"activity": p.entry.Key, "recipient": p.recipient, "count": len(page)})
		return err
	})
}

// Held is what a processor of an entry's mails holds of somebody.
type Held struct {
	Activity, Recipient string
	Receivers           int64
}

// AtProcessors returns what of the subjects is not shown to be deleted at
// processors.
func (n *Newsletter) AtProcessors(ctx context.Context, subjects []string) (found []Held, err error) {
	for _, who := range subjects {
		rows, err := n.env.DB.QueryContext(ctx, "select activity, recipient, count(*) from newsletter_carried where subject = $1 group by activity, recipient order by 1, 2", who)
		if err != nil {
			return nil, store.Classify(err)
		}
		for rows.Next() {
			var h Held
			if err := rows.Scan(&h.Activity, &h.Recipient, &h.Receivers); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			found = append(found, h)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, store.Classify(err)
		}
	}
	return found, nil
}

// Recall brings processors in step now. Unavailable if one does not answer.
func (n *Newsletter) Recall(ctx context.Context) error { return n.tidy(ctx) }

// RecallOf deletes the receivers of some subjects at every processor, whether or
// not they are subscribed: the next campaign hands over whoever still is.
func (n *Newsletter) RecallOf(ctx context.Context, subjects []string) error {
	for _, a := range n.entries() {
		held, err := store.Texts(ctx, n.env.DB, "select recipient from newsletter_account where activity = $1 order by recipient", a.Key)
		if err != nil {
			return err
		}
		for _, recipient := range held {
			if err := n.recallFrom(ctx, a, recipient, subjects); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *Newsletter) recallFrom(ctx context.Context, a *policy.Activity, recipient string, subjects []string) error {
	for _, who := range subjects {
		p := &provider{Newsletter: n, entry: a, recipient: recipient}
		page, err := p.ones(ctx, "select id, receiver, group_id from newsletter_carried where activity = $1 and recipient = $2 and subject = $3", who)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			continue
		}
		if p, err = n.cleverreach(a, recipient); err != nil {
			return fault.New(fault.Unavailable, "%s cannot be asked to delete a receiver: %w", recipient, err)
		}
		if err := p.delete(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

func (n *Newsletter) hookMark(token string) []byte {
	return n.env.Vault.Index("newsletter/hook", token)
}

// verify is what an address answers when a hook is made for it.
func (n *Newsletter) verify(activity string) string {
	return hex.EncodeToString(n.env.Vault.Index("newsletter/verify", activity))
}

// verifyHook answers the question that CleverReach asks before it makes a hook.
func (n *Newsletter) verifyHook(w http.ResponseWriter, r *http.Request) error {
	a, err := n.named(r)
	if err != nil {
		return err
	}
	secret := r.URL.Query().Get("secret")
	if secret == "" || len(secret) > 200 || !plainText(secret) {
		return fault.New(fault.Invalid, "a hook is verified with a secret of letters and digits")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, err = io.WriteString(w, cleverreach.VerifyAnswer(n.verify(a.Key), secret))
	return err
}

func plainText(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	})
}

// hook takes a call of CleverReach. What it says is not believed, only taken as a
// reason to ask: so a call that somebody made up ends nobody's subscription.
func (n *Newsletter) hook(w http.ResponseWriter, r *http.Request) error {
	var mark []byte
	err := n.env.DB.QueryRowContext(r.Context(), "select hook from newsletter_account where activity = $1 and hook is not null", r.PathValue("entry")).Scan(&mark)
	if err = store.Classify(err); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if len(mark) == 0 || subtle.ConstantTimeCompare(mark, n.hookMark(r.Header.Get(cleverreach.CallToken))) != 1 {
		return fault.New(fault.Forbidden, "this call does not come from the processor")
	}
	if err := n.env.DB.Write(r.Context(), n.callBack); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
