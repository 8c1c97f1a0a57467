package contactsync

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/store"
)

// noted runs f as a run of a synchronisation, which stands in its history whatever
// becomes of it.
func (y *Synchroniser) noted(ctx context.Context, s Sync, mode string, f func(context.Context) (Result, error)) (Result, error) {
	a, err := y.entry(s.Activity)
	if err != nil {
		return Result{}, err
	}
	id := store.NewID()
	if a.Has("log") {
		_, err := y.env.DB.ExecContext(ctx, "insert into sync_run (id, setup, mode, begun_at, state) values ($1, $2, $3, $4, 'begun')", id, s.ID, mode, store.At(y.env.Clock.Now()))
		if err != nil {
			return Result{}, fmt.Errorf("note a run: %w", store.Classify(err))
		}
	}
	r, failed := f(ctx)
	r.Run = id
	noted := r.Problems
	if failed != nil && len(noted) == 0 && ctx.Err() == nil {
		noted = []BoxProblem{whole(failed)}
	}
	err = y.env.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		seal := y.env.Sealer(ctx, a, s.Customer)
		problems := seal.JSON(runTable+".problems", "log", noted)
		if seal.Err() != nil {
			return seal.Err()
		}
		_, err := tx.ExecContext(ctx, "update sync_run set ended_at = $1, state = $2, counts = $3, problems = $4 where id = $5",
			store.At(y.env.Clock.Now()), r.State, store.JSON[roster.Count]{V: r.Count}, problems, id)
		if err != nil {
			return store.Classify(err)
		}
		_, err = y.env.Ledger.Append(ctx, tx, "sync."+mode, map[string]any{
			"synchronisation": s.ID, "activity": s.Activity, "state": r.State, "mailboxes": r.Count.Mailboxes,
			"created": r.Count.Creates, "updated": r.Count.Updates, "deleted": r.Count.Deletes,
		})
		return err
	})
	if failed != nil {
		return r, failed
	}
	if err != nil {
		return r, fmt.Errorf("note a run: %w", err)
	}
	return r, nil
}

// Past is a run of the past.
type Past struct {
	ID, Mode, State string
	Begun, Ended    time.Time
	Count           roster.Count
	Problems        []BoxProblem
}

// History returns the latest runs of a synchronisation, the newest first.
func (y *Synchroniser) History(ctx context.Context, id string, n int) ([]Past, error) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := y.env.DB.QueryContext(ctx, "select id, mode, state, begun_at, ended_at, counts, problems from sync_run where setup = $1 order by begun_at desc, id limit $2", id, n)
	if err != nil {
		return nil, fmt.Errorf("read the runs of a synchronisation: %w", store.Classify(err))
	}
	defer rows.Close()
	open := y.env.Opener(ctx, s.Customer)
	var all []Past
	for rows.Next() {
		var p Past
		var begun, ended store.Time
		var counts store.JSON[roster.Count]
		var problems []byte
		if err := rows.Scan(&p.ID, &p.Mode, &p.State, &begun, &ended, &counts, &problems); err != nil {
			return nil, fmt.Errorf("read the runs of a synchronisation: %w", store.Classify(err))
		}
		p.Begun, p.Ended, p.Count = begun.Time, ended.Time, counts.V
		open.JSON(runTable+".problems", problems, &p.Problems)
		all = append(all, p)
	}
	if open.Err() != nil {
		return nil, open.Err()
	}
	return all, store.Classify(rows.Err())
}

// normal is the form in which an address of a mailbox is told from others.
func normal(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// cutSpace cuts what cannot be taken into its kind and its value.
func cutSpace(text string) (kind, value string, ok bool) { return strings.Cut(text, " ") }
