package policy

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/policy/source"
)

// maxFindings bounds what is reported of one file; a file with more mistakes is
// mended in rounds.
const maxFindings = 500

// reporter gathers findings about one file.
type reporter struct {
	file     string
	src      []byte
	findings Findings
	seen     map[string]bool
	outlines map[*source.Node]*outline // only while the language itself is read

	// partial says that a part of the file could not be read. What is missing
	// may be there then, and nothing is called undeclared or unused.
	partial bool
}

// report adds a finding under code; reason and remedy are the code's own.
func (r *reporter) report(code string, at Pos, format string, args ...any) {
	r.reportFix(code, at, "", format, args...)
}

// reportFix is report with a remedy that fits this very place.
func (r *reporter) reportFix(code string, at Pos, remedy, format string, args ...any) {
	e, ok := Explain(code)
	if !ok {
		panic("policy: no explanation for " + code)
	}
	if remedy == "" {
		remedy = e.Remedy
	}
	f := Finding{
		Code: code, Severity: e.Severity, File: r.file, Pos: at,
		Problem: fmt.Sprintf(format, args...), Reason: e.Reason, Remedy: remedy,
	}
	key := fmt.Sprint(f.Code, f.Pos, f.Problem)
	if r.seen[key] {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	r.findings = append(r.findings, f)
}

// done returns the findings in the order of the file, with excerpts.
func (r *reporter) done() Findings {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		switch {
		case a.Pos.Before(b.Pos):
			return -1
		case b.Pos.Before(a.Pos):
			return 1
		}
		return strings.Compare(a.Code, b.Code)
	})
	if more := len(r.findings) - maxFindings; more > 0 {
		last := r.findings[maxFindings]
		r.findings = r.findings[:maxFindings]
		r.report("K110", last.Pos, "%d more findings are not shown", more)
	}
	lines := source.Split(r.src)
	for i := range r.findings {
		f := &r.findings[i]
		if f.Excerpt = lines.Excerpt(f.Pos); f.Excerpt != "" {
			f.End = lines.End(f.Pos)
		}
	}
	return r.findings
}
