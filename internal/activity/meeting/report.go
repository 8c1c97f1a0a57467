package meeting

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kept/internal/fault"
)

// Bounds of a report. A conference of ten thousand makes a file of some 2 MB.
const (
	MaxReport  = 8 << 20 // bytes
	maxPeople  = 10_000
	maxValue   = 500     // bytes of one value
	maxContent = 4 << 20 // bytes of what an assistant wrote down
)

// Report is what a tool tells of one conference, before anything is stored.
type Report struct {
	Tool       string // teams, meet, fathom or other
	Key        string // how the tool knows the conference; empty if it does not say
	Topic      string
	Start, End time.Time
	Scheduled  time.Time // when it should have begun, if the tool says so
	People     []Person
	Content    *Content // what an assistant recorded, nil if nothing
}

// Interval is a stay in a conference.
type Interval struct{ Start, End time.Time }

// Person is what a report tells of one participant.
type Person struct {
	Organises bool
	Stays     []Interval
	Stayed    time.Duration     // as the tool counts it
	Values    map[string]string // by field, as far as the report tells

	section int // of a table: which one has told of the stays
}

// Content is where a recording lies and what was written down from it, by
// field: audio and video are addresses at the provider.
type Content struct {
	Began  time.Time // when the recorder started; the zero time: not known
	Values map[string]string
}

// Problem is a mistake in a report. It repeats no value.
type Problem struct {
	File  string `json:"file"`
	Row   int    `json:"row"` // from 1; of a JSON report the number of the record
	Field string `json:"field"`
	What  string `json:"problem"`
}

// String says the problem at its place.
func (p Problem) String() string { return fmt.Sprintf("%s:%d:%s: %s", p.File, p.Row, p.Field, p.What) }

// Problems are the mistakes of a report; a report that has any is not taken in.
type Problems []Problem

// maxProblems is how many are told at once.
const maxProblems = 50

func (p *Problems) add(file string, row int, field, what string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{file, row, field, fmt.Sprintf(what, args...)})
	}
}

// Err returns Invalid with every problem on a line of its own, nil without.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return fault.New(fault.Invalid, "the report cannot be taken in, nothing was stored:\n%s", strings.Join(lines, "\n"))
}

// Reading is how a report is read.
type Reading struct {
	Name string // of the file, for problems
	// Zone is where the computer stood that wrote clock times without a zone.
	Zone *time.Location
	// Day is the day of a report that tells clock times only.
	Day time.Time
	// Order is how days are written with slashes: "dmy", "mdy", or empty: as the
	// file shows, a problem if it does not.
	Order string
}

// Read reads a report of any of the known forms: a Teams or Meet CSV, a Graph
// meetingAttendanceReport, a Fathom message. What is wrong with it comes back as
// problems; then the report is not whole.
func Read(data []byte, r Reading) (Report, Problems) {
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	r.Name = filepath.Base(r.Name)
	var problems Problems
	if len(data) > MaxReport {
		problems.add(r.Name, 1, "file", "larger than %d bytes", MaxReport)
		return Report{}, problems
	}
	text, err := decode(data)
	if err != nil {
		problems.add(r.Name, 1, "file", "neither UTF-8 nor UTF-16 text")
		return Report{}, problems
	}
	var report Report
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		report = readJSON(text, r, &problems)
	} else {
		report = readTable(text, r, &problems)
	}
	report.check(r.Name, &problems)
	return report, problems
}

// check finds what no reader looks for.
func (r *Report) check(file string, problems *Problems) {
	switch {
	case len(*problems) > 0:
		return
	case len(r.People) == 0:
		problems.add(file, 1, "participants", "the report names nobody")
	case len(r.People) > maxPeople:
		problems.add(file, maxPeople+1, "participants", "more than %d", maxPeople)
	}
	for i, p := range r.People {
		if s, e := p.span(); !s.IsZero() && e.Before(s) {
			problems.add(file, i+1, "participation", "ends before it begins")
		}
	}
	if r.Start.IsZero() {
		for _, p := range r.People {
			if s, _ := p.span(); !s.IsZero() && (r.Start.IsZero() || s.Before(r.Start)) {
				r.Start = s
			}
		}
	}
	if r.End.IsZero() {
		for _, p := range r.People {
			if _, e := p.span(); e.After(r.End) {
				r.End = e
			}
		}
	}
	if r.End.Before(r.Start) && !r.End.IsZero() {
		problems.add(file, 1, "end", "lies before the start")
	}
}

// span is the time from the first coming to the last leaving.
func (p Person) span() (start, end time.Time) {
	for i, s := range p.Stays {
		if i == 0 || s.Start.Before(start) {
			start = s.Start
		}
		if s.End.After(end) {
			end = s.End
		}
	}
	return start, end
}

// stayed is how long the person was there: what the stays cover, each moment
// once, else what the tool says.
func (p Person) stayed() time.Duration {
	stays := slices.Clone(p.Stays)
	slices.SortFunc(stays, func(a, b Interval) int { return a.Start.Compare(b.Start) })
	var total time.Duration
	var until time.Time
	for _, s := range stays {
		if s.Start.Before(until) {
			s.Start = until
		}
		if s.End.After(s.Start) {
			total += s.End.Sub(s.Start)
			until = s.End
		}
	}
	if total == 0 {
		return p.Stayed
	}
	return total
}

// clean returns a value of a report without the spaces around it. Whatever
// somebody put into a name is text; what is no text, or endless, is a problem.
func clean(value string, most int) (string, bool) {
	value = strings.TrimSpace(value)
	if !utf8.ValidString(value) || len(value) > most {
		return "", false
	}
	return value, !strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) && !(most > maxValue && (r == '\n' || r == '\t' || r == '\r')) || r == '\u202e' || r == '\u2066' || r == '\u2067'
	})
}
