package booking

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zoneNamed(t interface{ Fatal(...any) }, name string) *time.Location {
	zone, err := ZoneOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// changes are days on which the clock changes, and some on which it does not.
var changes = []struct{ zone, day string }{
	{"Europe/Berlin", "2027-03-28"}, {"Europe/Berlin", "2027-10-31"}, {"Europe/Berlin", "2028-02-29"}, {"Europe/Berlin", "2026-12-31"},
	{"America/New_York", "2027-03-14"}, {"America/New_York", "2027-11-07"}, {"America/New_York", "2028-02-29"},
	{"Australia/Lord_Howe", "2027-04-04"}, {"Australia/Lord_Howe", "2027-10-03"}, // by half an hour
	{"Asia/Kathmandu", "2027-06-01"}, {"America/Santiago", "2027-09-05"}, // summer time begins at midnight
}

// Whatever hours, lengths and steps: slots lie inside the hours on the wall, begin
// on the grain, and two of one type that follow each other in steps of their length
// do not overlap.
func TestSlotsLieInsideTheHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, at := drawCalendar(t)
		kind := drawType(t)
		found := starts(c, kind, at)
		for i, s := range found {
			end := s.Add(kind.length())
			if !inside(c, at, s, end) {
				t.Fatalf("%s to %s is outside of %v", s.In(c.Zone), end.In(c.Zone), c.Hours.Week[at.Weekday()])
			}
			if s.Unix()%(grain*60) != 0 {
				t.Fatalf("%s is not on the grain", s)
			}
			if i > 0 && !s.After(found[i-1]) {
				t.Fatalf("%s follows %s", s, found[i-1])
			}
		}
	})
}

func drawCalendar(t *rapid.T) (*Calendar, time.Time) {
	x := rapid.SampledFrom(changes).Draw(t, "day")
	at, err := time.Parse(time.DateOnly, x.day)
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Key: "c", Name: "c", Zone: zoneNamed(t, x.zone)}
	edge := 0
	for edge < 24*60-grain {
		from := edge + grain*rapid.IntRange(0, 60).Draw(t, "from")
		to := from + grain*rapid.IntRange(1, 120).Draw(t, "long")
		if to > 24*60 {
			break
		}
		c.Hours.Week[at.Weekday()] = append(c.Hours.Week[at.Weekday()], Span{from, to})
		edge = to + grain
	}
	return c, at
}

func drawType(t *rapid.T) *Type {
	five := func(name string, least, most int) int { return grain * rapid.IntRange(least, most).Draw(t, name) }
	return &Type{Key: "t", Length: five("length", 1, 48), Step: five("step", 1, 24), Before: five("before", 0, 6), After: five("after", 0, 6),
		Capacity: rapid.IntRange(1, 3).Draw(t, "capacity"), Ahead: 60}
}

// inside checks by the clock on the wall, minute by minute: nothing of what is
// computed is used.
func inside(c *Calendar, at, start, end time.Time) bool {
	for m := start; m.Before(end); m = m.Add(time.Minute) {
		local := m.In(c.Zone)
		if local.Format(time.DateOnly) != at.Format(time.DateOnly) {
			return false
		}
		clock := local.Hour()*60 + local.Minute()
		open := false
		for _, s := range c.Hours.Week[at.Weekday()] {
			open = open || clock >= s.From && clock < s.To
		}
		if !open {
			return false
		}
	}
	return true
}

// Whatever is booked one after the other: what is taken never overlaps, pauses
// counted, and every free slot can be taken.
func TestWhatIsBookedNeverOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, at := drawCalendar(t)
		kinds := []*Type{drawType(t), drawType(t)}
		kinds[0].Key, kinds[1].Key = "a", "b"
		now := at.AddDate(0, 0, -3)
		var all []taken
		for range rapid.IntRange(1, 12).Draw(t, "bookings") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			open := free(c, kind, at, at, now, all)
			if len(open) == 0 {
				continue
			}
			s := rapid.SampledFrom(open).Draw(t, "slot")
			joined := false
			for i := range all {
				if all[i].Type == kind.Key && all[i].Start.Equal(s.Start) {
					all[i].Seats++
					joined = true
					if all[i].Seats > kind.Capacity {
						t.Fatalf("%d places of %d", all[i].Seats, kind.Capacity)
					}
				}
			}
			if !joined {
				all = append(all, taken{Interval: kind.around(s.Start), Type: kind.Key, Start: s.Start, End: s.End, Seats: 1})
			}
		}
		for i := range all {
			for j := range i {
				if all[i].overlaps(all[j].Interval) {
					t.Fatalf("%v overlaps %v", all[i], all[j])
				}
			}
		}
	})
}

// clocks writes the starts of a day by the clock.
func clocks(t *testing.T, zone, day, hours string, step int) string {
	t.Helper()
	h, err := ParseHours("Mon-Sun "+hours, "")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Zone: zoneNamed(t, zone), Hours: h}
	var all []string
	for _, s := range starts(c, &Type{Length: step, Step: step}, at) {
		all = append(all, clock(s, c.Zone))
	}
	return strings.Join(all, ", ")
}

func TestADayOf23And25HoursIsRight(t *testing.T) {
	for _, c := range []struct{ zone, day, hours, want string }{
		{"Europe/Berlin", "2027-03-28", "01:00-04:00", "01:00, 03:00"},
		{"Europe/Berlin", "2027-03-28", "02:30-04:00", "03:00"}, // 02:30 does not come: the jump is the beginning
		{"Europe/Berlin", "2027-10-31", "01:00-04:00", "01:00, 02:00 CEST, 02:00 CET, 03:00"},
		{"Europe/Berlin", "2027-06-01", "01:00-04:00", "01:00, 02:00, 03:00"},
		{"America/New_York", "2027-03-14", "01:00-04:00", "01:00, 03:00"},
		{"America/New_York", "2027-11-07", "00:00-03:00", "00:00, 01:00 EDT, 01:00 EST, 02:00"},
		{"Europe/Berlin", "2028-02-29", "09:00-11:00", "09:00, 10:00"},
		{"Europe/Berlin", "2027-02-28", "22:00-24:00", "22:00, 23:00"},
	} {
		if got := clocks(t, c.zone, c.day, c.hours, 60); got != c.want {
			t.Errorf("%s in %s, %s: %s, wanted %s", c.day, c.zone, c.hours, got, c.want)
		}
	}
	for day, want := range map[string]int{"2027-03-28": 23, "2027-10-31": 25, "2027-10-30": 24} {
		if got := len(strings.Split(clocks(t, "Europe/Berlin", day, "00:00-24:00", 60), ", ")); got != want {
			t.Errorf("%s has %d hours, wanted %d", day, got, want)
		}
	}
}

func TestHolidaysAndExceptions(t *testing.T) {
	h, err := ParseHours("Mon-Fri 09:00-12:00, 13:00-17:00\nSa 10:00-12:00", "2026-12-24..2026-12-26 geschlossen\n2026-12-28 10:00-11:00\n2027-01-01 10:00-11:00")
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Zone: zoneNamed(t, "Europe/Berlin"), Holidays: "DE-HE", Hours: h}
	for day, want := range map[string]int{
		"2026-12-23": 7, "2026-12-24": 0, "2026-12-25": 0, "2026-12-26": 0, "2026-12-27": 0, "2026-12-28": 1,
		"2027-01-01": 1, // the operator's word goes before the holiday
		"2027-03-26": 0, // Good Friday
		"2027-05-27": 0, // Corpus Christi, in Hesse
		"2026-12-19": 2,
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(starts(c, &Type{Length: 60, Step: 60}, at)); got != want {
			t.Errorf("%s: %d, wanted %d", day, got, want)
		}
	}
	if got := h.WeekText("de"); got != "Mo 09:00-12:00, 13:00-17:00\nDi 09:00-12:00, 13:00-17:00\nMi 09:00-12:00, 13:00-17:00\nDo 09:00-12:00, 13:00-17:00\nFr 09:00-12:00, 13:00-17:00\nSa 10:00-12:00\n" {
		t.Errorf("the week is %q", got)
	}
	if got := h.ExceptText("en"); got != "2026-12-24..2026-12-26 closed\n2026-12-28 10:00-11:00\n2027-01-01 10:00-11:00\n" {
		t.Errorf("the exceptions are %q", got)
	}
}

// What is written is read back as it was.
func TestHoursAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Hours
		c, at := drawCalendar(t)
		h.Week[at.Weekday()] = c.Hours.Week[at.Weekday()]
		h.Except = map[string][]Span{at.Format(time.DateOnly): c.Hours.Week[at.Weekday()]}
		for _, lang := range []string{"de", "en"} {
			if len(h.Week[at.Weekday()]) > mostSpans {
				return
			}
			got, err := ParseHours(h.WeekText(lang), h.ExceptText(lang))
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(h) {
				t.Fatalf("%v became %v", h, got)
			}
		}
	})
}

func TestWrongHoursAreRefused(t *testing.T) {
	for _, wrong := range [][2]string{
		{"Mon 9-8", ""}, {"Mon 09:00-10:03", ""}, {"Someday 09:00-10:00", ""}, {"Mon 09:00-11:00, 10:00-12:00", ""}, {"Mon 09:00-10:00\nMon-Fri 11:00-12:00", ""},
		{"Mon", ""}, {"", "24.12.2026 closed"}, {"", "2026-12-24..2020-01-01 closed"}, {"", "2026-12-24..9999-01-01 closed"}, {"Mon 25:00-26:00", ""},
		{strings.Repeat("x", longestText), "y"},
	} {
		if _, err := ParseHours(wrong[0], wrong[1]); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestATypeThatDoesNotFitTogetherIsRefused(t *testing.T) {
	good := Type{Key: "talk", Title: map[string]string{"de": "a", "en": "b"}, Length: 30, Step: 30, Ahead: 10, Capacity: 1}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Type){
		"key": func(t *Type) { t.Key = "Mine Own" }, "reserved": func(t *Type) { t.Key = "mine" }, "title": func(t *Type) { t.Title = map[string]string{"de": "a"} },
		"length": func(t *Type) { t.Length = 0 }, "grain": func(t *Type) { t.Length = 7 }, "step": func(t *Type) { t.Step = 0 }, "pause": func(t *Type) { t.Before = -5 },
		"notice": func(t *Type) { t.Notice = -1 }, "ahead": func(t *Type) { t.Ahead = 1000 }, "capacity": func(t *Type) { t.Capacity = 0 }, "place": func(t *Type) { t.Place = "a\nb" },
	} {
		wrong := good
		spoil(&wrong)
		if wrong.check() == nil {
			t.Errorf("a type with a wrong %s was taken", name)
		}
	}
}
