package retain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// lease is how long a run that says nothing any more keeps others away; while it
// works it says so four times in that time.
const lease = 2 * time.Minute

// alone does work that ends data while no other run does, here or in another
// process: callers of this process wait, those of another get Conflict. A run
// that loses its lease, because its process stood still, is stopped.
func (s *Sweeper) alone(ctx context.Context, work func(ctx context.Context) (Report, error)) (Report, error) {
	s.running.Lock()
	defer s.running.Unlock()
	owner := store.NewID()
	if err := s.claim(ctx, owner); err != nil {
		return Report{}, err
	}
	working, stop := context.WithCancel(ctx)
	beating := make(chan error, 1)
	go func() {
		defer stop()
		beating <- s.beat(working, owner)
	}()
	report, err := work(working)
	stop()
	return report, errors.Join(err, <-beating, s.release(context.WithoutCancel(ctx), owner))
}

// claim takes the lease, which is free, or has run out, or lies so far ahead
// that it was taken under a wrong clock.
func (s *Sweeper) claim(ctx context.Context, owner string) error {
	now := s.Clock.Now()
	done, err := s.DB.ExecContext(ctx, `insert into retain_lease (id, owner, until_at) values (1, $1, $2)
		on conflict (id) do update set owner = excluded.owner, until_at = excluded.until_at
		where retain_lease.until_at <= $3 or retain_lease.until_at > $4`,
		owner, store.At(now.Add(lease)), store.At(now), store.At(now.Add(2*lease)))
	if err != nil {
		return fmt.Errorf("begin a run: %w", store.Classify(err))
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fault.New(fault.Conflict, "another run is at work; try again when it is done"), err)
	}
	return nil
}

// beat keeps the lease until ctx ends, and returns early if it is lost.
func (s *Sweeper) beat(ctx context.Context, owner string) error {
	for s.Clock.Sleep(ctx, lease/4) == nil {
		done, err := s.DB.ExecContext(ctx, "update retain_lease set until_at = $1 where owner = $2", store.At(s.Clock.Now().Add(lease)), owner)
		if err != nil {
			continue // the lease lasts for some beats more
		}
		if n, err := done.RowsAffected(); err == nil && n == 0 {
			return fault.New(fault.Conflict, "this run stood still for so long that another took over")
		}
	}
	return nil
}

func (s *Sweeper) release(ctx context.Context, owner string) error {
	if _, err := s.DB.ExecContext(ctx, "update retain_lease set until_at = 0 where owner = $1", owner); err != nil {
		return fmt.Errorf("end a run: %w", store.Classify(err))
	}
	return nil
}
