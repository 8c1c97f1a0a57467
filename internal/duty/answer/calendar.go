package answer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/rights"
)

// calendar are the appointments as iCalendar (RFC 5545).
func (b *bundle) calendar(ctx context.Context) error {
	if !slices.ContainsFunc(b.sheets, func(s *seen) bool { return s.Appointment != nil }) {
		return nil
	}
	return b.file("appointments.ics", "text/calendar; charset=utf-8", "calendar", func(w io.Writer) error {
		out := bufio.NewWriter(w)
		l := &lines{w: out}
		l.put("BEGIN", "VCALENDAR")
		l.put("VERSION", "2.0")
		l.put("PRODID", "-//Kept//answer//EN")
		err := b.Stream(ctx, b.Person, b.Right, func(s *rights.Sheet, row []any) error {
			if s.Appointment == nil {
				return rights.ErrSkip
			}
			b.appointments(l, s, row)
			return l.err
		})
		if err != nil {
			return err
		}
		l.put("END", "VCALENDAR")
		if l.err != nil {
			return l.err
		}
		return out.Flush()
	})
}

// span is when an appointment is.
type span struct{ start, end time.Time }

// appointments writes the appointments of a row.
func (b *bundle) appointments(l *lines, s *rights.Sheet, row []any) {
	for n, when := range spans(s, row) {
		key := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%v/%d", s.System, s.Table.Name, row, n))
		l.put("BEGIN", "VEVENT")
		l.put("UID", hex.EncodeToString(key[:16]))
		l.put("DTSTAMP", utc(b.made))
		l.put("DTSTART", utc(when.start))
		if when.end.After(when.start) {
			l.put("DTEND", utc(when.end))
		}
		title := valueOf(s, row, s.Appointment.Title)
		if title == "" {
			title = s.Activity.Title.In(b.Lang)
		}
		l.text("SUMMARY", title)
		if place := valueOf(s, row, s.Appointment.Place); place != "" {
			l.text("LOCATION", place)
		}
		l.put("END", "VEVENT")
	}
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// spans returns when the appointments of a row are.
func spans(s *rights.Sheet, row []any) (all []span) {
	a := s.Appointment
	if start, err := time.Parse(time.RFC3339Nano, valueOf(s, row, a.Start)); err == nil {
		end, _ := time.Parse(time.RFC3339Nano, valueOf(s, row, a.End))
		return []span{{start, end}}
	}
	var texts []string
	if json.Unmarshal([]byte(valueOf(s, row, a.Intervals)), &texts) != nil {
		return nil
	}
	for _, text := range texts {
		from, to, _ := strings.Cut(text, "/")
		start, err := time.Parse(time.RFC3339Nano, from)
		if err != nil {
			continue
		}
		end, _ := time.Parse(time.RFC3339Nano, to)
		all = append(all, span{start, end})
	}
	return all
}

// valueOf returns the value of a column as text, of a row above too; empty if the
// package does not have it.
func valueOf(s *rights.Sheet, row []any, column string) string {
	if v, ok := s.Above[column]; ok {
		return words(v)
	}
	i := slices.IndexFunc(s.Table.Columns, func(c rights.Column) bool { return column != "" && c.Name == column })
	if i < 0 || i >= len(row) {
		return ""
	}
	return words(row[i])
}

// raw is a value that is no text.
func raw(v any) string {
	switch x := v.(type) {
	case json.RawMessage:
		return string(x)
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
