package retain

import (
	"context"
	"fmt"
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// recall reads what the run before left about t: when it swept and what it
// expected.
func (s *Sweeper) recall(ctx context.Context, t *task, why purpose) error {
	if why == toCompare {
		return nil
	}
	var swept store.Time
	err := store.Classify(s.DB.QueryRowContext(ctx, "select swept_at, foreseen from retain_schedule where rule = $1 and subject_table = $2",
		t.term.key(), t.Table).Scan(&swept, &t.foreseen))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("read the schedule: %w", err)
	}
	t.swept = swept.Time
	return nil
}

// note writes what the next run needs to know about t, if t swept.
func note(ctx context.Context, tx *store.Tx, t *task, now time.Time) error {
	if !t.sweeps(now) {
		return nil
	}
	return schedule(ctx, tx, t.term.key(), t.Table, now, t.next)
}

func schedule(ctx context.Context, tx *store.Tx, rule, table string, swept time.Time, foreseen int64) error {
	_, err := tx.ExecContext(ctx, `insert into retain_schedule (rule, subject_table, swept_at, foreseen) values ($1, $2, $3, $4)
		on conflict (rule, subject_table) do update set swept_at = excluded.swept_at, foreseen = excluded.foreseen`,
		rule, table, stamp(swept), foreseen)
	return store.Classify(err)
}

func stamp(t time.Time) store.Time {
	if t.IsZero() {
		return store.Time{}
	}
	return store.At(t)
}

// horizon is how far a run looks ahead for the brake: to the next sweep, and a
// day more, since it may be late.
func (s *Sweeper) horizon(t *task, now time.Time) time.Time {
	if t.term.Every.IsZero() {
		return now.Add(s.Brake.Jump)
	}
	return after(t.term.Every, now).Add(s.Brake.Jump)
}

// foresee counts what will be due by the next sweep. Under a period shorter than
// that everything may be.
func (s *Sweeper) foresee(ctx context.Context, c condition, t *task) error {
	c.now = s.horizon(t, c.now)
	if s.all(t, c.now) {
		t.next = math.MaxInt64
		return nil
	}
	var steps []step
	for _, st := range c.steps() {
		if st.term == t.term {
			steps = append(steps, st)
		}
	}
	due, kept, err := s.count(ctx, c, steps)
	t.next = due + kept
	return err
}

// all reports whether what is dated now may be over at the horizon already.
func (s *Sweeper) all(t *task, horizon time.Time) bool {
	return !t.term.over(s.Clock.Now()).After(horizon)
}

// last returns when retention last ran; before the first run, when the ledger
// last grew. The zero time if neither ever happened.
func (s *Sweeper) last(ctx context.Context) (time.Time, error) {
	var at store.Time
	err := store.Classify(s.DB.QueryRowContext(ctx, "select at from retain_clock where id = 1").Scan(&at))
	if err == nil || !fault.Is(err, fault.NotFound) {
		return at.Time, err
	}
	leaves, err := s.Ledger.Recent(ctx, 1)
	if err != nil || len(leaves) == 0 {
		return time.Time{}, err
	}
	return leaves[0].At, nil
}

// tick remembers that retention ran.
func tick(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "insert into retain_clock (id, at) values (1, $1) on conflict (id) do update set at = excluded.at", store.At(now))
	return store.Classify(err)
}
