package rights

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/vault"
)

func (d *Desk) secondLook(now time.Time) time.Time { return retain.SecondLook(d.DB, now) }

// events reports whether the holding is an event table.
func (h *holding) events() bool { return h.table.Shape != manifest.Rows }

// holders returns "$from, …" for n arguments.
func holders(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(all, ", ")
}

// countMany counts the rows of subjects in a table; who has none is not there.
func (d *Desk) countMany(ctx context.Context, h *holding, subjects []string) (map[string]int64, error) {
	counts := map[string]int64{}
	if len(subjects) == 0 {
		return counts, nil
	}
	if h.events() {
		return counts, d.countEvents(ctx, h, subjects, counts)
	}
	whose := retain.Whose(h.manifest, h.table)
	where := whose + " in (" + holders(1, len(subjects)) + ")"
	if h.which != "" {
		where += " and (" + h.which + ")"
	}
	args := make([]any, len(subjects))
	for i, s := range subjects {
		args[i] = s
	}
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s, count(*) from %s where %s group by 1", whose, h.table.Name, where), args...)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", h.table.Name, store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, err
		}
		counts[s] = n
	}
	return counts, store.Classify(rows.Err())
}

func (d *Desk) countEvents(ctx context.Context, h *holding, subjects []string, counts map[string]int64) error {
	among, err := d.Events.Among(ctx, h.table.Name, subjects)
	if err != nil {
		return err
	}
	for s, has := range among {
		if !has {
			continue
		}
		n, err := d.count(ctx, h, s, "")
		if err != nil {
			return err
		}
		counts[s] = n
	}
	return nil
}

// executeMany erases, and fails if something of somebody answers afterwards.
func (d *Desk) executeMany(ctx context.Context, e *estate, all []*Request) error {
	if len(all) == 0 {
		return nil
	}
	subjects := subjectsOf(all)
	for _, s := range subjects {
		if err := d.withdraw(ctx, s); err != nil {
			return err
		}
		if err := d.end(ctx, e, s); err != nil {
			return err
		}
	}
	refs, err := d.keysOfMany(ctx, e, subjects)
	if err != nil {
		return err
	}
	if err := d.Vault.DestroyMany(ctx, refs); err != nil {
		return err
	}
	if err := d.at("many keys destroyed"); err != nil {
		return err
	}
	if err := d.eraseRowsOf(ctx, e, subjects); err != nil {
		return err
	}
	if err := d.at("many rows erased"); err != nil {
		return err
	}
	// What the log of writes still holds of the rows is cut off before they are
	// called gone (verifyMany).
	return d.leftOfMany(ctx, e, subjects)
}

// eraseRowsOf deletes the rows in one transaction, children first, and the events.
func (d *Desk) eraseRowsOf(ctx context.Context, e *estate, subjects []string) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, h := range e.holdings {
			if h.events() {
				continue
			}
			if _, err := retain.EraseRowsOf(ctx, tx, d.Clock.Now(), h.entry, h.manifest, h.table, subjects, h.which); err != nil {
				return fmt.Errorf("%s: %w", h.table.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, h := range e.holdings {
		if !h.events() {
			continue
		}
		among, err := d.Events.Among(ctx, h.table.Name, subjects)
		if err != nil {
			return err
		}
		for s, has := range among {
			if !has {
				continue
			}
			if _, err := d.Events.Erase(ctx, h.table.Name, s); err != nil {
				return fmt.Errorf("%s: %w", h.table.Name, err)
			}
		}
	}
	return nil
}

// leftOfMany asks everything again.
func (d *Desk) leftOfMany(ctx context.Context, e *estate, subjects []string) error {
	for _, h := range e.holdings {
		counts, err := d.countMany(ctx, h, subjects)
		if err != nil {
			return err
		}
		if len(counts) > 0 {
			return fault.New(fault.Internal, "something is still there after the erasure: rows of %d people in %s", len(counts), h.table.Name)
		}
	}
	refs, err := d.keysOfMany(ctx, e, subjects)
	if err == nil && len(refs) > 0 {
		err = fault.New(fault.Internal, "something is still there after the erasure: %d keys", len(refs))
	}
	return err
}

// verifyMany is called when nothing answered and nothing new can come: now the
// keys of the events go, and who the people were.
func (d *Desk) verifyMany(ctx context.Context, e *estate, all []*Request) error {
	if len(all) == 0 {
		return nil
	}
	subjects := subjectsOf(all)
	var refs []vault.Ref
	for _, h := range e.holdings {
		for _, s := range subjects {
			if h.events() {
				refs = append(refs, event.KeyOf(h.table.Name, s))
			}
		}
	}
	if err := d.Vault.DestroyMany(ctx, refs); err != nil {
		return err
	}
	if err := d.at("many events' keys destroyed"); err != nil {
		return err
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.Subjects.ForgetAll(ctx, tx, subjects) })
	if err != nil {
		return err
	}
	if err := d.at("many forgotten"); err != nil {
		return err
	}
	if err := d.DB.Truncate(ctx); err != nil {
		return err
	}
	if err := d.stepMany(ctx, all, doVerify, "", nil, nil); err != nil {
		return err
	}
	return d.at("many verified")
}
