package contactsync

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
)

// Result is what became of a run.
type Result struct {
	Run      string
	Count    roster.Count
	State    string // done, partly, stopped, failed
	Problems []BoxProblem
}

// Run synchronises. A mailbox that cannot be reached keeps no other one waiting; it
// is a problem of the result and goes on with the next run. Conflict if the brake
// stops the run, or if one is under way.
func (y *Synchroniser) Run(ctx context.Context, id string, o Options) (Result, error) {
	return y.alone(ctx, id, func(ctx context.Context) (Result, error) {
		s, err := y.Get(ctx, id)
		if err != nil {
			return Result{}, err
		}
		return y.noted(ctx, s, "run", func(ctx context.Context) (Result, error) {
			w, err := y.prepare(ctx, id, o, nil)
			if err != nil {
				return Result{State: "failed"}, fmt.Errorf("synchronise: %w", err)
			}
			if stopped := w.brake(); stopped != nil && !o.Confirmed {
				return Result{State: "stopped"}, stopped
			}
			if err := y.part(ctx, w.sync); err != nil {
				return Result{State: "failed"}, fmt.Errorf("synchronise: %w", err)
			}
			r, err := y.each(ctx, w, o, y.carryOut)
			return r, errors.Join(err, y.delivered(context.WithoutCancel(ctx), w))
		})
	})
}

// Undo removes what is ours from every mailbox, and nothing else.
func (y *Synchroniser) Undo(ctx context.Context, id string, o Options) (Result, error) {
	return y.alone(ctx, id, func(ctx context.Context) (Result, error) {
		o.Fresh = false
		w, err := y.visits(ctx, id, o)
		if err != nil {
			return Result{}, fmt.Errorf("take a synchronisation back: %w", err)
		}
		return y.noted(ctx, w.sync, "undo", func(ctx context.Context) (Result, error) { return y.each(ctx, w, o, y.takeBack) })
	})
}

// act does something in one mailbox and counts it in the visit.
type act func(context.Context, *work, *visit) ([]run.Problem, error)

// each works in every mailbox, many at a time.
func (y *Synchroniser) each(ctx context.Context, w *work, o Options, do act) (Result, error) {
	var mu sync.Mutex
	r := Result{State: "done"}
	done := int64(0)
	var all sync.WaitGroup
	places := make(chan struct{}, roster.Outlook.Mailboxes)
	for _, v := range w.visits {
		if ctx.Err() != nil {
			break
		}
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			problems, err := do(ctx, w, v)
			if ctx.Err() == nil && !o.Trial {
				err = errors.Join(err, y.fared(ctx, v, problems, err))
			}
			mu.Lock()
			defer mu.Unlock()
			r.Count.Add(v.count)
			done++
			if o.Progress != nil {
				o.Progress(done, int64(len(w.visits)))
			}
			for _, p := range problems {
				r.Problems = append(r.Problems, ofContact(v.box.Address, p))
			}
			if err != nil && ctx.Err() == nil {
				r.Problems = append(r.Problems, BoxProblem{Address: v.box.Address, Kind: problemOf(err), Says: err.Error()})
			}
		})
	}
	all.Wait()
	if len(r.Problems) > 0 || ctx.Err() != nil {
		r.State = "partly"
	}
	return r, ctx.Err()
}
