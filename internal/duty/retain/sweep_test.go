package retain_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/store"
	"kept/internal/subject"
)

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

const wholeRow = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: amount
    retention:
      - {from: invoice-date, keep: 30 days, then: anonymise}
`

// A rule without data that anonymises takes the person out of the row, even
// where columns stay as they are.
func TestAnonymisingAWholeRowCutsThePerson(t *testing.T) {
	sweeps(t, wholeRow, func(h *dutytest.House, s *retain.Sweeper) {
		h.Bill(h.Subject("ada"), h.Clock.Now())
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "invoices without a person", h.Count(dutytest.Invoice, "subject is null and amount = 4200"), 1)
	})
}

// A rule that restricts keeps the data and puts its people under restriction,
// once; a later rule still deletes.
func TestARuleRestricts(t *testing.T) {
	const letter = "      - {data: letter, from: collection, keep: 30 days, then: delete}\n"
	restricting := strings.Replace(dutytest.Standard, letter,
		strings.Replace(letter, "delete", "restrict", 1)+strings.Replace(letter, "30 days", "60 days", 1), 1)
	sweeps(t, restricting, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		if set, err := h.Subjects.Restricted(h.Ctx); err != nil || !set[ada] {
			h.T.Errorf("restricted: %v, %v", set, err)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1)
		live(h, s, dutytest.Start.AddDate(0, 0, 33))
		want(h, "restrictions", h.Leaves("restriction.set"), 1)
		skip(h, s, dutytest.Start.AddDate(0, 0, 61))
		want(h, "letters after the rule that deletes", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

// A hold on everybody stops a rule for all, and no other rule.
func TestAHoldOnEverybody(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.Hold(subject.Hold{Activity: "circle", Rule: "circle/letter/collection"})
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		h.Trace(h.Clock.Now())
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1)
		want(h, "addresses", h.EventCount(dutytest.Trace), 0)
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
		runs, err := s.Runs(h.Ctx, 1)
		if err != nil || len(runs) != 1 || runs[0].Leaf == "" {
			h.T.Fatalf("runs: %+v, %v", runs, err)
		}
		var ended int64
		for _, d := range runs[0].Done {
			ended += d.Rows
		}
		want(h, "rows that the last run says it ended", ended, 2) // the letter and her visit
	})
}
