package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"kept/internal/app"
	"kept/internal/store"
	"kept/internal/store/event"
)

// crowd is visitors who accept, look around and partly withdraw, all at the
// same time. It notes what each was told, to be compared with what is kept.
type crowd struct {
	bears func(status int) bool // other answers than the usual ones that are no failure

	mu        sync.Mutex
	decisions map[string]*visitor // acknowledged
	events    map[int64]string    // acknowledged, and under which decision
	withdrawn map[string]bool     // acknowledged
	leaving   map[string]bool     // a withdrawal was sent: nobody knows yet
	failed    error               // the first answer that must not be
}

func newCrowd() *crowd {
	return &crowd{
		bears:     func(int) bool { return false },
		decisions: map[string]*visitor{}, events: map[int64]string{}, withdrawn: map[string]bool{}, leaving: map[string]bool{},
	}
}

// together is how many walk at a time.
const together = 8

// walk sends visitors to site until ctx ends or the site is gone, and calls
// often after each that has accepted, with the number of acceptances so far.
func (c *crowd) walk(ctx context.Context, site string, often func(n int)) {
	var all sync.WaitGroup
	for n := range together {
		all.Go(func() {
			client := newClient(nil)
			defer client.CloseIdleConnections()
			for i := n; ctx.Err() == nil; i++ {
				v := newVisitor(site).from(anywhere())
				v.client = client
				if !c.visit(v, i%4 == 0, often) {
					return
				}
			}
		})
	}
	all.Wait()
}

// visit is one visitor's way; false means that the site is gone, or answers as
// it must not.
func (c *crowd) visit(v *visitor, withdraws bool, often func(n int)) bool {
	got, err := v.choose("accept")
	if err != nil {
		return false
	}
	if !c.told(got, http.StatusSeeOther) {
		return c.well()
	}
	decision := v.decision()
	often(c.note(func() { c.decisions[decision] = v }))
	for range 3 {
		id, got, err := v.view("/")
		if err != nil {
			return false
		}
		if c.told(got, http.StatusNoContent) {
			c.note(func() { c.events[id] = decision })
		}
	}
	if !withdraws {
		return c.well()
	}
	c.note(func() { c.leaving[decision] = true })
	if got, err = v.choose("refuse"); err != nil {
		return false
	}
	if c.told(got, http.StatusSeeOther) {
		c.note(func() { c.withdrawn[decision] = true })
	}
	return c.well()
}

func (c *crowd) well() (well bool) {
	c.note(func() { well = c.failed == nil })
	return well
}

// note writes something down and returns how many have accepted.
func (c *crowd) note(what func()) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	what()
	return len(c.decisions)
}

// told reports whether the answer acknowledges; any other has to be borne.
func (c *crowd) told(got answer, status int) bool {
	if got.StatusCode == status {
		return true
	}
	if !c.bears(got.StatusCode) {
		c.note(func() {
			if c.failed == nil {
				c.failed = got.want(status)
			}
		})
	}
	return false
}

// remembered checks that i holds what the crowd was told, each thing once, and
// nothing half. Nobody serves i meanwhile.
func (c *crowd) remembered(t *testing.T, i *instance) {
	t.Helper()
	if c.failed != nil {
		t.Error(c.failed)
	}
	a, err := app.OpenStored(t.Context(), i.place)
	fatal(t, err)
	defer a.Close()
	// The lease of whoever was killed ends, and so does the pause after a failure.
	_, err = a.DB.ExecContext(t.Context(), "update job set due_at = 0 where kind = 'retain.withdraw'")
	fatal(t, err)
	fatal(t, a.Settle(t.Context()))
	fatal(t, c.compareEvents(t, a))
	fatal(t, c.compareDecisions(t, a))
	t.Logf("%d decisions, %d withdrawals and %d events were acknowledged", len(c.decisions), len(c.withdrawn), len(c.events))
}

const eventTable = "analytics_event"

// compareEvents: those that were acknowledged are there once, unless a
// withdrawal took them; those of an acknowledged withdrawal are gone.
func (c *crowd) compareEvents(t *testing.T, a *app.App) error {
	found, err := storedEvents(t.Context(), a)
	if err != nil {
		return err
	}
	for id, decision := range c.events {
		want := []int{1}
		switch {
		case c.withdrawn[decision]:
			want = []int{0}
		case c.leaving[decision]:
			want = []int{0, 1}
		}
		if !slices.Contains(want, found[id]) {
			t.Errorf("event %d was acknowledged and is there %d times, wanted %v", id, found[id], want)
		}
	}
	return nil
}

func storedEvents(ctx context.Context, a *app.App) (map[int64]int, error) {
	found := map[int64]int{}
	err := a.Events.In(ctx, eventTable, time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		return each(ctx, q, "select id from "+eventTable, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			found[id]++
			return err
		})
	})
	return found, err
}

// compareDecisions: each that was acknowledged is there, each that is there has
// its leaves, and every event belongs to one of them.
func (c *crowd) compareDecisions(t *testing.T, a *app.App) error {
	ctx := t.Context()
	leaves, err := column(ctx, a.DB, "select id from ledger_leaf")
	if err != nil {
		return err
	}
	ended, subjects := map[string]bool{}, map[string]bool{}
	err = each(ctx, a.DB, "select id, subject, leaf, coalesce(end_leaf, '') from consent_decision", func(scan func(...any) error) error {
		var id, subject, leaf, end string
		if err := scan(&id, &subject, &leaf, &end); err != nil {
			return err
		}
		ended[id], subjects[subject] = end != "", true
		if !leaves[leaf] || end != "" && !leaves[end] {
			t.Errorf("decision %s has no leaf", id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id := range c.decisions {
		end, there := ended[id]
		if !there || c.withdrawn[id] && !end || end && !c.leaving[id] {
			t.Errorf("decision %s: there %v, ended %v; a withdrawal was sent %v, acknowledged %v", id, there, end, c.leaving[id], c.withdrawn[id])
		}
	}
	return consented(ctx, a, slices.Collect(maps.Keys(subjects)))
}

// consented returns an error unless every event belongs to one of the subjects.
func consented(ctx context.Context, a *app.App, subjects []string) error {
	var theirs int64
	for _, subject := range subjects {
		err := a.Events.Of(ctx, eventTable, subject, func(event.Row) error { theirs++; return nil })
		if err != nil {
			return err
		}
	}
	all, err := a.Events.Count(ctx, eventTable)
	if err == nil && all != theirs {
		err = fmt.Errorf("%d events are there, %d of people who decided", all, theirs)
	}
	return err
}

func column(ctx context.Context, q store.Querier, query string) (map[string]bool, error) {
	found := map[string]bool{}
	return found, each(ctx, q, query, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		found[s] = true
		return err
	})
}

func each(ctx context.Context, q store.Querier, query string, f func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
