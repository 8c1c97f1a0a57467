package booking_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

func TestARestrictionStopsTheReminder(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at.AddDate(0, 0, 5))
		_, err := h.Rights.Restrict(t.Context(), p.subject(), "is it right")
		fatal(t, err)
		h.Clock.Set(at.AddDate(0, 0, 4).Add(time.Minute))
		h.Work()
		if n := len(p.mails()); n != 1 {
			t.Errorf("%d mails came", n)
		}
		if n := count(t, h, "select count(*) from booking_seat"); n != 1 {
			t.Error("the appointment lost its place")
		}
	})
}

// To somebody whose data is restricted no mail is written (Art. 18(2) GDPR), and anybody
// can type their address: so the page says to everybody what it says to them, and the
// operator learns that nobody was written to.
func TestTheOperatorLearnsWhoGetsNoMail(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, q := someone(h, 1), someone(h, 2)
		p.books(at)
		mine := p.link()
		_, err := h.Rights.Restrict(t.Context(), p.subject(), "is it right")
		fatal(t, err)
		h.Clock.Advance(2 * time.Second)
		before := len(p.mails())
		silent := "erhält dazu keine E-Mail"
		told := func() string {
			all := h.Sink.To("privacy@agentur.example")
			return all[len(all)-1].Read().Text
		}
		_, one := p.book(at.Add(time.Hour))
		h.Work()
		if text := told(); !strings.Contains(text, silent) {
			t.Errorf("the operator is not told that nobody was written to:\n%s", text)
		}
		_, other := q.book(at.Add(2 * time.Hour))
		h.Work()
		if text := told(); strings.Contains(text, silent) {
			t.Errorf("the operator is told of somebody who got a mail:\n%s", text)
		}
		p.press(mine + "/move/" + at.Add(24*time.Hour).Format("20060102T1504Z"))
		if text := told(); !strings.Contains(text, silent) {
			t.Errorf("of the move the operator is told\n%s", text)
		}
		p.press(mine + "/cancel")
		if text := told(); !strings.Contains(text, silent) {
			t.Errorf("of the cancellation the operator is told\n%s", text)
		}
		if n := len(p.mails()) - before; n != 0 {
			t.Errorf("%d mails reached them", n)
		}
		for _, page := range []string{one, other} {
			if !strings.Contains(page, "unless mails to it were stopped") {
				t.Errorf("the page promises a mail that may not come:\n%s", page)
			}
		}
	})
}

// While somebody's data is restricted, the calendar elsewhere learns that the time is
// taken, and no word on whose it is.
func TestARestrictionReachesTheCalendarElsewhere(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, s := connected(t, place)
		p, q := someone(h, 1), someone(h, 2)
		p.books(at)
		q.books(at.Add(2 * time.Hour))
		named := func() bool { return strings.Contains(unfolded(s.All()), "Lovelock1") }
		if !named() {
			t.Fatal("the entry names nobody to begin with")
		}
		_, err := h.Rights.Restrict(t.Context(), p.subject(), "is it right")
		fatal(t, err)
		h.Clock.Advance(2 * time.Second)
		p.books(at.Add(time.Hour))
		if got := strings.Count(unfolded(s.All()), "Lovelock1"); got != 1 {
			t.Errorf("what was booked under the restriction names whose it is:\n%s", s.All())
		}
		later(h)
		if there := s.All(); named() || strings.Count(there, "BEGIN:VEVENT") != 3 || !strings.Contains(unfolded(there), "Lovelock2") {
			t.Errorf("under the restriction there is\n%s", there)
		}
		delivered := leaves(t, h, "delivery")
		later(h)
		if got := leaves(t, h, "delivery"); got != delivered {
			t.Errorf("%d entries were written again", got-delivered)
		}
		fatal(t, h.Rights.Lift(t.Context(), p.subject()))
		later(h)
		if got := strings.Count(unfolded(s.All()), "Lovelock1"); got != 2 {
			t.Errorf("after the restriction %d entries say whose they are:\n%s", got, s.All())
		}
	})
}

// Whose data is restricted is shown to nobody: that there is an appointment, and no word
// on whose (Art. 18(2) GDPR). The time stays taken, and it can be cancelled.
func TestARestrictionHidesWhoComes(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, q := someone(h, 1), someone(h, 2)
		p.books(at)
		q.books(at.Add(time.Hour))
		_, err := h.Rights.Restrict(t.Context(), p.subject(), "is it right")
		fatal(t, err)
		h.Clock.Advance(2 * time.Second)
		id := ""
		fatal(t, h.DB.QueryRowContext(t.Context(), "select id from booking_appointment where subject = $1", p.subject()).Scan(&id))
		for _, path := range []string{"/bookings/" + id, "/bookings/day/" + at.Format(time.DateOnly)} {
			status, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, path, nil)))
			for _, word := range []string{p.email, "Adalena1", "Lovelock1", "Maschinenbau1", "Rechenwerk1", "55&#43;0001", "550001"} {
				if strings.Contains(page, word) {
					t.Errorf("%s shows %q of a person whose data is restricted", path, word)
				}
			}
			if status != http.StatusOK || !strings.Contains(page, "eingeschränkt") {
				t.Errorf("%s: %d, and it does not say why:\n%s", path, status, page)
			}
		}
		if status, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, "/bookings/day/"+at.Format(time.DateOnly), nil))); status != http.StatusOK || !strings.Contains(page, q.email) {
			t.Error("the other one is missing")
		}
	})
}

// An erasure takes a future appointment with it: its time is free, the operator
// learns of it, and nothing of the person is left.
func TestAnErasureCancelsWhatIsStillToCome(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		_, err := h.Rights.Erase(t.Context(), p.subject())
		fatal(t, err)
		h.Work()
		h.Clock.Advance(time.Hour) // other nodes have learned of it
		h.Work()
		if n := count(t, h, "select count(*) from booking_cell") + count(t, h, "select count(*) from booking_seat") + count(t, h, "select count(*) from booking_session"); n != 0 {
			t.Errorf("%d rows still take the time", n)
		}
		if method, _, _ := invitation(t, p.newest()); method != "CANCEL" {
			t.Errorf("the person's calendar was told %q", method)
		}
		if text := p.newest().Read().Text; !strings.Contains(text, "wird gelöscht") && !strings.Contains(text, "is being deleted") {
			t.Errorf("they are not told why:\n%s", text)
		}
		if n := count(t, h, "select count(*) from mail_outbox where subject is not null or content is not null or address is not null"); n != 0 {
			t.Errorf("%d mails hold something of the person", n)
		}
		told := h.Sink.To("privacy@agentur.example")
		if n := len(told); n != 2 {
			t.Errorf("the operator got %d mails", n)
		}
		if last := told[len(told)-1].Read(); !strings.Contains(last.Title, "Mit einer Löschung abgesagt") {
			t.Errorf("the operator was told %q", last.Title)
		}
		if n := leaves(t, h, "booking.cancelled"); n != 1 {
			t.Errorf("%d leaves say that it is cancelled", n)
		}
		someone(h, 2).books(at)
	})
}

// The same holds where many are erased together, and for the entry in the calendar
// elsewhere.
func TestAnErasureOfManyCancelsToo(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, s := connected(t, place)
		p, q := someone(h, 1), someone(h, 2)
		p.books(at)
		q.books(at.Add(time.Hour))
		if !strings.Contains(s.All(), "BEGIN:VEVENT") {
			t.Fatal("nothing stands in the calendar elsewhere")
		}
		_, err := h.Rights.EraseMany(t.Context(), []string{p.subject(), q.subject()})
		fatal(t, err)
		h.Work()
		for _, x := range []*person{p, q} {
			if method, _, _ := invitation(t, x.newest()); method != "CANCEL" {
				t.Errorf("the calendar of %s was told %q", x.email, method)
			}
		}
		if there := s.All(); strings.Contains(there, "BEGIN:VEVENT") {
			t.Errorf("the calendar elsewhere still has\n%s", there)
		}
	})
}

// What a hold keeps is not cancelled, and whoever wants no mails gets none.
func TestWhatAHoldKeepsStands(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, q := someone(h, 1), someone(h, 2)
		p.books(at)
		q.books(at.Add(time.Hour))
		fatal(t, h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := h.Subjects.SetHold(ctx, tx, subject.Hold{Subject: p.subject(), Reason: "a dispute", By: "test", Until: noon.AddDate(1, 0, 0)}); err != nil {
				return err
			}
			return h.Subjects.Object(ctx, tx, q.subject(), mail.Name)
		}))
		for _, x := range []*person{p, q} {
			_, err := h.Rights.Erase(t.Context(), x.subject())
			fatal(t, err)
		}
		h.Work()
		if n := count(t, h, "select count(*) from booking_appointment where cancelled_at is null"); n != 1 {
			t.Errorf("%d appointments stand, the one that is held should", n)
		}
		for _, x := range []*person{p, q} {
			if n := len(x.mails()); n != 1 {
				t.Errorf("%s got %d mails", x.email, n)
			}
		}
		if n := leaves(t, h, "booking.cancelled"); n != 1 {
			t.Errorf("%d leaves say that it is cancelled", n)
		}
	})
}

// The time of somebody who was erased can be booked at once, before the job that
// tidies has run.
func TestWhatIsErasedIsFreeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		_, err := h.DB.ExecContext(t.Context(), "delete from booking_appointment")
		fatal(t, err)
		someone(h, 2).books(at)
		if n := count(t, h, "select count(*) from booking_seat"); n != 1 {
			t.Errorf("%d places are given away", n)
		}
	})
}

// The retention counts from the appointment, not from the booking.
func TestRetentionCountsFromTheAppointment(t *testing.T) {
	text := strings.ReplaceAll(policyOf(allFields), "from: collection, keep: 6 months", "from: appointment, keep: 6 months")
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place, text)
		p := someone(h, 1)
		start := at.AddDate(0, 0, 40)
		p.books(start)
		over := start.Add(30*time.Minute).AddDate(0, 6, 0)
		h.Clock.Set(over.Add(-time.Second))
		h.Sweep()
		if n := count(t, h, "select count(*) from booking_appointment"); n != 1 {
			t.Fatal("it went before its time")
		}
		h.Clock.Set(over.Add(time.Second))
		h.Sweep()
		h.Clock.Advance(time.Hour)
		h.Work()
		for _, table := range []string{"booking_appointment", "booking_seat", "booking_session", "booking_cell"} {
			if n := count(t, h, "select count(*) from "+table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if n := len(h.Sink.To("privacy@agentur.example")); n != 1 {
			t.Errorf("the operator got %d mails: what is over is not cancelled", n)
		}
	})
}

func TestACancellationEndsWhatThePolicyEndsWithIt(t *testing.T) {
	text := strings.ReplaceAll(policyOf(allFields), "      - {from: request", "      - {from: cancelled, keep: 0 days, then: delete}\n      - {from: request")
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place, text)
		p := someone(h, 1)
		p.books(at)
		p.press(p.link() + "/cancel")
		if n := count(t, h, "select count(*) from booking_appointment"); n != 0 {
			t.Error("it is still there")
		}
		if method, _, _ := invitation(t, p.newest()); method != "CANCEL" {
			t.Error("nobody was told")
		}
	})
}

func TestAnOwnerHasTheBookingDeleted(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		mine := p.link()
		p.press(mine + "/forget")
		if n := count(t, h, "select count(*) from booking_appointment") + count(t, h, "select count(*) from booking_cell"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if status, _ := p.ask(http.MethodGet, mine, nil); status != http.StatusNotFound {
			t.Errorf("the link still leads somewhere: %d", status)
		}
	})
}
