package contactsync

import (
	"context"

	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/store"
)

// When another folder is chosen for a target, contacts of ours are taken out of the one in
// which they stand before they are written into the other: no interface moves contacts
// everywhere. Until a mailbox has had its turn the old folder counts.

// moves notes that the mailboxes of targets get another folder. Invalid if contacts of a
// target would be left to nobody, because it is gone or leads to another system.
func (y *Synchroniser) moves(ctx context.Context, tx *store.Tx, id string, s Setup) error {
	was, err := y.Get(ctx, id)
	if err != nil {
		return err
	}
	for name, t := range was.Setup.Targets {
		if s.Targets[name].Connection == t.Connection {
			continue
		}
		n, err := y.writtenOf(ctx, id, name)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Invalid, "targets.%s: %d contacts of it stand in mailboxes, and without it nobody takes them back; take them back first (kept sync undo %s), or leave the target as it was", name, n, id)
		}
	}
	for name, t := range s.Targets {
		if before, there := was.Setup.Targets[name]; !there || before.Folder == t.Folder {
			continue
		}
		_, err := tx.ExecContext(ctx, "update sync_mailbox set moves = $1 where setup = $2 and target = $3 and ran_at is not null", true, id, name)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// moving reports whether contacts in the mailbox go into another folder.
func (v *visit) moving() bool { return v.box.Moves && !v.gone }

// move takes contacts of ours out of the folder in which they stand.
func (y *Synchroniser) move(ctx context.Context, w *work, v *visit) ([]run.Problem, error) {
	_, problems, err := run.Undo(ctx, y.order(w.sync, v), v.aim.place.at(v.box.Address, v.box.Folder), y.bookOf(v.box))
	if fault.Is(err, fault.NotFound) { // its owner removed it
		err = nil
	}
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	if err := y.clear(ctx, v); err != nil {
		return nil, err
	}
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from sync_item where mailbox = $1", v.box.ID); err != nil {
			return store.Classify(err)
		}
		_, err := tx.ExecContext(ctx, "update sync_mailbox set moves = $1, folder = null, made = $1, since = null where id = $2", false, v.box.ID)
		return store.Classify(err)
	})
	if err == nil {
		v.box.Moves, v.box.Made, v.box.Folder, v.box.Since, v.have = false, false, "", "", 0
	}
	return nil, err
}
