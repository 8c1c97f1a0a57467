package contactsync

import (
	"context"
	"fmt"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/store"
)

// Verify looks for what people changed or removed in contacts of ours, with one
// call for each mailbox, and brings those back to what the rules want. It does not
// read the sources. With o.Trial it counts and writes nothing.
func (y *Synchroniser) Verify(ctx context.Context, id string, o Options) (Result, error) {
	return y.alone(ctx, id, func(ctx context.Context) (Result, error) {
		o.Fresh = false
		w, err := y.visits(ctx, id, o)
		if err != nil {
			return Result{}, fmt.Errorf("look after a synchronisation: %w", err)
		}
		look := func(ctx context.Context, w *work, v *visit) ([]run.Problem, error) {
			return y.lookAfter(ctx, w, v, o.Trial)
		}
		if o.Trial {
			return y.each(ctx, w, o, look)
		}
		return y.noted(ctx, w.sync, "verify", func(ctx context.Context) (Result, error) {
			r, err := y.each(ctx, w, o, look)
			if err == nil {
				_, err = y.env.DB.ExecContext(ctx, "update sync_setup set verified_at = $1 where id = $2", store.At(y.env.Clock.Now()), id)
				err = store.Classify(err)
			}
			return r, err
		})
	})
}

// lookAfter looks after one mailbox. One in which nothing of ours stands, or which
// is no longer chosen, is left to the next run, and so is one that a run left in the
// middle or that gets another folder.
func (y *Synchroniser) lookAfter(ctx context.Context, w *work, v *visit, trial bool) ([]run.Problem, error) {
	known, err := y.bookOf(v.box).known(ctx, w.full)
	if err != nil || len(known) == 0 || v.gone || v.box.Begun || v.box.Moves {
		return nil, err
	}
	m := v.aim.place.at(v.box.Address, v.box.Folder)
	steps, next, err := y.watch(w, v, known).Look(ctx, m, v.box.Since)
	if fault.Is(err, fault.NotFound) { // the folder is gone, and all in it
		steps, next, err = restored(v.written(), known), "", nil
	}
	if err != nil {
		return nil, err
	}
	v.count = roster.CountOf(steps, len(known), func(sum string) int64 { return w.sizes[sum] })
	if trial {
		return nil, nil
	}
	if len(steps) > 0 {
		if m, err = y.enter(ctx, w.sync, v); err != nil {
			return nil, err
		}
		problems, err := run.Run(ctx, y.order(w.sync, v), m, y.bookOf(v.box), steps)
		if err != nil || len(problems) > 0 {
			return problems, err // the token of before: it is looked at again
		}
	}
	return nil, y.looked(ctx, w, v, next)
}

// skew is by how much clocks of mailboxes may go before ours.
const skew = time.Minute

// watch is a look at one mailbox.
func (y *Synchroniser) watch(w *work, v *visit, known []roster.Known) run.Watch {
	return run.Watch{
		Rules: v.aim.rules, Written: v.written(), Known: known, Quiet: v.box.Ran.Add(skew),
		Same: func(ctx context.Context, photo []byte, sum string) (bool, error) {
			ours, err := y.photoOf(ctx, w.sync, sum)
			return err == nil && alike(photo, ours), err
		},
	}
}

// restored are the steps that write everything anew that was known.
func restored(written []roster.Written, known []roster.Known) []roster.Step {
	had := map[string]bool{}
	for _, k := range known {
		had[k.Person] = true
	}
	var steps []roster.Step
	for i := range written {
		if had[written[i].Person] {
			steps = append(steps, roster.Anew(&written[i]))
		}
	}
	return steps
}

// looked remembers how far a mailbox was looked at. The token is a link that names
// the mailbox: it lies sealed.
func (y *Synchroniser) looked(ctx context.Context, w *work, v *visit, next string) error {
	if next == v.box.Since {
		return nil
	}
	seal := y.env.Sealer(ctx, w.entry, w.sync.Customer)
	sealed := seal.Text(mailboxTable+".since", "mailboxes", next)
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err := y.env.DB.ExecContext(ctx, "update sync_mailbox set since = $1 where id = $2", sealed, v.box.ID)
	return store.Classify(err)
}
