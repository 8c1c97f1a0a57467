package period

import (
	"fmt"
	"strings"
	"time"
)

// String returns p in ISO 8601, P0D for no time at all. Parse reads it back;
// what is below a second is not said.
func (p Period) String() string {
	var b strings.Builder
	b.WriteByte('P')
	part := func(n int, unit byte) {
		if n != 0 {
			fmt.Fprintf(&b, "%d%c", n, unit)
		}
	}
	part(p.Years, 'Y')
	part(p.Months, 'M')
	part(p.Days, 'D')
	hours, minutes, seconds := split(p.Clock)
	if hours+minutes+seconds != 0 {
		b.WriteByte('T')
		part(hours, 'H')
		part(minutes, 'M')
		part(seconds, 'S')
	}
	if b.Len() == 1 {
		return "P0D"
	}
	return b.String()
}

// MarshalText writes p as String does, for JSON.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Period) UnmarshalText(text []byte) error {
	read, err := Parse(string(text))
	if err != nil {
		return err
	}
	*p = read
	return nil
}

// In returns p in words of lang (de, else en): 7 Tage, 1 year 6 months.
func (p Period) In(lang string) string { return p.words(lang, false) }

// Dative returns p as it stands behind nach, vor and seit: nach 7 Tagen. In
// English it is the same as In.
func (p Period) Dative(lang string) string { return p.words(lang, true) }

// noun is a unit's name: one, several, several in the dative.
type noun [3]string

var nouns = map[string][6]noun{
	"en": {{"year", "years", "years"}, {"month", "months", "months"}, {"day", "days", "days"},
		{"hour", "hours", "hours"}, {"minute", "minutes", "minutes"}, {"second", "seconds", "seconds"}},
	"de": {{"Jahr", "Jahre", "Jahren"}, {"Monat", "Monate", "Monaten"}, {"Tag", "Tage", "Tagen"},
		{"Stunde", "Stunden", "Stunden"}, {"Minute", "Minuten", "Minuten"}, {"Sekunde", "Sekunden", "Sekunden"}},
}

func (p Period) words(lang string, dative bool) string {
	names, ok := nouns[lang]
	if !ok {
		names = nouns["en"]
	}
	hours, minutes, seconds := split(p.Clock)
	var parts []string
	for i, n := range []int{p.Years, p.Months, p.Days, hours, minutes, seconds} {
		if n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, names[i].form(n, dative)))
		}
	}
	if len(parts) == 0 {
		return "0 " + names[2].form(0, dative)
	}
	return strings.Join(parts, " ")
}

func (n noun) form(count int, dative bool) string {
	switch {
	case count == 1:
		return n[0]
	case dative:
		return n[2]
	}
	return n[1]
}

func split(clock time.Duration) (hours, minutes, seconds int) {
	whole := int(clock / time.Second)
	return whole / 3600, whole / 60 % 60, whole % 60
}
