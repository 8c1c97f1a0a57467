package retain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// announced keeps members for ninety days after they left and tells them ten days
// before they leave; their invoices a month before they go.
const announced = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, letter, proof, amount]
    retention:
      - {data: letter, from: collection, keep: 30 days, then: delete}
      - {data: person, from: left, keep: 90 days, then: delete, notify: {before: 10 days, of: left, to: [registration, billing]}}
      - {data: proof, from: left, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
      - {data: amount, from: invoice-date, keep: 8 years, until: end-of-year, then: delete, notify: {before: 1 month, to: [registration]}, reason: {en: § 147 AO, de: § 147 AO}}
`

// letterbox takes mails; it fails while it is broken.
type letterbox struct {
	mails  []mail.Message
	broken bool
}

func (l *letterbox) Enqueue(_ context.Context, _ *store.Tx, m mail.Message) (string, error) {
	if l.broken {
		return "", errors.New("no relay")
	}
	l.mails = append(l.mails, m)
	return fmt.Sprint(len(l.mails)), nil
}

// told runs f with a member, whose row is what people are told of.
func told(t *testing.T, f func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, member string)) {
	t.Helper()
	sweeps(t, announced, func(h *dutytest.House, s *retain.Sweeper) {
		box := &letterbox{}
		who := h.Subject("ada")
		s.Tell(box, func(_ context.Context, activity, subject string, to []string) (retain.Reach, error) {
			if subject != who {
				return retain.Reach{}, fault.New(fault.NotFound, "nobody")
			}
			r := retain.Reach{Lang: "de", Prevent: "https://circle.example/stay"}
			for _, word := range to {
				r.To = append(r.To, mail.Address{Mail: word + "@circle.example"})
			}
			return r, nil
		})
		sweep(h, s)
		f(h, s, box, who, h.Join(who, "ada@circle.example"))
	})
}

func leaves(h *dutytest.House, member string, at time.Time) {
	h.T.Helper()
	if at.IsZero() {
		h.Exec("update circle_member set left_at = null where id = $1", member)
		return
	}
	h.Exec("update circle_member set left_at = $1 where id = $2", store.At(at), member)
}

func (l *letterbox) want(h *dutytest.House, n int) {
	h.T.Helper()
	if len(l.mails) != n {
		h.T.Fatalf("%d mails at %s, want %d", len(l.mails), h.Clock.Now().Format(time.DateTime), n)
	}
}

func TestSomebodyIsToldExactlyOnceBeforeTheMoment(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, member string) {
		left := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
		leaves(h, member, left)
		skip(h, s, left.AddDate(0, 0, -10).Add(-time.Millisecond))
		box.want(h, 0)
		next, err := s.Announcements(h.Ctx)
		if err != nil || len(next) != 2 || !next[0].Next.Equal(left.AddDate(0, 0, -10)) {
			h.T.Errorf("what comes next: %+v, %v", next, err)
		}
		h.Clock.Set(left.AddDate(0, 0, -10))
		sweep(h, s)
		box.want(h, 2) // the address of the registration and that of invoices
		m := box.mails[0]
		for _, says := range []string{"31. Mai 2026", "29. August 2026", "Person", "https://circle.example/stay", "Nachweis der Anmeldung: 3 Jahre (Abwehr von Ansprüchen)", "privacy@circle.example"} {
			if !strings.Contains(strings.ReplaceAll(m.Title+"\n"+m.Text, "\u00a0", " "), says) {
				h.T.Errorf("the mail does not say %q:\n%s\n%s", says, m.Title, m.Text)
			}
		}
		if !strings.Contains(strings.ReplaceAll(m.Why, "\u00a0", " "), "10 Tage") || m.Stop == "" || m.Subject != who || m.Activity != "circle" || !m.Owed {
			h.T.Errorf("the mail: %+v", m)
		}
		want(h, "leaves", h.Leaves("retention.announced"), 1)
		live(h, s, left.AddDate(0, 0, 90))
		box.want(h, 2)
		want(h, "names", h.Count(dutytest.Member, "name is not null"), 0)
		sweep(h, s)
		want(h, "what is remembered of it", h.Count("retain_told", "1 = 1"), 0)
		live(h, s, left.AddDate(0, 0, 95))
		box.want(h, 2)
	})
}

func TestWithoutAMomentTheEndItselfIsCountedBackFrom(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, _ string) {
		h.Bill(who, time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC)) // over at the end of 2026
		skip(h, s, time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC))
		box.want(h, 0)
		skip(h, s, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
		box.want(h, 1)
		if text := box.mails[0].Text; strings.Contains(text, "war am") || !strings.Contains(text, "Januar") {
			h.T.Error(text)
		}
	})
}

func TestWhatWasAnnouncedIsTakenBack(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		left := h.Clock.Now().AddDate(0, 0, 9)
		leaves(h, member, left)
		sweep(h, s)
		box.want(h, 2)
		leaves(h, member, time.Time{}) // stays after all
		sweep(h, s)
		sweep(h, s)
		box.want(h, 4)
		if m := box.mails[2]; m.Title != "Wir löschen doch nichts" {
			h.T.Errorf("%s\n%s", m.Title, m.Text)
		}
		want(h, "leaves", h.Leaves("retention.taken-back"), 1)
		leaves(h, member, left) // leaves again, for the same day
		sweep(h, s)
		box.want(h, 6)
		leaves(h, member, left.AddDate(0, 1, 0)) // and later, which is told in its time
		sweep(h, s)
		box.want(h, 8)
		live(h, s, left.AddDate(0, 1, -10))
		box.want(h, 10)
	})
}

func TestSomebodyWhoCouldNotBeToldInTimeIsToldLate(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		box.broken = true
		if _, err := s.Sweep(h.Ctx); err == nil {
			h.T.Error("a run that could tell nobody says nothing")
		}
		want(h, "remembered", h.Count("retain_told", "1 = 1"), 0)
		late, err := s.Announcements(h.Ctx)
		if err != nil || late[0].Waiting != 1 {
			h.T.Errorf("%+v, %v", late, err)
		}
		h.Clock.Advance(5 * 24 * time.Hour)
		h.Exec("update retain_clock set at = $1", store.At(h.Clock.Now()))
		box.broken = false
		sweep(h, s)
		box.want(h, 2)
		if !strings.Contains(box.mails[0].Text, " war am ") {
			h.T.Error(box.mails[0].Text)
		}
	})
}

// A mail is written in the transaction that remembers it: killed before, it is told
// by the next run; killed after, never again.
func TestAKilledRunTellsNobodyTwice(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		sweep(h, s)
		again := open(h) // the next process
		again.Tell(box, func(context.Context, string, string, []string) (retain.Reach, error) {
			return retain.Reach{To: []mail.Address{{Mail: "x@circle.example"}}}, nil
		})
		sweep(h, again)
		box.want(h, 2)
	})
}

func TestNobodyIsToldWhileEverythingIsHeld(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		hold := h.Hold(subject.Hold{Activity: "circle", Until: h.Clock.Now().AddDate(0, 0, 2)})
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		sweep(h, s)
		box.want(h, 0)
		h.Lift(hold)
		h.Clock.Advance(time.Hour)
		sweep(h, s)
		box.want(h, 2)
	})
}

// Somebody of whom no address is known has not been told: they are once one is.
func TestWithoutAnAddressNobodyWasTold(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		var known []mail.Address
		s.Tell(box, func(context.Context, string, string, []string) (retain.Reach, error) {
			return retain.Reach{Lang: "de", To: known}, nil
		})
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		sweep(h, s)
		want(h, "remembered", h.Count("retain_told", "1 = 1"), 0)
		want(h, "leaves", h.Leaves("retention.announced"), 0)
		known = []mail.Address{{Mail: "ada@circle.example"}}
		h.Clock.Advance(time.Hour)
		sweep(h, s)
		box.want(h, 1)
	})
}

// Of a row that is gone nothing is taken back; of several rows that one mail announced
// one mail takes all back.
func TestOneMailTakesBackWhatOneMailAnnounced(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, member string) {
		left := h.Clock.Now().AddDate(0, 0, 9)
		others := []string{h.Join(who, "ada@another.example"), h.Join(who, "ada@third.example")}
		for _, row := range append(others, member) {
			leaves(h, row, left)
		}
		sweep(h, s)
		box.want(h, 2)
		h.Exec("delete from circle_member where id = $1", member)
		sweep(h, s)
		box.want(h, 2)
		want(h, "taken back", h.Leaves("retention.taken-back"), 0)
		want(h, "remembered", h.Count("retain_told", "1 = 1"), 2)
		for _, row := range others {
			leaves(h, row, time.Time{})
		}
		sweep(h, s)
		box.want(h, 4)
		want(h, "remembered at the end", h.Count("retain_told", "1 = 1"), 0)
	})
}

// A mail about several ends names the first of them in its title.
func TestTheTitleNamesTheFirstEnd(t *testing.T) {
	const proof = "{data: proof, from: left, keep: 3 years, then: delete,"
	text := strings.Replace(announced, proof, proof+" notify: {before: 10 days, of: left, to: [registration, billing]},", 1)
	sweeps(t, text, func(h *dutytest.House, s *retain.Sweeper) {
		box := &posted{}
		s.Tell(box, reached)
		sweep(h, s)
		left := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		leaves(h, h.Join(h.Subject("ada"), "ada@circle.example"), left)
		skip(h, s, left.AddDate(0, 0, -9))
		box.want(h, "both ends", 1)
		if title := strings.ReplaceAll(box.mails[0].Title, "\u00a0", " "); !strings.Contains(title, "30. August 2026") {
			h.T.Errorf("the title is %q", title)
		}
	})
}

// What is told to other addresses stands in another mail, though it counts from the same
// moment.
func TestWhatOthersAreToldStandsInAnotherMail(t *testing.T) {
	const proof = "{data: proof, from: left, keep: 3 years, then: delete,"
	text := strings.Replace(announced, proof, proof+" notify: {before: 10 days, of: left, to: [registration]},", 1)
	sweeps(t, text, func(h *dutytest.House, s *retain.Sweeper) {
		box := &letterbox{}
		s.Tell(box, func(_ context.Context, _, _ string, to []string) (r retain.Reach, err error) {
			for _, word := range to {
				r.To = append(r.To, mail.Address{Mail: word + "@circle.example"})
			}
			return r, nil
		})
		sweep(h, s)
		leaves(h, h.Join(h.Subject("ada"), "ada@circle.example"), h.Clock.Now().AddDate(0, 0, 9))
		sweep(h, s)
		box.want(h, 3)
	})
}

// Each address gets a mail of its own.
func TestEachAddressIsWrittenTo(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, member string) {
		left := time.Date(2026, 12, 31, 22, 59, 59, 999_000_000, time.UTC)
		h.Clock.Set(left.AddDate(0, 0, -5))
		leaves(h, member, left)
		sweep(h, s)
		box.want(h, 2)
		for i, want := range []string{"registration@circle.example", "billing@circle.example"} {
			if got := box.mails[i].To.Mail; got != want {
				h.T.Errorf("mail %d goes to %s, not to %s", i+1, got, want)
			}
		}
	})
}

func TestWhoseDataIsKeptIsNotTold(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, who, member string) {
		h.Write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.Restrict(ctx, tx, who, "disputed") })
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		sweep(h, s)
		box.want(h, 0)
		h.Write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.Lift(ctx, tx, who) })
		h.Clock.Advance(time.Hour)
		sweep(h, s)
		box.want(h, 2)
	})
}

func TestARowThatIsGoneIsForgotten(t *testing.T) {
	told(t, func(h *dutytest.House, s *retain.Sweeper, box *letterbox, _, member string) {
		leaves(h, member, h.Clock.Now().AddDate(0, 0, 3))
		sweep(h, s)
		h.Exec("delete from circle_member where id = $1", member)
		sweep(h, s)
		box.want(h, 2)
		want(h, "remembered", h.Count("retain_told", "1 = 1"), 0)
	})
}
