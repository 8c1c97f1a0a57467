package plan

import (
	"fmt"
	"strings"

	"kept/internal/policy/source"
)

// Finding is one mistake at a place of the file.
type Finding struct {
	File string `json:"file"`
	source.Pos
	Problem string `json:"problem"`
	Remedy  string `json:"remedy,omitempty"`
}

// String is file:line:column with problem and remedy.
func (f Finding) String() string {
	text := fmt.Sprintf("%s:%s: %s", f.File, f.Pos, f.Problem)
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// Findings are all mistakes of a file, in its order.
type Findings []Finding

// Error is the mistakes, a line each.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}
