package retain

import (
	"testing"
	"time"

	"kept/internal/policy"
)

// The brake counts what no earlier run expected, in tables that are large enough; what
// the policy does not declare waits however little it is.
func TestTheBrakeCountsWhatWasNotForeseen(t *testing.T) {
	s := &Sweeper{Config: Config{Brake: Brake{Jump: 24 * time.Hour, Share: 0.3, Rows: 1000}}}
	rule, left := &term{Rule: &policy.Rule{ID: "circle/letter/collection"}}, &term{Rule: &policy.Rule{ID: "circle" + undeclared}}
	for _, c := range []struct {
		term                *term
		rows, due, foreseen int64
		want                string
	}{
		{rule, 2000, 600, 0, ""},        // three tenths
		{rule, 2000, 601, 0, WaitShare}, // and one more
		{rule, 2000, 601, 1, ""},        // which was expected
		{rule, 2000, 2000, 1400, ""},    // as most of these were
		{rule, 2000, 2000, 1399, WaitShare},
		{rule, 2000, 2000, 2000, ""},
		{rule, 2000, 2000, 3000, ""}, // fewer than expected
		{rule, 1000, 1000, 0, ""},    // a small table
		{rule, 1001, 1001, 0, WaitShare},
		{left, 10, 1, 0, WaitRemoved},
		{left, 5000, 5000, 0, WaitRemoved},
		{left, 10, 0, 0, ""}, // nothing of it is there
		{left, 10, 3, 3, ""}, // a person has seen it
	} {
		x := &task{term: c.term, cover: &coverage{activity: &policy.Activity{Title: policy.Text{"en": "circle", "de": "Lesekreis"}}}, foreseen: c.foreseen, Item: Item{Rows: c.rows, Due: c.due}}
		if w, waits := s.brakeTask(x); w.Code != c.want || waits != (c.want != "") {
			t.Errorf("%s, %d of %d rows, %d expected: %q, want %q", c.term.ID, c.due, c.rows, c.foreseen, w.Code, c.want)
		}
	}
}

// A clock that stands more than a day behind the last run stops everything; the first
// run knows no last one.
func TestTheBrakeMeasuresTheGap(t *testing.T) {
	s, now := &Sweeper{Config: Config{Brake: DefaultBrake}}, day(2026, 3, 10)
	for gap, stops := range map[time.Duration]bool{0: false, time.Hour: false, 24 * time.Hour: false, 24*time.Hour + time.Millisecond: true, 47 * time.Hour: true, -48 * time.Hour: false} {
		if waits := s.brake(nil, now.Add(-gap), now); (len(waits) == 1 && waits[0].Code == WaitClock) != stops {
			t.Errorf("after %s: %+v", gap, waits)
		}
	}
	if waits := s.brake(nil, time.Time{}, now); len(waits) > 0 {
		t.Errorf("the first run: %+v", waits)
	}
}
