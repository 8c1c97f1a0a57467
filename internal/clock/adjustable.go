package clock

import (
	"context"
	"sync/atomic"
	"time"
)

// Adjustable is the machine's clock with an offset that can be changed: the
// demo and the simulation live through weeks with it and then come back to
// the present. It waits in real time.
type Adjustable struct{ offset atomic.Int64 }

// Now returns the machine's time plus the offset.
func (a *Adjustable) Now() time.Time {
	return System.Now().Add(time.Duration(a.offset.Load()))
}

// Set makes it t now; the clock goes on from there.
func (a *Adjustable) Set(t time.Time) { a.offset.Store(int64(t.Sub(System.Now()))) }

// Release brings the clock back to the machine's time.
func (a *Adjustable) Release() { a.offset.Store(0) }

// Sleep waits d of the machine's time.
func (a *Adjustable) Sleep(ctx context.Context, d time.Duration) error { return System.Sleep(ctx, d) }
