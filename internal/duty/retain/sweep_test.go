package retain_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
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

// Visits of a month lie in one partition; it goes in the first run of the month
// after its last visit is fourteen months old, and not before.
func TestPromise_AH09_FourteenMonthsInAMonthlyRun(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		who := h.Subject("v1")
		h.See(who, "/a", time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC))
		h.See(who, "/b", time.Date(2026, 2, 27, 8, 0, 0, 0, time.UTC))
		sweep(h, s)
		skip(h, s, time.Date(2027, 4, 30, 23, 0, 0, 0, time.UTC))
		want(h, "visits before the run of May", h.EventCount(dutytest.Visit), 3)
		h.Clock.Set(time.Date(2027, 5, 1, 0, 5, 0, 0, time.UTC)) // February 2026 is over since 27 April
		r := sweep(h, s)
		want(h, "visits after the run of May", h.EventCount(dutytest.Visit), 2)
		h.Work()
		if !h.HasKey(who, dutytest.Visit) {
			h.T.Error("the key of a person who has visits is gone")
		}
		if len(r.Done) != 1 || r.Done[0].Partitions != 1 || r.Done[0].Rows != 1 {
			h.T.Errorf("the run of May did %+v", r.Done)
		}
		skip(h, s, time.Date(2027, 5, 31, 23, 0, 0, 0, time.UTC))
		want(h, "visits at the end of May", h.EventCount(dutytest.Visit), 2)
		live(h, s, time.Date(2027, 6, 1, 0, 30, 0, 0, time.UTC))
		want(h, "visits after the run of June", h.EventCount(dutytest.Visit), 0)
		h.Work()
		if h.HasKey(who, dutytest.Visit) {
			h.T.Error("the key of a person without visits is still there")
		}
		if n, err := h.Subjects.Sweep(h.Ctx, 10); err != nil || n != 1 {
			h.T.Errorf("%d subjects forgotten, %v; want the one of whom nothing is held", n, err)
		}
	})
}

func TestDailyPartitionsGoRowByRowAtTheirTime(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		now := h.Clock.Now()
		h.Trace(now.Add(-2*time.Hour), now)
		live(h, s, now.AddDate(0, 0, 7).Add(-time.Hour))
		want(h, "addresses an hour before the second is seven days old", h.EventCount(dutytest.Trace), 1)
		h.Clock.Set(now.AddDate(0, 0, 7))
		sweep(h, s)
		want(h, "addresses at seven days", h.EventCount(dutytest.Trace), 0)
	})
}

// Members, letters and proofs end under rules of their own; the vault's keys go
// with the last value under them.
func TestRowsEndColumnByColumn(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada, bob := h.Subject("ada"), h.Subject("bob")
		member, other := h.Join(ada, "ada@circle.example"), h.Join(bob, "bob@circle.example")
		h.WriteLetter(member, "dear all")
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "letters after 30 days", h.Count(dutytest.Letter, "1 = 1"), 0)
		want(h, "members", h.Count(dutytest.Member, "name is not null"), 2)

		left := h.Clock.Now()
		h.Exec("update circle_member set left_at = $1 where id = $2", store.At(left), member)
		h.Clock.Advance(10 * time.Minute)
		sweep(h, s)
		want(h, "names of who left", h.Count(dutytest.Member, "id = $1 and (name is not null or length(email) > 0 or length(email_index) > 0)", member), 0)
		want(h, "proof of who left", h.Count(dutytest.Member, "id = $1 and proof is not null", member), 1)
		want(h, "who stayed", h.Count(dutytest.Member, "id = $1 and name is not null", other), 1)
		person, proof := "circle/person/left", "circle/proof/left"
		if h.HasKey(ada, person) || !h.HasKey(ada, proof) || !h.HasKey(bob, person) {
			h.T.Errorf("keys after leaving: person %v proof %v, of the other %v; want false true true", h.HasKey(ada, person), h.HasKey(ada, proof), h.HasKey(bob, person))
		}
		skip(h, s, left.AddDate(3, 0, 0).Add(-time.Hour))
		want(h, "proof before three years", h.Count(dutytest.Member, "id = $1 and proof is not null", member), 1)
		h.Clock.Set(left.AddDate(3, 0, 0))
		sweep(h, s)
		want(h, "the row after three years", h.Count(dutytest.Member, "id = $1", member), 0)
		if h.HasKey(ada, proof) {
			h.T.Error("the key of the proof is still there")
		}
	})
}

func TestEndOfYear(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		who := h.Subject("ada")
		h.Bill(who, time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC)) // eight years: March 2026, kept to the end of 2026
		h.Bill(who, time.Date(2017, 12, 31, 23, 59, 0, 0, time.UTC))
		sweep(h, s)
		want(h, "invoices", h.Count(dutytest.Invoice, "1 = 1"), 1)
		skip(h, s, time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC))
		want(h, "invoices at the end of the year", h.Count(dutytest.Invoice, "1 = 1"), 1)
		h.Clock.Set(time.Date(2027, 1, 1, 0, 1, 0, 0, time.UTC))
		sweep(h, s)
		want(h, "invoices in the new year", h.Count(dutytest.Invoice, "1 = 1"), 0)
	})
}

const unconfirmed = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, proof]
    retention:
      - {from: collection, keep: 7 days, then: delete, unless: confirmed}
      - {data: person, from: left, keep: 0 days, then: delete}
      - {data: proof, from: left, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
`

func TestUnlessSuspends(t *testing.T) {
	sweeps(t, unconfirmed, func(h *dutytest.House, s *retain.Sweeper) {
		h.Join(h.Subject("ada"), "ada@circle.example")
		confirmed := h.Join(h.Subject("bob"), "bob@circle.example")
		h.Exec("update circle_member set confirmed_at = $1 where id = $2", store.At(h.Clock.Now()), confirmed)
		live(h, s, dutytest.Start.AddDate(0, 0, 7).Add(time.Minute))
		want(h, "members", h.Count(dutytest.Member, "1 = 1"), 1)
		want(h, "the confirmed member", h.Count(dutytest.Member, "id = $1 and name is not null", confirmed), 1)
	})
}

const anonymous = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    on_withdrawal: anonymise
    data: [person, letter, visitor, time, page]
    retention:
      - {data: [visitor, time, page], from: collection, keep: 30 days, then: anonymise}
      - {data: letter, from: collection, keep: 30 days, then: anonymise}
      - {data: person, from: left, keep: 1 year, then: delete}
`

func TestAnonymise(t *testing.T) {
	sweeps(t, anonymous, func(h *dutytest.House, s *retain.Sweeper) {
		who := h.Subject("ada")
		h.WriteLetter(h.Join(who, "ada@circle.example"), "dear all")
		h.See(who, "/a?q=secret", h.Clock.Now())
		live(h, s, dutytest.Start.AddDate(0, 0, 30))
		want(h, "letters with a text", h.Count(dutytest.Letter, "body <> ''"), 0)
		want(h, "letters with a stripped link", h.Count(dutytest.Letter, "link = 'https://circle.example/read'"), 1)
		var rows int64
		if err := h.Events.Of(h.Ctx, dutytest.Visit, who, func(eventRow) error { rows++; return nil }); err != nil {
			h.T.Fatal(err)
		}
		want(h, "visits of the person", rows, 0)
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		plan, err := s.Plan(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if due := plan.Due(); len(due) > 0 {
			h.T.Errorf("still due after anonymising: %+v", due)
		}
	})
}

// MC26: evidence may be kept longer under a declared hold, and goes when it is
// lifted.
func TestPromise_MC26_AHoldKeeps(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada, bob := h.Subject("ada"), h.Subject("bob")
		member := h.Join(ada, "ada@circle.example")
		h.WriteLetter(member, "evidence")
		h.WriteLetter(h.Join(bob, "bob@circle.example"), "small talk")
		h.See(ada, "/a", h.Clock.Now())
		h.See(bob, "/b", h.Clock.Now())
		sweep(h, s)
		hold := h.Hold(subject.Hold{Subject: ada, Activity: "circle"})
		skip(h, s, time.Date(2027, 6, 1, 1, 0, 0, 0, time.UTC))
		want(h, "letters under hold", h.Count(dutytest.Letter, "body = 'evidence'"), 1)
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1)
		want(h, "visits in partitions", h.EventCount(dutytest.Visit), 0)
		var kept int64
		if err := h.Events.Of(h.Ctx, dutytest.Visit, ada, func(eventRow) error { kept++; return nil }); err != nil {
			h.T.Fatal(err)
		}
		want(h, "visits under hold", kept, 1)
		plan, err := s.Plan(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		for _, i := range plan.Items {
			if i.Table == dutytest.Letter && (i.Kept != 1 || i.Due != 0) {
				h.T.Errorf("the plan says %d due and %d kept of the letters", i.Due, i.Kept)
			}
		}
		h.Lift(hold)
		skip(h, s, time.Date(2027, 7, 1, 1, 0, 0, 0, time.UTC))
		want(h, "letters after the hold", h.Count(dutytest.Letter, "1 = 1"), 0)
		held, _, err := h.Events.Held(h.Ctx, dutytest.Visit)
		if err != nil {
			h.T.Fatal(err)
		}
		want(h, "visits after the hold", held, 0)
	})
}

func TestWhatRanIsInTheLedger(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "leaves", h.Leaves("retention.ran"), 1)
		runs, err := s.Runs(h.Ctx, 10)
		if err != nil || len(runs) != 1 || len(runs[0].Done) != 1 || runs[0].Done[0].Rows != 1 || runs[0].Leaf == "" {
			h.T.Errorf("runs: %+v, %v", runs, err)
		}
	})
}

func TestTheClockBrake(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		sweep(h, s)
		h.Clock.Advance(365 * 24 * time.Hour)
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if !r.Waiting || len(r.Plan.Waits) == 0 || r.Plan.Waits[0].Code != retain.WaitClock {
			h.T.Fatalf("a clock that jumped a year did not stop the run: %+v", r)
		}
		again, err := s.Sweep(h.Ctx)
		if err != nil || !again.Waiting || again.Plan.ID != r.Plan.ID {
			h.T.Errorf("a second run: %+v, %v; want it to wait under the same id", again, err)
		}
		want(h, "letters while it waits", h.Count(dutytest.Letter, "1 = 1"), 1)
		waiting, err := s.Waiting(h.Ctx)
		if err != nil || len(waiting) != 1 || len(waiting[0].Due()) != 1 {
			h.T.Fatalf("waiting: %+v, %v", waiting, err)
		}
		if _, err := s.Confirm(h.Ctx, waiting[0].ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		want(h, "letters after confirmation", h.Count(dutytest.Letter, "1 = 1"), 0)
		if _, err := s.Confirm(h.Ctx, waiting[0].ID, "owner"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("confirming twice: %v", err)
		}
		sweep(h, s)
	})
}

func TestTheShareBrake(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 1500 {
				if _, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, 'x', $3)", store.NewID(), member, store.At(h.Clock.Now())); err != nil {
					return err
				}
			}
			return nil
		})
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0))) // an import gone wrong
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if !r.Waiting || r.Plan.Waits[0].Code != retain.WaitShare {
			h.T.Fatalf("a table that was to be emptied unforeseen was not held: %+v", r)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1500)
	})
}

// The same rows, all due on the day that was foreseen, go without a question.
func TestTheShareBrakeKnowsTheSchedule(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 1500 {
				if _, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, 'x', $3)", store.NewID(), member, store.At(h.Clock.Now())); err != nil {
					return err
				}
			}
			return nil
		})
		live(h, s, dutytest.Start.AddDate(0, 0, 30))
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

func TestWithdrawalEndsWhatRestsOnTheConsent(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada, bob := h.Subject("ada"), h.Subject("bob")
		member := h.Join(ada, "ada@circle.example")
		h.WriteLetter(member, "x")
		h.WriteLetter(h.Join(bob, "bob@circle.example"), "y")
		h.See(ada, "/a", h.Clock.Now())
		h.See(bob, "/b", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		want(h, "letters right after the commit", h.Count(dutytest.Letter, "1 = 1"), 1)
		want(h, "her name", h.Count(dutytest.Member, "id = $1 and name is not null", member), 0)
		want(h, "her proof, kept for three years from now", h.Count(dutytest.Member, "id = $1 and proof is not null and left_at is not null", member), 1)
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		if h.HasKey(ada, dutytest.Visit) || h.HasKey(ada, "circle/person/left") || !h.HasKey(ada, "circle/proof/left") {
			h.T.Error("the keys do not follow what is left")
		}
		want(h, "intent", h.Leaves("erasure.intended"), 1)
		want(h, "done", h.Leaves("erasure.done"), 1)
	})
}

// Another group's withdrawal ends nothing here.
func TestWithdrawalOfAnotherGroup(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.See(ada, "/a", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"marketing"})
		})
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
	})
}

func TestWithdrawalAnonymises(t *testing.T) {
	sweeps(t, anonymous, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		h.See(ada, "/a?q=1", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Work()
		want(h, "members without a person", h.Count(dutytest.Member, "subject is null and name is null"), 1)
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		var rows int64
		if err := h.Events.Of(h.Ctx, dutytest.Visit, ada, func(eventRow) error { rows++; return nil }); err != nil {
			h.T.Fatal(err)
		}
		want(h, "her visits", rows, 0)
	})
}

// What ends with its moment ends in the transaction that sets the moment, and
// comes back with it if that fails.
func TestKeepZeroDaysIsTheSameTransaction(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		member := h.Join(ada, "ada@circle.example")
		leave := func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, "update circle_member set left_at = $1 where id = $2", store.At(h.Clock.Now()), member); err != nil {
				return err
			}
			return s.Now(ctx, tx, "circle", "left", dutytest.Member, member)
		}
		err := h.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := leave(ctx, tx); err != nil {
				return err
			}
			return fault.New(fault.Unavailable, "the power went")
		})
		if !fault.Is(err, fault.Unavailable) {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "her name after the failure", h.Count(dutytest.Member, "name is not null"), 1)
		if !h.HasKey(ada, "circle/person/left") {
			h.T.Error("a transaction that failed destroyed a key")
		}
		h.Write(leave)
		want(h, "her name", h.Count(dutytest.Member, "name is not null"), 0)
		want(h, "her proof", h.Count(dutytest.Member, "proof is not null"), 1)
		h.Work()
		if h.HasKey(ada, "circle/person/left") {
			h.T.Error("the key is still there")
		}
	})
}

func TestAKilledRunIsFinishedByTheNext(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 29))
		h.Exec(`insert into retain_run (id, state, kind, policy, planned_at, plan) values ('killed', 'running', 'run', 'x', 1, '{}')`)
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
		want(h, "interrupted runs", h.Count("retain_run", "state = 'interrupted' and leaf is not null"), 1)
	})
}

func shorter(activities string) string {
	return strings.Replace(activities, "data: letter, from: collection, keep: 30 days", "data: letter, from: collection, keep: 7 days", 1)
}

func longer(activities string) string {
	return strings.Replace(activities, "data: letter, from: collection, keep: 30 days", "data: letter, from: collection, keep: 60 days", 1)
}

// adopt takes next over as the application does.
func adopt(h *dutytest.House, s *retain.Sweeper, next *policy.Policy) error {
	old := h.Policy()
	err := h.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error { return s.Adopt(ctx, tx, old, next) })
	if err == nil {
		h.Take(next)
	}
	return err
}

func TestAShorterPeriodNeedsAPerson(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		next := h.Read(shorter(dutytest.Standard))
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil {
			h.T.Fatal(err)
		}
		if len(plan.Waits) != 1 || plan.Waits[0].Code != retain.WaitPolicy || plan.ID == "" {
			h.T.Fatalf("plan: %+v", plan.Waits)
		}
		if err := adopt(h, s, next); !fault.Is(err, fault.Refused) {
			h.T.Fatalf("took a shorter period over unconfirmed: %v", err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		plan, err = s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) > 0 {
			h.T.Fatalf("after confirmation: %+v, %v", plan.Waits, err)
		}
		want(h, "letters before the take-over", h.Count(dutytest.Letter, "1 = 1"), 1)
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "letters after the take-over", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

func TestALongerPeriodIsForLaterDataOnly(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.WriteLetter(member, "old")
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		next := h.Read(longer(dutytest.Standard))
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) > 0 {
			h.T.Fatalf("a longer period waits: %+v, %v", plan.Waits, err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Clock.Advance(time.Minute)
		h.WriteLetter(member, "new")
		live(h, s, dutytest.Start.AddDate(0, 0, 30))
		want(h, "old letters after their 30 days", h.Count(dutytest.Letter, "body = 'old'"), 0)
		live(h, s, dutytest.Start.AddDate(0, 0, 69))
		want(h, "new letters within their 60 days", h.Count(dutytest.Letter, "body = 'new'"), 1)
		live(h, s, dutytest.Start.AddDate(0, 0, 71))
		want(h, "new letters after them", h.Count(dutytest.Letter, "body = 'new'"), 0)
	})
}

func TestARemovedActivityIsDeletedOnceConfirmed(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		h.See(ada, "/a", h.Clock.Now())
		h.Trace(h.Clock.Now())
		sweep(h, s)
		next := h.Read("  {}\n")
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) != 4 {
			h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "rows", h.Count(dutytest.Letter, "1 = 1")+h.Count(dutytest.Member, "1 = 1")+h.EventCount(dutytest.Visit)+h.EventCount(dutytest.Trace), 0)
	})
}

// A field that the policy drops goes; the rest stays.
func TestADroppedFieldIsCleared(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.Join(ada, "ada@circle.example")
		h.See(ada, "/a", h.Clock.Now())
		sweep(h, s)
		less := strings.NewReplacer("data: [person, proof, letter, amount, visitor, time, page, address]", "data: [email, proof, letter, amount, visitor, time, address]",
			"data: [visitor, time, page]", "data: [visitor, time]", "data: person, from: left", "data: email, from: left").Replace(dutytest.Standard)
		next := h.Read(less)
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) == 0 {
			h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "names", h.Count(dutytest.Member, "name is not null"), 0)
		want(h, "addresses", h.Count(dutytest.Member, "length(email) > 0"), 1)
		err = h.Events.Of(h.Ctx, dutytest.Visit, ada, func(r eventRow) error {
			if r.Values[0] != "" {
				h.T.Errorf("the page is still there: %v", r.Values)
			}
			return nil
		})
		if err != nil {
			h.T.Fatal(err)
		}
	})
}
