package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Replay is some weeks of visitors.
type Replay struct {
	Site   string // address of the site behind the gateway, without a final slash
	Until  time.Time
	Days   int
	PerDay int // visits a day, weekends have fewer
	Seed   uint64

	// Set moves the site's clock; it is called with rising times.
	Set func(time.Time)
	// Work does what is due; it is called in the morning and in the evening of
	// each day, so that the jobs of a day are not missed in a fraction of a second.
	Work func(ctx context.Context) error
	// Evening is what else happens on an evening, left days before the last; it may
	// be nil. It moves the clock on, by less than a night.
	Evening func(ctx context.Context, evening time.Time, left int) error
	// Progress is told the days done and the days in all.
	Progress func(done, total int)
}

const (
	walkers    = 8              // visitors on the site at the same time
	visitHours = 12 * time.Hour // from the first visit of a day to the last
	dayLength  = 14 * time.Hour // until the day's jobs are done
)

// Run walks all visits, a day at a time. Part of the visitors come back.
func (p Replay) Run(ctx context.Context) error {
	r := rand.New(rand.NewPCG(p.Seed, 1))
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: walkers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
	defer client.CloseIdleConnections()
	var regulars []*visitor
	for day := range p.Days {
		morning := p.Until.AddDate(0, 0, day-p.Days+1).Truncate(24 * time.Hour).Add(8 * time.Hour)
		if morning.After(p.Until) {
			break
		}
		guests := p.guests(morning, &regulars, client, r)
		if err := p.live(ctx, morning, guests); err != nil {
			return fmt.Errorf("replay of %s: %w", morning.Format(time.DateOnly), err)
		}
		if evening := morning.Add(dayLength); p.Evening != nil && evening.Before(p.Until) {
			if err := p.Evening(ctx, evening, p.Days-1-day); err != nil {
				return fmt.Errorf("replay of %s: %w", morning.Format(time.DateOnly), err)
			}
		}
		p.Progress(day+1, p.Days)
	}
	return nil
}

// live lets one day pass: its morning's work, its visits, its evening's work.
func (p Replay) live(ctx context.Context, morning time.Time, guests []*visitor) error {
	p.Set(morning)
	if err := p.Work(ctx); err != nil {
		return err
	}
	if err := p.walk(ctx, morning, guests); err != nil {
		return err
	}
	if err := p.witness(ctx); err != nil {
		return err
	}
	if evening := morning.Add(dayLength); evening.Before(p.Until) {
		p.Set(evening)
	}
	return p.Work(ctx)
}

// witness takes the head of the ledger out of the house, as somebody outside
// should each day: a log that nobody else has seen can be rewritten.
func (p Replay) witness(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Site+"/privacy/ledger/checkpoint", nil)
	if err != nil {
		return fmt.Errorf("ask for the head of the ledger: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask for the head of the ledger: %w", err)
	}
	return answer.Body.Close()
}

// guests are the visitors of one day: some new, some who were here before.
func (p Replay) guests(morning time.Time, regulars *[]*visitor, client *http.Client, r *rand.Rand) []*visitor {
	visits := p.PerDay/2 + r.IntN(p.PerDay+1)
	if day := morning.Weekday(); day == time.Saturday || day == time.Sunday {
		visits /= 3
	}
	var today []*visitor
	for _, v := range *regulars {
		if len(today) < visits/3 && r.IntN(4) == 0 {
			today = append(today, v)
		}
	}
	for len(today) < visits {
		v := newVisitor(p.Site, client, rand.New(rand.NewPCG(r.Uint64(), r.Uint64())))
		today = append(today, v)
		if len(*regulars) < 200 {
			*regulars = append(*regulars, v)
		}
	}
	return today
}

// walk spreads the visits over the day, some at a time at one moment.
func (p Replay) walk(ctx context.Context, morning time.Time, guests []*visitor) error {
	if len(guests) == 0 {
		return ctx.Err()
	}
	step := visitHours / time.Duration(len(guests))
	for i := 0; i < len(guests); i += walkers {
		now := morning.Add(time.Duration(i) * step)
		if now.After(p.Until) {
			return nil
		}
		p.Set(now)
		if err := together(ctx, guests[i:min(i+walkers, len(guests))], now); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func together(ctx context.Context, guests []*visitor, now time.Time) error {
	var wg sync.WaitGroup
	failed := make([]error, len(guests))
	for i, v := range guests {
		wg.Go(func() { failed[i] = v.visit(ctx, now) })
	}
	wg.Wait()
	return errors.Join(failed...)
}
