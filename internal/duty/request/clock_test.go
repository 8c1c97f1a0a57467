package request_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/policy"
	"kept/internal/store/storetest"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A month by Regulation 1182/71: the day of receipt does not count, the last day
// counts in full, and a holiday of the controller's country is no last day.
func TestAMonthIsCountedAsTheRegulationSays(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	for _, c := range []struct {
		received string
		longer   bool
		stood    time.Duration
		before   string // the first moment that is too late
	}{
		{"2026-03-10 10:30", false, 0, "2026-04-11 00:00"},
		{"2026-03-10 23:59", false, 0, "2026-04-11 00:00"},
		{"2026-01-31 09:00", false, 0, "2026-03-03 00:00"},         // 28 February is a Saturday
		{"2026-03-03 09:00", false, 0, "2026-04-08 00:00"},         // Good Friday, Saturday, Easter, Easter Monday; and 3 April
		{"2026-11-26 09:00", false, 0, "2026-12-29 00:00"},         // second day of Christmas is a Saturday
		{"2026-03-10 10:30", true, 0, "2026-06-11 00:00"},          // two further months
		{"2026-03-10 10:30", false, 47 * hour, "2026-04-14 00:00"}, // one whole day more, then a Saturday... and Sunday
	} {
		got := request.Due(o.Policy(), berlin(t, c.received), c.longer, c.stood)
		if want := berlin(t, c.before); !got.Equal(want) {
			t.Errorf("received %s (longer %v, stood %s): before %s, want %s", c.received, c.longer, c.stood, got, want)
		}
	}
}

// Where the policy names the Land, its public holidays move the end: Corpus Christi is
// one in Baden-Württemberg, and none of all of Germany.
func TestTheHolidaysAreThoseOfTheLand(t *testing.T) {
	received := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	for holidays, want := range map[string]string{"": "2026-06-04", "DE-BW": "2026-06-05", "DE-BE": "2026-06-04"} {
		p := &policy.Policy{Notice: policy.Notice{Jurisdiction: "DE", Holidays: holidays}}
		last := request.Case{Due: request.Due(p, received, false, 0)}
		if got := last.LastDay().Format(time.DateOnly); got != want {
			t.Errorf("holidays %q: %s, want %s", holidays, got, want)
		}
	}
}

// The clock stands still while the code is on its way, and the officer is
// reminded; the owners too when it gets late; once for each stage.
func TestTheOfficerIsRemindedAndTheOwnersWhenItGetsLate(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		late := o.ask("silent@example.org", rights.Access)
		c, _ := o.prove(o.ask(ada, rights.Access), ada)
		count := func(address string) (n int) {
			for _, m := range o.sink.To(address) {
				if strings.Contains(m.Read().Title, "to be answered by") {
					n++
				}
			}
			return n
		}
		for range 18 * 2 {
			o.Clock.Advance(12 * hour)
			o.work()
		}
		if n := count("dpo@circle.example"); n != 1 {
			t.Errorf("%d reminders after 18 days", n)
		}
		for range 14 * 2 {
			o.Clock.Advance(12 * hour)
			o.work()
		}
		if n, m := count("dpo@circle.example"), count("owner@circle.example"); n < 5 || m < 2 || m >= n {
			t.Errorf("%d reminders to the officer, %d to the owner", n, m)
		}
		if c = o.now(c); !c.Late(o.Clock.Now()) {
			t.Error("it is not late")
		}
		if now := o.now(late); now.State != request.Lapsed || now.Late(o.Clock.Now()) {
			t.Errorf("who never proved who they are: %s, late %v", now.State, now.Late(o.Clock.Now()))
		}
		days, err := o.Calendar(o.Ctx)
		if err != nil || len(days) != 1 || days[0].Due[0].ID != c.ID {
			t.Errorf("calendar %+v, %v", days, err)
		}
		var b strings.Builder
		if err := o.ICalendar(context.Background(), &b, "en"); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); !strings.Contains(text, c.Number) || strings.Contains(text, "Ada") || strings.Contains(text, "example.org") {
			t.Errorf("the calendar file: %s", text)
		}
	})
}
