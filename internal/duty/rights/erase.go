package rights

import (
	"context"
	"fmt"
	"time"

	"kept/internal/consent"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
)

const (
	eraseJob      = "rights.erase"
	lateJob       = "rights.erase-late"
	eraseLease    = 10 * time.Minute
	eraseAttempts = 8
)

// pending names the request that a job is about.
type pending struct {
	Request string `json:"request"`
}

// Erase takes a request for erasure and returns its id at once; a job carries it
// out. Asked again while one is open, it returns that one.
func (d *Desk) Erase(ctx context.Context, subject string) (request string, err error) {
	if subject == "" {
		return "", fault.New(fault.Invalid, "an erasure is about a person")
	}
	if err := d.Vault.Prepare(ctx, keyOf(subject)); err != nil {
		return "", fmt.Errorf("take a request for erasure: %w", err)
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		request, err = d.ask(ctx, tx, subject, "")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("take a request for erasure: %w", err)
	}
	return request, nil
}

// ask takes a request for erasure of all that is held of subject, or of what one
// activity holds, or returns the one that is open.
func (d *Desk) ask(ctx context.Context, tx *store.Tx, subject, only string) (request string, err error) {
	err = store.Classify(tx.QueryRowContext(ctx, `select id from rights_request where subject = $1 and asked = $2 and closed_at is null
		and coalesce(activity, '') in ('', $3) limit 1`, subject, Erasure, only).Scan(&request))
	if err == nil || !fault.Is(err, fault.NotFound) {
		return request, err
	}
	r := d.received(Erasure, subject)
	r.Activity = only
	if err := insert(ctx, tx, r); err != nil {
		return "", err
	}
	return r.ID, d.enqueue(ctx, tx, r.ID)
}

func (d *Desk) enqueue(ctx context.Context, tx *store.Tx, request string) error {
	_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: eraseJob, Key: request, Payload: pending{request}})
	return err
}

// erase is the job. It goes on wherever the request stands, so it bears being
// killed and run again at any step; what it cannot finish in the last of its
// attempts waits, visibly.
func (d *Desk) erase(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	err := d.carryOut(ctx, p.Request, j.Kind == lateJob)
	if err == nil || j.Attempt < eraseAttempts {
		return err
	}
	r, readErr := d.Request(ctx, p.Request)
	if readErr != nil {
		return err
	}
	if _, stepErr := r.progress().after(doWait); stepErr != nil {
		return err
	}
	return d.advance(ctx, r, doWait, func(r *Request) { r.Reason = reasonFailed }, nil)
}

// carryOut takes the request from state to state until it is done or waits: for
// a person, or for the last look, when no node takes anything in any more.
func (d *Desk) carryOut(ctx context.Context, id string, last bool) error {
	for {
		r, err := d.Request(ctx, id)
		if err != nil {
			return err
		}
		if err := d.at("before " + string(r.State)); err != nil {
			return err
		}
		switch r.State {
		case Received:
			err = d.plan(ctx, r)
		case Prepared:
			err = d.intend(ctx, r)
		case Executing:
			if err = d.execute(ctx, r); err != nil {
				break
			}
			now := d.Clock.Now()
			if at := retain.SecondLook(d.DB, now); at.After(now) && !last {
				return d.lookAgain(ctx, r, at)
			}
			err = d.verify(ctx, r)
		case Verified:
			err = d.finish(ctx, r)
		default: // done, refused, or waiting for a person
			return nil
		}
		if err != nil {
			return fmt.Errorf("erasure that is %s: %w", r.State, err)
		}
	}
}

// at lets a test break the erasure at a step.
func (d *Desk) at(step string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(step)
}

func (d *Desk) plan(ctx context.Context, r Request) error {
	goes, stays, err := d.preview(ctx, r.Subject, r.Activity)
	if err != nil {
		return err
	}
	return d.advance(ctx, r, doPlan, func(r *Request) { r.Goes, r.Stays = goes, stays }, nil)
}

// intend puts the intent into the ledger, together with the state.
func (d *Desk) intend(ctx context.Context, r Request) error {
	return d.advance(ctx, r, doExecute, nil, func(ctx context.Context, tx *store.Tx, r *Request) (err error) {
		r.Intent, err = d.Ledger.Append(ctx, tx, "erasure.intended", map[string]any{"request": r.ID, "tables": len(r.Goes), "kept": len(r.Stays)})
		return err
	})
}

// execute erases, and fails if something answers afterwards. The keys by which
// events and the person are found stay: a node that does not know yet writes
// under them, and that must be found.
func (d *Desk) execute(ctx context.Context, r Request) error {
	if r.Activity == "" {
		if err := d.withdraw(ctx, r.Subject); err != nil {
			return err
		}
	}
	estate, err := d.estate(ctx, r.Subject, r.Activity)
	if err != nil {
		return err
	}
	if err := d.end(ctx, estate, r.Subject); err != nil {
		return err
	}
	if err := d.destroy(ctx, estate); err != nil {
		return err
	}
	left, err := d.left(ctx, estate)
	if err != nil {
		return err
	}
	if left != "" {
		return fault.New(fault.Internal, "something is still there after the erasure: %s", left)
	}
	return d.at("executed")
}

// lookAgain has everything erased and asked once more at a moment.
func (d *Desk) lookAgain(ctx context.Context, r Request, at time.Time) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: lateJob, Key: r.ID, At: at, Payload: pending{r.ID}})
		return err
	})
}

// verify is called when nothing answered and nothing new can come: now the keys
// of the events go, and who the person was.
func (d *Desk) verify(ctx context.Context, r Request) error {
	estate, err := d.estate(ctx, r.Subject, r.Activity)
	if err != nil {
		return err
	}
	if err := d.forget(ctx, estate); err != nil {
		return err
	}
	return d.advance(ctx, r, doVerify, nil, nil)
}

// withdraw ends the consents that stand: who asks for erasure does not want to
// be collected about again by a cookie that is still around.
func (d *Desk) withdraw(ctx context.Context, who string) error {
	if d.Consent == nil {
		return nil
	}
	decisions, err := d.Consent.Decisions(ctx, who)
	if err != nil {
		return err
	}
	for _, x := range decisions {
		if !x.Ended.IsZero() {
			continue
		}
		if err := d.endDecision(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) endDecision(ctx context.Context, x consent.Decision) error {
	stands := consent.State{Known: true, Decision: x.ID}
	_, err := d.Consent.Decide(ctx, consent.Request{None: true, Source: consent.Settings, Language: x.Language, Previous: stands})
	if err != nil {
		return fmt.Errorf("withdraw a consent: %w", err)
	}
	return nil
}

// destroy deletes what goes: the keys of ordinary tables first, since they take
// every copy of what they sealed with them; the rows, children first; the events.
func (d *Desk) destroy(ctx context.Context, e *estate) error {
	rules, err := d.keysThatGo(ctx, e)
	if err != nil {
		return err
	}
	if len(rules) > 0 {
		if err := d.Vault.Destroy(ctx, e.subject, rules...); err != nil {
			return err
		}
	}
	if err := d.at("keys destroyed"); err != nil {
		return err
	}
	for _, h := range e.holdings {
		if err := d.destroyHolding(ctx, e.subject, h); err != nil {
			return fmt.Errorf("%s: %w", h.table.Name, err)
		}
		if err := d.at("erased " + h.table.Name); err != nil {
			return err
		}
	}
	return d.DB.Truncate(ctx)
}

func (d *Desk) destroyHolding(ctx context.Context, subject string, h *holding) error {
	switch {
	case h.whole:
		return nil
	case h.table.Shape != manifest.Rows:
		_, err := d.Events.Erase(ctx, h.table.Name, subject)
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := retain.EraseRows(ctx, tx, d.Clock.Now(), h.entry, h.manifest, h.table, subject, h.which, h.stays)
		return err
	})
}

// forget destroys the keys by which events were found and, if nothing stays, who
// the person was.
func (d *Desk) forget(ctx context.Context, e *estate) error {
	var rules []string
	for _, h := range e.holdings {
		if h.table.Shape != manifest.Rows && !h.whole {
			rules = append(rules, event.KeyOf(h.table.Name, e.subject).Rule)
		}
	}
	if len(rules) > 0 {
		if err := d.Vault.Destroy(ctx, e.subject, rules...); err != nil {
			return err
		}
	}
	if err := d.at("events' keys destroyed"); err != nil {
		return err
	}
	if !e.forgets() {
		return nil
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.Subjects.Forget(ctx, tx, e.subject) })
	if err != nil {
		return err
	}
	if err := d.at("forgotten"); err != nil {
		return err
	}
	return d.DB.Truncate(ctx)
}

// keysThatGo returns the names of the subject's keys under which nothing stays.
// The keys of events and of the subject itself go later.
func (d *Desk) keysThatGo(ctx context.Context, e *estate) ([]string, error) {
	refs, err := d.Vault.Refs(ctx, e.subject)
	if err != nil {
		return nil, err
	}
	keep := e.keysThatStay()
	keep[subject.Rule] = true
	for _, h := range e.holdings {
		if h.table.Shape != manifest.Rows {
			keep[h.table.Name] = true
		}
	}
	var rules []string
	for _, ref := range refs {
		if !keep[ref.Rule] {
			rules = append(rules, ref.Rule)
		}
	}
	return rules, nil
}

// finish closes the request: the leaf, the state, and no link to the person any
// more, here and in every earlier request. What a hold kept from it is owed.
func (d *Desk) finish(ctx context.Context, r Request) error {
	id := r.Subject
	estate, err := d.estate(ctx, id, r.Activity)
	if err != nil {
		return err
	}
	return d.advance(ctx, r, doFinish, func(r *Request) { r.Subject = "" }, func(ctx context.Context, tx *store.Tx, r *Request) (err error) {
		r.Leaf, err = d.Ledger.Append(ctx, tx, "erasure.done", map[string]any{"request": r.ID, "tables": len(r.Goes), "kept": len(r.Stays)})
		if err != nil {
			return err
		}
		if err := d.wakeOrders(ctx, tx); err != nil || r.Activity != "" {
			return err
		}
		if err := d.owe(ctx, tx, id, estate.held()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update rights_request set subject = null where subject = $1", id)
		return store.Classify(err)
	})
}
