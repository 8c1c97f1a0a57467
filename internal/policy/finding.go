package policy

import (
	"fmt"
	"io"
	"strings"

	"kept/internal/policy/source"
)

// Severity tells a mistake from a warning.
type Severity string

// The severities.
const (
	Mistake Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that a check has to say about a place in a file.
type Finding struct {
	Code     string   `json:"code"` // K204: stable, explained by Explain
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Pos
	End     int    `json:"end_column,omitempty"` // the column behind what is marked, in the same line
	Problem string `json:"problem"`              // what is wrong, with the names of the file
	Reason  string `json:"reason"`               // why it matters, with article or paragraph
	Remedy  string `json:"remedy"`               // how to mend it
	Excerpt string `json:"excerpt,omitempty"`    // the source line or lines with a marker
}

// Findings are what a check found, in the order of the file.
type Findings []Finding

// HasErrors reports whether any finding is a mistake.
func (f Findings) HasErrors() bool { return f.Count(Mistake) > 0 }

// Count returns how many findings are of severity s.
func (f Findings) Count(s Severity) int {
	n := 0
	for _, x := range f {
		if x.Severity == s {
			n++
		}
	}
	return n
}

// Write prints the findings for people, a blank line between two.
func (f Findings) Write(w io.Writer) error {
	for i, x := range f {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return fmt.Errorf("writing findings: %w", err)
			}
		}
		if _, err := io.WriteString(w, x.String()); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
	}
	return nil
}

// String returns the finding as Write prints it.
func (x Finding) String() string {
	var b strings.Builder
	place := source.Visible(x.File)
	if x.Line > 0 {
		place += ":" + x.Pos.String()
	}
	fmt.Fprintf(&b, "%s: %s %s: %s\n", place, x.Severity, x.Code, x.Problem)
	for line := range strings.Lines(x.Excerpt) {
		fmt.Fprintf(&b, "  %s\n", strings.TrimRight(line, " \n"))
	}
	fmt.Fprintf(&b, "  why: %s\n  fix: %s\n", x.Reason, x.Remedy)
	return b.String()
}
