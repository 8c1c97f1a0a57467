package period

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]Period{
		"7 days": {Days: 7}, "1 day": {Days: 1}, "0 days": {}, "14 months": {Months: 14}, "2 years": {Years: 2}, "1 week": {Days: 7},
		"1 year 6 months": {Years: 1, Months: 6}, "P7D": {Days: 7}, "P1Y6M": {Years: 1, Months: 6}, "P2W": {Days: 14}, "P1W1D": {Days: 8},
		"PT30S": {Clock: 30 * time.Second}, "PT1H30M": {Clock: 90 * time.Minute}, "30 seconds": {Clock: 30 * time.Second},
		"1 hour": {Clock: time.Hour}, "P0D": {}, "P1DT12H": {Days: 1, Clock: 12 * time.Hour}, "  7   days ": {Days: 7}, "200 years": {Years: 200},
	} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "7", "days", "7 days 1 year", "7 days 7 days", "a week", "-7 days", "+7 days", "7.5 days", "P", "PT", "P7", "P7DT", "7D", "p7d", "P-7D",
		"201 years", "99999999999999999999 days", "1000000 days", "P1M1Y", "7 Tage", "٧ days", "99999999999 seconds", "7 dayss", "P0.5Y",
	} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", s, got)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ p, iso, de, dative, en string }{
		{"7 days", "P7D", "7 Tage", "7 Tagen", "7 days"},
		{"1 day", "P1D", "1 Tag", "1 Tag", "1 day"},
		{"0 days", "P0D", "0 Tage", "0 Tagen", "0 days"},
		{"1 year 6 months", "P1Y6M", "1 Jahr 6 Monate", "1 Jahr 6 Monaten", "1 year 6 months"},
		{"14 months", "P14M", "14 Monate", "14 Monaten", "14 months"},
		{"90 seconds", "PT1M30S", "1 Minute 30 Sekunden", "1 Minute 30 Sekunden", "1 minute 30 seconds"},
		{"2 years", "P2Y", "2 Jahre", "2 Jahren", "2 years"},
		{"25 hours", "PT25H", "25 Stunden", "25 Stunden", "25 hours"},
	} {
		p, err := Parse(c.p)
		if err != nil {
			t.Fatal(err)
		}
		if p.String() != c.iso || p.In("de") != c.de || p.Dative("de") != c.dative || p.In("en") != c.en || p.Dative("en") != c.en || p.In("fr") != c.en {
			t.Errorf("%s: %s, %s, %s, %s", c.p, p, p.In("de"), p.Dative("de"), p.In("en"))
		}
	}
}

func TestParseReadsBothForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Period{
			Years:  rapid.IntRange(0, 50).Draw(t, "years"),
			Months: rapid.IntRange(0, 500).Draw(t, "months"),
			Days:   rapid.IntRange(0, 9000).Draw(t, "days"),
			Clock:  time.Duration(rapid.IntRange(0, 200_000).Draw(t, "seconds")) * time.Second,
		}
		for _, s := range []string{p.String(), p.In("en")} {
			if got, err := Parse(s); err != nil || got != p {
				t.Fatalf("Parse(%q) = %+v, %v, want %+v", s, got, err, p)
			}
		}
		var back Period
		if text, err := p.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != p {
			t.Fatalf("%+v comes back as %+v", p, back)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"7 days", "P1Y6M", "1 year 6 months", "PT0S", "P", "-1 day"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Fatalf("%q is %+v, written %s, read %+v, %v", s, p, p, again, err)
		}
	})
}
