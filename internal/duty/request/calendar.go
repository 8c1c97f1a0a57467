package request

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"kept/internal/i18n"
)

// Day is a day of the calendar with what is due on it.
type Day struct {
	Date time.Time `json:"date"` // noon UTC
	Due  []Case    `json:"due"`
}

// Calendar returns the days on which something is due, the next first; what is
// late stands on the day on which it was due.
func (d *Desk) Calendar(ctx context.Context) ([]Day, error) {
	open, err := d.List(ctx, Which{Open: true})
	if err != nil {
		return nil, err
	}
	var days []Day
	for _, c := range open {
		if !c.PausedSince.IsZero() || c.Channel == Browser {
			continue
		}
		date := c.LastDay()
		if n := len(days); n > 0 && days[n-1].Date.Equal(date) {
			days[n-1].Due = append(days[n-1].Due, c)
			continue
		}
		days = append(days, Day{Date: date, Due: []Case{c}})
	}
	return days, nil
}

// ICalendar writes the calendar as RFC 5545 for other programs: numbers and days,
// no person and no word of theirs.
func (d *Desk) ICalendar(ctx context.Context, w io.Writer, lang string) error {
	days, err := d.Calendar(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\r\n") }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Kept//Requests//EN")
	stamp := d.Clock.Now().UTC().Format("20060102T150405Z")
	for _, day := range days {
		for _, c := range day.Due {
			line("BEGIN:VEVENT")
			line("UID:" + c.ID + "@kept")
			line("DTSTAMP:" + stamp)
			line("DTSTART;VALUE=DATE:" + day.Date.Format("20060102"))
			line("DTEND;VALUE=DATE:" + day.Date.AddDate(0, 0, 1).Format("20060102"))
			line("SUMMARY:" + i18n.T(lang, "request.ical", c.Number))
			line("TRANSP:TRANSPARENT")
			line("END:VEVENT")
		}
	}
	line("END:VCALENDAR")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the calendar: %w", err)
	}
	return nil
}
