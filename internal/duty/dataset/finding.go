package dataset

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Finding is one thing to say about a place in a file.
type Finding struct {
	File string `json:"file"`
	Pos
	Warning bool   `json:"warning,omitempty"` // the file works all the same
	Problem string `json:"problem"`
	Remedy  string `json:"remedy,omitempty"`
}

// String is file:line:column with problem and remedy.
func (f Finding) String() string {
	text := fmt.Sprintf("%s:%s: ", f.File, f.Pos)
	if f.Warning {
		text += "warning: "
	}
	text += f.Problem
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// Findings are what was found, in the order of the files.
type Findings []Finding

// Failed reports whether any finding is more than a warning.
func (f Findings) Failed() bool {
	return slices.ContainsFunc(f, func(x Finding) bool { return !x.Warning })
}

// Write prints the findings, a line each.
func (f Findings) Write(w io.Writer) error {
	for _, x := range f {
		if _, err := fmt.Fprintln(w, x); err != nil {
			return fmt.Errorf("write findings: %w", err)
		}
	}
	return nil
}

// Error is the mistakes in one text, so that Findings can be an error's cause.
func (f Findings) Error() string {
	var lines []string
	for _, x := range f {
		if !x.Warning {
			lines = append(lines, x.String())
		}
	}
	return strings.Join(lines, "\n")
}

func (f Findings) sorted() Findings {
	slices.SortStableFunc(f, func(x, y Finding) int {
		switch {
		case x.File != y.File:
			return strings.Compare(x.File, y.File)
		case x.Pos.Before(y.Pos):
			return -1
		case y.Pos.Before(x.Pos):
			return 1
		}
		return 0
	})
	return f
}
