package contact

import (
	"context"
	"sync"
	"time"

	"kept/internal/store"
)

// rest is how long counts wait in memory: whoever floods the form makes no more
// than one transaction in that time. A crash loses that much of a count.
const rest = 10 * time.Second

// tally counts what was held off. It is safe for concurrent use.
type tally struct {
	mu      sync.Mutex
	counts  map[tallied]int64
	written time.Time
}

type tallied struct {
	day      int64
	activity string
	cause    Cause
}

// add counts one, and reports whether it is time to write.
func (t *tally) add(now time.Time, activity string, cause Cause) (due bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[tallied]int64{}
	}
	t.counts[tallied{now.UTC().Truncate(24 * time.Hour).UnixMilli(), activity, cause}]++
	return now.Sub(t.written) >= rest
}

// empty returns what was counted and begins anew.
func (t *tally) empty(now time.Time) map[tallied]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := t.counts
	t.counts, t.written = nil, now
	return counts
}

// giveBack adds what could not be written.
func (t *tally) giveBack(counts map[tallied]int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[tallied]int64{}
	}
	for k, n := range counts {
		t.counts[k] += n
	}
}

// holdOff counts a message that is not taken. A count that cannot be written now
// is written later.
func (c *Correspondence) holdOff(ctx context.Context, activity string, cause Cause) {
	if !c.held.add(c.env.Clock.Now(), activity, cause) {
		return
	}
	if err := c.writeHeld(ctx); err != nil {
		c.env.Log.Warn("what the contact form held off could not be counted", "error", err)
	}
}

func (c *Correspondence) writeHeld(ctx context.Context) error {
	counts := c.held.empty(c.env.Clock.Now())
	if len(counts) == 0 {
		return nil
	}
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for k, n := range counts {
			_, err := tx.ExecContext(ctx, `insert into contact_held_off (day, activity, cause, times) values ($1, $2, $3, $4)
				on conflict (day, activity, cause) do update set times = contact_held_off.times + excluded.times`, k.day, k.activity, string(k.cause), n)
			if err != nil {
				return store.Classify(err)
			}
		}
		return nil
	})
	if err != nil {
		c.held.giveBack(counts)
	}
	return err
}

// HeldOff returns how many messages the form did not take since a moment, by
// cause.
func (c *Correspondence) HeldOff(ctx context.Context, since time.Time) (map[Cause]int64, error) {
	if err := c.writeHeld(ctx); err != nil {
		return nil, err
	}
	rows, err := c.env.DB.QueryContext(ctx, "select cause, sum(times) from contact_held_off where day >= $1 group by cause", store.At(since))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	found := map[Cause]int64{}
	for rows.Next() {
		var cause string
		var n int64
		if err := rows.Scan(&cause, &n); err != nil {
			return nil, err
		}
		found[Cause(cause)] = n
	}
	return found, store.Classify(rows.Err())
}
