package app

import (
	"context"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// mostApart is how far this machine's clock may be from the database's, by which
// nodes agree: what one wrote is else too young or too old for another, and consents
// end before they began.
const mostApart = 20 * time.Second

// compareEvery is how often the clocks are compared.
const compareEvery = time.Minute

// apart is how far this node's clock is ahead of the database's. A clock that tests
// and the demo move is nobody's.
func (a *App) apart(ctx context.Context) (time.Duration, error) {
	if a.Config.Clock != clock.System {
		return 0, nil
	}
	return a.DB.Apart(ctx, a.Clock.Now)
}

// agree returns Invalid if this node's clock is too far from the database's.
func agree(apart time.Duration) error {
	if apart.Abs() <= mostApart {
		return nil
	}
	where := "ahead of"
	if apart < 0 {
		where = "behind"
	}
	return fault.New(fault.Invalid, "this machine's clock is %s %s the database's; set it, best by NTP, and start again: nodes with clocks apart would end "+
		"data too early or too late", apart.Abs().Round(time.Second), where)
}

// compareClocks refuses to serve with a clock that is wrong.
func (a *App) compareClocks(ctx context.Context) error {
	apart, err := a.apart(ctx)
	if err != nil {
		return err
	}
	return agree(apart)
}

// watchClocks compares the clocks until ctx ends. A clock that goes wrong meanwhile is
// logged and stands on the console and in the audit: to stop serving would be worse
// for visitors than what a person then mends.
func (a *App) watchClocks(ctx context.Context) error {
	for {
		if err := a.Clock.Sleep(ctx, compareEvery); err != nil {
			return err
		}
		apart, err := a.apart(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			continue // the database does not answer; others say so
		}
		if before := a.clocks.Swap(int64(apart)); agree(apart) != nil && agree(time.Duration(before)) == nil {
			a.Log.Error("the clocks are apart", "error", agree(apart))
		}
	}
}

// ClocksApart is how far this node's clock was ahead of the database's when they were
// last compared, 0 while they agree.
func (a *App) ClocksApart() time.Duration {
	apart := time.Duration(a.clocks.Load())
	if agree(apart) == nil {
		return 0
	}
	return apart
}
