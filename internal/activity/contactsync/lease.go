package contactsync

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// lease is how long a run that says nothing any more keeps others away; while it
// works it says so four times in that time.
const lease = 2 * time.Minute

// errBusy says that a synchronisation is being worked at already.
var errBusy = fault.New(fault.Conflict, "this synchronisation is running; try again when it is done")

var errStoodStill = fmt.Errorf("this run stood still for so long that another took over: %w", errBusy)

// alone does work at a synchronisation while nobody else does, on this node or on
// another. Conflict if somebody does. Who loses the lease, because the process
// stood still, is stopped: by its own clock before its next call, so that it writes
// nothing beside the one that took over.
func (y *Synchroniser) alone(ctx context.Context, id string, f func(context.Context) (Result, error)) (Result, error) {
	by, since := store.NewID(), y.env.Clock.Now()
	if err := y.claim(ctx, id, by); err != nil {
		return Result{}, err
	}
	working, stop := context.WithCancel(ctx)
	h := &holding{y: y, stop: stop}
	h.extend(since)
	beating := make(chan error, 1)
	go func() {
		defer stop()
		beating <- y.beat(working, id, by, h)
	}()
	r, err := f(context.WithValue(working, holdingKey{}, h))
	lost := h.stands()
	stop()
	return r, errors.Join(err, lost, <-beating, y.release(context.WithoutCancel(ctx), id, by))
}

// holding is the lease of a run as the run itself knows it.
type holding struct {
	y     *Synchroniser
	stop  context.CancelFunc
	until atomic.Int64 // in milliseconds, by the wall clock: it goes on while the machine sleeps
}

type holdingKey struct{}

func (h *holding) extend(since time.Time) { h.until.Store(since.Add(lease).UnixMilli()) }

// stands stops the run once its lease is over.
func (h *holding) stands() error {
	if h.y.env.Clock.Now().UnixMilli() < h.until.Load() {
		return nil
	}
	h.stop()
	return errStoodStill
}

// stands is asked before each call of a run (run.Order).
func stands(ctx context.Context) error {
	if h, held := ctx.Value(holdingKey{}).(*holding); held {
		return h.stands()
	}
	return nil
}

// claim takes the lease, which is free, or has run out, or lies so far ahead that it
// was taken under a wrong clock.
func (y *Synchroniser) claim(ctx context.Context, id, by string) error {
	now := y.env.Clock.Now()
	done, err := y.env.DB.ExecContext(ctx, `update sync_setup set held_by = $1, held_until = $2
		where id = $3 and (held_until is null or held_until <= $4 or held_until > $5)`,
		by, store.At(now.Add(lease)), id, store.At(now), store.At(now.Add(2*lease)))
	if err != nil {
		return fmt.Errorf("begin with a synchronisation: %w", store.Classify(err))
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	if _, err := y.Get(ctx, id); err != nil {
		return err
	}
	return errBusy
}

// beat keeps the lease until ctx ends, and returns early if it is lost.
func (y *Synchroniser) beat(ctx context.Context, id, by string, h *holding) error {
	for y.env.Clock.Sleep(ctx, lease/4) == nil {
		now := y.env.Clock.Now()
		done, err := y.env.DB.ExecContext(ctx, "update sync_setup set held_until = $1 where id = $2 and held_by = $3", store.At(now.Add(lease)), id, by)
		if err != nil {
			continue // the lease lasts for some beats more
		}
		if n, err := done.RowsAffected(); err == nil && n == 0 {
			return errStoodStill
		}
		h.extend(now)
	}
	return nil
}

func (y *Synchroniser) release(ctx context.Context, id, by string) error {
	_, err := y.env.DB.ExecContext(ctx, "update sync_setup set held_by = null, held_until = null where id = $1 and held_by = $2", id, by)
	if err != nil {
		return fmt.Errorf("end the work at a synchronisation: %w", store.Classify(err))
	}
	return nil
}
