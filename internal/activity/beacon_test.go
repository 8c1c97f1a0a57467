package activity_test

import (
	"strconv"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/store/event"
)

// A browser's clock that is off must not place an event before the consent that
// it rests on.
func TestAnEventOfAWrongClockIsOfNow(t *testing.T) {
	noon := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	read := func(id int64, now time.Time) int64 {
		t.Helper()
		got, wrong := activity.EventID(strconv.FormatInt(id, 10), now)
		if wrong != "" {
			t.Fatal(wrong)
		}
		return got
	}
	near := event.NewID(noon.Add(-2 * time.Minute))
	if got := read(near, noon); got != near {
		t.Errorf("a moment two minutes ago became %v", event.TimeOf(got))
	}
	for _, off := range []time.Duration{-30 * time.Minute, -20 * time.Hour, 40 * time.Minute} {
		id := event.NewID(noon.Add(off))
		got := read(id, noon)
		if at := event.TimeOf(got); at.Before(noon.Add(-time.Minute)) || at.After(noon) {
			t.Errorf("%v off: the event is of %v", off, at)
		}
		if again := read(id, noon.Add(10*time.Second)); again != got {
			t.Errorf("%v off: a retry is another event", off)
		}
	}
	for _, text := range []string{"", "-1", "0", "x", "1", strconv.FormatInt(event.NewID(noon.Add(-25*time.Hour)), 10), strconv.FormatInt(event.NewID(noon.Add(2*time.Hour)), 10)} {
		if id, wrong := activity.EventID(text, noon); wrong == "" {
			t.Errorf("%q is the event %d", text, id)
		}
	}
}
