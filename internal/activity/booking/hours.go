package booking

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
)

// grain is the finest step of a calendar: what is taken is taken in such pieces.
const grain = 5 // minutes

// Span is part of a day, in minutes from midnight by the clock on the wall.
type Span struct{ From, To int }

// Hours are when a calendar can be booked.
type Hours struct {
	Week   [7][]Span         // by time.Weekday
	Except map[string][]Span // by day, 2026-12-24: its hours instead; none: closed
}

// Bounds of what an operator writes.
const (
	mostSpans   = 12  // of a day
	mostDays    = 731 // that a line of exceptions names
	longestText = 20_000
)

var (
	weekdays = map[string]time.Weekday{
		"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6,
		"so": 0, "mo": 1, "di": 2, "mi": 3, "do": 4, "fr": 5, "sa": 6,
	}
	dayNames = map[i18n.Lang][7]string{
		i18n.German:  {"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
		i18n.English: {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	}
	closed = map[i18n.Lang]string{i18n.German: "geschlossen", i18n.English: "closed"}
)

// ParseHours reads what an operator writes: a line for some weekdays, "Mon-Fri
// 09:00-12:00, 13:00-17:00", and a line for each exception, "2026-12-24 closed" or
// "2026-12-27..2026-12-30 10:00-14:00". Day names are English or German.
func ParseHours(week, except string) (h Hours, err error) {
	if len(week)+len(except) > longestText {
		return h, fault.New(fault.TooLarge, "hours have at most %d letters", longestText)
	}
	for _, line := range lines(week) {
		name, rest, _ := strings.Cut(line, " ")
		days, ok := weekdaysOf(name)
		if !ok {
			return h, fault.New(fault.Invalid, "%q: a line begins with weekdays like Mon or Mon-Fri", line)
		}
		spans, err := parseSpans(rest)
		if err != nil {
			return h, fault.New(fault.Invalid, "%q: %w", line, err)
		}
		for _, d := range days {
			if len(h.Week[d]) > 0 {
				return h, fault.New(fault.Invalid, "%q: the day stands in a line before; write its hours in one line, with commas", line)
			}
			h.Week[d] = spans
		}
	}
	h.Except = map[string][]Span{}
	for _, line := range lines(except) {
		name, rest, _ := strings.Cut(line, " ")
		days, err := daysOf(name)
		if err != nil {
			return h, fault.New(fault.Invalid, "%q: %w", line, err)
		}
		spans, err := parseSpans(rest)
		if err != nil {
			return h, fault.New(fault.Invalid, "%q: %w", line, err)
		}
		for _, d := range days {
			h.Except[d] = spans
		}
	}
	return h, nil
}

func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// weekdaysOf reads Mon, Mon-Fri, Mon,Wed.
func weekdaysOf(text string) (days []time.Weekday, ok bool) {
	for _, part := range strings.Split(strings.Trim(strings.ToLower(text), ":,"), ",") {
		first, last, isRange := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		from, ok := weekdays[first]
		if !ok {
			return nil, false
		}
		to := from
		if isRange {
			if to, ok = weekdays[last]; !ok {
				return nil, false
			}
		}
		for d := from; ; d = (d + 1) % 7 {
			days = append(days, d)
			if d == to {
				break
			}
		}
	}
	return days, len(days) <= 7
}

// daysOf reads 2026-12-24 or 2026-12-24..2027-01-02.
func daysOf(text string) (days []string, err error) {
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return nil, fmt.Errorf("an exception begins with a day like 2026-12-24")
	}
	to, err := time.Parse(time.DateOnly, last)
	if err != nil || to.Before(from) || to.Sub(from) > mostDays*24*time.Hour {
		return nil, fmt.Errorf("the days of an exception are like 2026-12-24..2027-01-02, two years at most")
	}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		days = append(days, d.Format(time.DateOnly))
	}
	return days, nil
}

// parseSpans reads "09:00-12:00, 13:00-17:00" or "closed".
func parseSpans(text string) (spans []Span, err error) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, closed[i18n.English]) || strings.EqualFold(text, closed[i18n.German]) {
		return nil, nil
	}
	for _, part := range strings.Split(strings.ReplaceAll(text, "–", "-"), ",") {
		first, last, ok := strings.Cut(strings.ReplaceAll(part, " ", ""), "-")
		from, okFrom := minutes(first)
		to, okTo := minutes(last)
		if !ok || !okFrom || !okTo || from >= to {
			return nil, fmt.Errorf("hours are like 09:00-12:00, in steps of %d minutes, or the word closed", grain)
		}
		spans = append(spans, Span{from, to})
	}
	slices.SortFunc(spans, func(a, b Span) int { return a.From - b.From })
	for i := range spans[1:] {
		if spans[i+1].From < spans[i].To {
			return nil, fmt.Errorf("two of the hours overlap")
		}
	}
	if len(spans) > mostSpans {
		return nil, fmt.Errorf("a day has at most %d spans of hours", mostSpans)
	}
	return spans, nil
}

func minutes(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		if t, err = time.Parse("15", text); err != nil {
			return 0, false
		}
	}
	m := t.Hour()*60 + t.Minute()
	return m, m%grain == 0
}

// WeekText writes the hours of the week as ParseHours reads them.
func (h Hours) WeekText(lang i18n.Lang) string {
	var text strings.Builder
	for i := range 7 {
		day := (i + 1) % 7 // a week begins on Monday
		if len(h.Week[day]) > 0 {
			fmt.Fprintf(&text, "%s %s\n", dayNames[i18n.Match(lang, i18n.Languages())][day], spansText(h.Week[day], lang))
		}
	}
	return text.String()
}

// ExceptText writes the exceptions as ParseHours reads them, days with the same
// hours in one line.
func (h Hours) ExceptText(lang i18n.Lang) string {
	var days []string
	for d := range h.Except {
		days = append(days, d)
	}
	slices.Sort(days)
	var text strings.Builder
	for i := 0; i < len(days); {
		last := i
		for last+1 < len(days) && following(days[last], days[last+1]) && slices.Equal(h.Except[days[last+1]], h.Except[days[i]]) {
			last++
		}
		name := days[i]
		if last > i {
			name += ".." + days[last]
		}
		fmt.Fprintf(&text, "%s %s\n", name, spansText(h.Except[days[i]], lang))
		i = last + 1
	}
	return text.String()
}

func following(day, next string) bool {
	d, err := time.Parse(time.DateOnly, day)
	return err == nil && d.AddDate(0, 0, 1).Format(time.DateOnly) == next
}

func spansText(spans []Span, lang i18n.Lang) string {
	if len(spans) == 0 {
		return closed[i18n.Match(lang, i18n.Languages())]
	}
	var parts []string
	for _, s := range spans {
		parts = append(parts, fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60))
	}
	return strings.Join(parts, ", ")
}
