package period

import (
	"testing"
	"time"
	_ "time/tzdata" // zones for the tests, wherever they run

	"pgregory.net/rapid"
)

func calendar(t testing.TB, jurisdiction string) Calendar {
	t.Helper()
	c, known := CalendarOf(jurisdiction)
	if !known {
		t.Fatalf("no calendar of %s", jurisdiction)
	}
	return c
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEaster(t *testing.T) {
	for _, day := range []string{
		"1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "2049-04-18",
	} {
		want, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := EasterSunday(want.Year()); !got.Equal(want) {
			t.Errorf("Easter %d is %s, want %s", want.Year(), got.Format(time.DateOnly), day)
		}
	}
}

func TestHolidays(t *testing.T) {
	for _, c := range []struct {
		jurisdiction, day, name string
	}{
		{"DE", "2026-04-03", "Good Friday"}, {"DE", "2026-04-06", "Easter Monday"}, {"DE", "2026-05-14", "Ascension Day"},
		{"DE", "2026-05-25", "Whit Monday"}, {"DE", "2026-06-04", ""}, {"DE-HE", "2026-06-04", "Corpus Christi"},
		{"DE", "1989-10-03", ""}, {"DE", "1990-10-03", "Day of German Unity"}, {"DE", "2017-10-31", "Reformation Day"}, {"DE", "2018-10-31", ""},
		{"DE-HH", "2018-10-31", "Reformation Day"}, {"DE-HH", "2016-10-31", ""}, {"DE-SN", "2026-11-18", "Day of Repentance and Prayer"},
		{"DE-SN", "2023-11-22", "Day of Repentance and Prayer"}, {"DE-SN", "2028-11-22", "Day of Repentance and Prayer"}, {"DE-SN", "2026-11-25", ""},
		{"DE-BE", "2025-05-08", "Liberation Day"}, {"DE-BE", "2026-05-08", ""}, {"DE-BE", "2018-03-08", ""}, {"DE-MV", "2023-03-08", "International Women's Day"},
		{"DE-BY", "2026-08-15", ""}, {"DE-SL", "2026-08-15", "Assumption Day"}, {"DE-TH", "2019-09-20", "Children's Day"},
		{"AT", "2026-04-03", ""}, {"AT", "2026-12-08", "Immaculate Conception"}, {"AT", "2026-10-26", "Austrian National Day"},
		{"FR", "2026-04-03", ""}, {"FR", "2026-07-14", "Bastille Day"}, {"FR", "2026-12-26", ""}, {"FR", "2026-05-08", "Liberation Day"},
		{"EU", "2026-05-09", "Europe Day"}, {"EU", "2026-10-03", ""},
	} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if h, _ := calendar(t, c.jurisdiction).Holiday(day); h.EN != c.name || (h.DE == "") != (h.EN == "") {
			t.Errorf("%s is %q in %s, want %q", c.day, h.EN, c.jurisdiction, c.name)
		}
	}
	if c, known := CalendarOf("XX"); known || !c.Working(at("2026-01-01 00:00")) {
		t.Error("an unknown jurisdiction has holidays")
	}
}

func TestThereAreSixteenLaender(t *testing.T) {
	if n := len(jurisdictions); n != 16+4 {
		t.Errorf("%d calendars", n)
	}
}

// The answer to a person is due within a month (Art. 12(3) GDPR).
func TestPeriodsEndAsTheRegulationCounts(t *testing.T) {
	for _, c := range []struct{ jurisdiction, event, period, last string }{
		{"DE", "2026-03-10 16:00", "1 month", "2026-04-10"},
		{"DE", "2026-03-03 23:59", "1 month", "2026-04-07"}, // Good Friday, the weekend, Easter Monday
		{"FR", "2026-03-03 23:59", "1 month", "2026-04-03"}, // no holiday there
		{"DE", "2026-01-31 10:00", "1 month", "2026-03-02"}, // 28 February is a Saturday
		{"DE", "2028-01-31 10:00", "1 month", "2028-02-29"},
		{"DE", "2026-11-30 10:00", "1 month", "2026-12-30"},
		{"DE", "2026-11-25 10:00", "1 month", "2026-12-28"}, // Christmas, its second day, Sunday
		{"DE-HE", "2026-05-04 10:00", "1 month", "2026-06-05"},
		{"DE", "2026-05-04 10:00", "1 month", "2026-06-04"},
		{"DE", "2026-04-02 10:00", "2 days", "2026-04-08"}, // two working days: Tuesday, Wednesday
		{"DE", "2026-04-02 10:00", "1 day", "2026-04-07"},  // Good Friday moves on
		{"DE", "2026-06-05 10:00", "3 days", "2026-06-09"}, // Friday: Monday and Tuesday are the two
		{"DE", "2026-06-01 10:00", "2 weeks", "2026-06-15"},
		{"DE", "2028-02-29 10:00", "1 year", "2029-02-28"},
	} {
		p, err := Parse(c.period)
		if err != nil {
			t.Fatal(err)
		}
		cal := calendar(t, c.jurisdiction)
		if got := cal.LastDay(at(c.event), p).Format(time.DateOnly); got != c.last {
			t.Errorf("%s: %s from %s ends with %s, want %s", c.jurisdiction, c.period, c.event, got, c.last)
		}
		if end := cal.End(at(c.event), p); end.Add(-1).Format(time.DateOnly) != c.last || end.Hour() != 0 {
			t.Errorf("%s: %s from %s ends at %s", c.jurisdiction, c.period, c.event, end)
		}
	}
}

func TestHoursAreCountedFromTheNextFullHour(t *testing.T) {
	c := calendar(t, "DE")
	if got := c.End(at("2026-04-02 10:20"), Period{Clock: 72 * time.Hour}); !got.Equal(at("2026-04-05 11:00")) {
		t.Errorf("72 hours end at %s", got)
	}
	if got := c.End(at("2026-04-02 10:20"), Period{}); !got.Equal(at("2026-04-02 10:20")) {
		t.Errorf("no time at all ends at %s", got)
	}
	kolkata := zone(t, "Asia/Kolkata") // half an hour beside the full ones of UTC
	if got := c.End(time.Date(2026, 4, 2, 10, 20, 0, 0, kolkata), Period{Clock: time.Hour}); got.Hour() != 12 || got.Minute() != 0 {
		t.Errorf("an hour ends at %s", got)
	}
}

// The day is that of the zone: at 23:30 UTC Berlin has the next one.
func TestTheDayIsThatOfTheZone(t *testing.T) {
	c, month := calendar(t, "DE"), Period{Months: 1}
	event := at("2026-06-09 23:30")
	berlin := c.End(event.In(zone(t, "Europe/Berlin")), month)
	if !c.End(event, month).Equal(at("2026-07-10 00:00")) || !berlin.Equal(at("2026-07-10 22:00")) {
		t.Errorf("UTC %s, Berlin %s", c.End(event, month), berlin.UTC())
	}
}

// A day that begins an hour late, since summer time begins at midnight, is a day.
func TestADayWithoutMidnight(t *testing.T) {
	santiago := zone(t, "America/Santiago") // 2026-09-06 begins at 01:00
	got := Calendar{}.LastDay(time.Date(2026, 9, 4, 12, 0, 0, 0, santiago), Period{Days: 2})
	if got.Format(time.DateOnly) != "2026-09-08" {
		t.Errorf("ends with %s", got)
	}
	if start := midnight(time.Date(2026, 9, 5, 12, 0, 0, 0, santiago), 1); start.Day() != 6 || start.Hour() != 1 {
		t.Errorf("the day begins at %s", start)
	}
}

// Whatever the zone and the day: the last day is a working day, the period never
// ends before its calendar end, at most a week and a half behind it, and with the
// first moment of a day, also where clocks change.
func TestPropertiesOfTheEnd(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Pacific/Kiritimati"} {
		zones = append(zones, zone(t, name))
	}
	var names []string
	for name := range jurisdictions {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		c, _ := CalendarOf(rapid.SampledFrom(names).Draw(t, "calendar"))
		event := someTime(t, "event").In(rapid.SampledFrom(zones).Draw(t, "zone"))
		p := Period{
			Years: rapid.IntRange(0, 12).Draw(t, "years"), Months: rapid.IntRange(0, 30).Draw(t, "months"), Days: rapid.IntRange(0, 100).Draw(t, "days"),
		}
		if p.IsZero() {
			p.Days = 1
		}
		last, end := c.LastDay(event, p), c.End(event, p)
		if !c.Working(last) {
			t.Fatalf("%v after %s ends with %s, no working day", p, event, last)
		}
		if !end.After(last) || end.Add(-1).Day() != last.Day() || end.Sub(last) > 26*time.Hour {
			t.Fatalf("the last day is %s, the end %s", last, end)
		}
		calendarEnd := p.onDays(midnight(event, 0)).AddDate(0, 0, p.Days)
		if last.Before(midnight(calendarEnd, 0)) || last.Sub(calendarEnd) > 11*24*time.Hour {
			t.Fatalf("%v after %s ends with %s, on the calendar with %s", p, event, last, calendarEnd)
		}
		if working := workingDays(c, event, last); working < 2 && midnight(midnight(event, 0), 1).Before(midnight(calendarEnd, 0)) {
			t.Fatalf("%v after %s has %d working days", p, event, working)
		}
	})
}

func workingDays(c Calendar, event, last time.Time) int {
	n := 0
	for day := midnight(event, 1); !day.After(last); day = midnight(day, 1) {
		if c.Working(day) {
			n++
		}
	}
	return n
}

func TestALaterEventNeverEndsEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := CalendarOf("DE-SN")
		p, event := Period{Months: rapid.IntRange(0, 14).Draw(t, "months"), Days: rapid.IntRange(1, 40).Draw(t, "days")}, someTime(t, "event")
		after := event.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "hours")) * time.Hour)
		if c.End(after, p).Before(c.End(event, p)) {
			t.Fatalf("%v from %s ends %s, from %s %s", p, event, c.End(event, p), after, c.End(after, p))
		}
	})
}

func TestEndOfYearAcrossZones(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		moment := someTime(t, "moment").In(berlin)
		end := EndOfYear(moment)
		if end.Year() != moment.Year()+1 || end.YearDay() != 1 || end.Hour() != 0 || end.Add(-1).Year() != moment.Year() {
			t.Fatalf("the year of %s ends at %s", moment, end)
		}
	})
}
