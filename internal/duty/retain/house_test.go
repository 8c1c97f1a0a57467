package retain_test

import (
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
)

// sweeps runs f on each database with a sweeper under the given entries.
func sweeps(t *testing.T, activities string, f func(h *dutytest.House, s *retain.Sweeper)) {
	t.Helper()
	dutytest.Each(t, activities, []manifest.Manifest{retain.Manifest()}, func(t *testing.T, h *dutytest.House) { f(h, open(h)) })
}

func open(h *dutytest.House) *retain.Sweeper {
	h.T.Helper()
	s, err := retain.Open(h.Ctx, retain.Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Jobs: h.Jobs,
		Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy,
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return s
}

// sweep runs once and fails the test if the run waits.
func sweep(h *dutytest.House, s *retain.Sweeper) retain.Report {
	h.T.Helper()
	r, err := s.Sweep(h.Ctx)
	if err != nil {
		h.T.Fatal(err)
	}
	if r.Waiting {
		h.T.Fatalf("the run waits: %+v", r.Plan.Waits)
	}
	return r
}

// live moves the clock on in steps of less than a day, with a run after each.
func live(h *dutytest.House, s *retain.Sweeper, until time.Time) {
	h.T.Helper()
	for h.Clock.Now().Before(until) {
		next := h.Clock.Now().Add(23 * time.Hour)
		if next.After(until) {
			next = until
		}
		h.Clock.Set(next)
		sweep(h, s)
	}
}

// skip moves the clock to until as if runs had gone on all the time without
// anything to do, with one run at the end.
func skip(h *dutytest.House, s *retain.Sweeper, until time.Time) {
	h.T.Helper()
	h.Clock.Set(until)
	h.Exec("update retain_clock set at = $1", store.At(until.Add(-time.Hour)))
	sweep(h, s)
}

func want(h *dutytest.House, what string, got, want int64) {
	h.T.Helper()
	if got != want {
		h.T.Errorf("%s: %d at %s, want %d", what, got, h.Clock.Now().Format(time.DateTime), want)
	}
}

type eventRow = event.Row
