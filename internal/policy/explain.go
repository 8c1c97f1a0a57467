package policy

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:generate go run ./reference ../../docs/reference/checks.md

// Explanation is what a code stands for.
type Explanation struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`  // what is wrong, in general
	Reason   string   `json:"reason"` // why it matters, with article or paragraph
	Remedy   string   `json:"remedy"` // how to mend it
	Wrong    string   `json:"wrong"`  // an example in YAML that is found
	Right    string   `json:"right"`  // the same, mended
}

// Explain returns what code stands for; ok is false if there is no such code.
func Explain(code string) (e Explanation, ok bool) {
	e, ok = byCode[code]
	return e, ok
}

// Codes returns every code, in order.
func Codes() []Explanation { return slices.Clone(explanations) }

var explanations = slices.Concat(formCodes, basisCodes, groundCodes, dataCodes, recipientCodes, serviceCodes, noticeCodes, organisationCodes)

var byCode = func() map[string]Explanation {
	m := make(map[string]Explanation, len(explanations))
	for _, e := range explanations {
		m[e.Code] = e
	}
	return m
}()

// Write prints the explanation for people, with its examples.
func (e Explanation) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n\n  why: %s\n  fix: %s\n", e.Severity, e.Code, e.Title, e.Reason, e.Remedy)
	for _, example := range []struct{ title, yaml string }{{"wrong", e.Wrong}, {"right", e.Right}} {
		if example.yaml == "" {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n\n", example.title)
		for line := range strings.Lines(example.yaml) {
			b.WriteString("    " + line)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the explanation of %s: %w", e.Code, err)
	}
	return nil
}
