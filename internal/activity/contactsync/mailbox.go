package contactsync

import (
	"context"
	"errors"
	"fmt"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/store"
)

// carryOut brings one mailbox to what is wanted. One that an earlier run left in
// the middle is looked at first.
func (y *Synchroniser) carryOut(ctx context.Context, w *work, v *visit) ([]run.Problem, error) {
	if v.idle() {
		return nil, y.leave(ctx, w.sync, v)
	}
	if v.moving() {
		if problems, err := y.move(ctx, w, v); err != nil || len(problems) > 0 {
			v.count = v.count.First(0)
			return problems, err
		}
	}
	m, err := y.enter(ctx, w.sync, v)
	if err != nil {
		v.count = v.count.First(0)
		if v.gone && fault.Is(err, fault.NotFound) { // the mailbox is gone, and what stood in it
			v.box.Made = false
			return nil, y.leave(ctx, w.sync, v)
		}
		return nil, err
	}
	b := y.bookOf(v.box)
	known, steps, err := y.steps(ctx, w, v)
	if err != nil {
		return nil, err
	}
	if v.box.Begun {
		if known, err = run.Reconcile(ctx, owner(w.sync), m, b, known); err != nil {
			return nil, err
		}
		if steps = roster.Steps(v.written(), known); len(steps) == 0 {
			return nil, errors.Join(b.End(ctx), y.leave(ctx, w.sync, v))
		}
	}
	problems, err := run.Run(ctx, y.order(w.sync, v), m, b, steps)
	if err != nil {
		v.count = v.count.First(b.wrote.Load())
		return problems, err
	}
	return problems, y.leave(ctx, w.sync, v)
}

// takeBack removes what is ours from one mailbox.
func (y *Synchroniser) takeBack(ctx context.Context, w *work, v *visit) ([]run.Problem, error) {
	m, err := y.enter(ctx, w.sync, v)
	if err != nil {
		return nil, err
	}
	removed, problems, err := run.Undo(ctx, y.order(w.sync, v), m, y.bookOf(v.box))
	v.count = roster.Count{Mailboxes: 1, Deletes: int64(removed)}
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	return nil, y.clear(ctx, v)
}

// enter opens the folder of a mailbox and remembers it.
func (y *Synchroniser) enter(ctx context.Context, s Sync, v *visit) (run.Mailbox, error) {
	m, folder, made, err := v.aim.place.open(ctx, v.box.Address, v.box.Folder, s.Setup.Targets[v.aim.name].Folder)
	if err != nil {
		return nil, err
	}
	// Where nothing of ours is known to be, something may stand from before: of a mailbox
	// that was gone and is back.
	v.box.Begun = v.box.Begun || v.have == 0 && !made
	if folder != v.box.Folder || made {
		if err := y.inFolder(ctx, v, folder, made); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (y *Synchroniser) inFolder(ctx context.Context, v *visit, folder string, made bool) error {
	_, err := y.env.DB.ExecContext(ctx, "update sync_mailbox set folder = $1, made = $2 where id = $3", null(folder), made, v.box.ID)
	v.box.Folder, v.box.Made = folder, made
	return store.Classify(err)
}

// clear removes the folder that we made in a mailbox, unless something is in it.
func (y *Synchroniser) clear(ctx context.Context, v *visit) error {
	if !v.box.Made {
		return nil
	}
	gone, err := v.aim.place.clear(ctx, v.box.Address, v.box.Folder)
	if err != nil || !gone {
		return err
	}
	return y.inFolder(ctx, v, "", false)
}

// leave forgets a mailbox that is no longer chosen and has nothing of ours left, the
// folder that we made included.
func (y *Synchroniser) leave(ctx context.Context, s Sync, v *visit) error {
	if !v.gone {
		return nil
	}
	if err := y.clear(ctx, v); err != nil {
		return err
	}
	return y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update sync_mailbox set removed_at = $1 where id = $2", store.At(y.env.Clock.Now()), v.box.ID); err != nil {
			return store.Classify(err)
		}
		return y.env.End(ctx, tx, s.Activity, "removed", mailboxTable, fmt.Sprint(v.box.ID))
	})
}

// owner is how the synchronisation is named in the marks of its contacts.
func owner(s Sync) string { return s.ID }

func (y *Synchroniser) order(s Sync, v *visit) run.Order {
	return run.Order{
		Owner: owner(s), Rules: v.aim.rules, AtOnce: v.aim.place.atOnce, Stands: stands,
		Photo: func(ctx context.Context, sum string) ([]byte, error) { return y.photoOf(ctx, s, sum) },
	}
}
