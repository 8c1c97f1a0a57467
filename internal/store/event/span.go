package event

import (
	"strings"
	"time"

	"kept/internal/manifest"
)

// span is the stretch of time that one partition holds: from, and before to.
type span struct {
	label    string // 2026-11 or 2026-11-30
	from, to time.Time
}

const (
	monthLabel = "2006-01"
	dayLabel   = "2006-01-02"
)

// spanOf returns the partition that a moment falls into.
func spanOf(shape manifest.Shape, at time.Time) span {
	at = at.UTC()
	if shape == manifest.Daily {
		from := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
		return span{from.Format(dayLabel), from, from.AddDate(0, 0, 1)}
	}
	from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	return span{from.Format(monthLabel), from, from.AddDate(0, 1, 0)}
}

// lookup is a partition that was looked up, with its first id, the one after its
// last, and its name.
type lookup struct {
	span
	from, to int64
	place    string
}

// lookUp returns the partition that an id falls into: mostly that of the id before.
func (l *layout) lookUp(id int64) *lookup {
	if last := l.last.Load(); last != nil && last.from <= id && id < last.to {
		return last
	}
	sp := spanOf(l.Shape, TimeOf(id))
	now := &lookup{sp, sp.first(), sp.end(), l.Name + "-" + sp.label}
	l.last.Store(now)
	return now
}

// spanAt returns the partition that an id falls into.
func (l *layout) spanAt(id int64) span { return l.lookUp(id).span }

// placeOf names the partition that an id falls into, as marks do.
func (l *layout) placeOf(id int64) string { return l.lookUp(id).place }

// parseSpan reads a label; ok is false if it is none of the shape.
func parseSpan(shape manifest.Shape, label string) (sp span, ok bool) {
	form := monthLabel
	if shape == manifest.Daily {
		form = dayLabel
	}
	at, err := time.Parse(form, label)
	return spanOf(shape, at), err == nil
}

// first and end bound the ids of the span: first <= id < end.
func (sp span) first() int64 { return firstID(sp.from) }
func (sp span) end() int64   { return firstID(sp.to) }

// overlaps reports whether the span has a moment in [from, to); a zero bound is
// no bound.
func (sp span) overlaps(from, to time.Time) bool {
	return (to.IsZero() || sp.from.Before(to)) && (from.IsZero() || sp.to.After(from))
}

// suffix is the label as part of a PostgreSQL name.
func (sp span) suffix() string { return "_" + strings.ReplaceAll(sp.label, "-", "_") }
