package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/duty/change"
	"kept/internal/policy"
)

// raw is what no person should read: a key of a catalog, a Go value.
var raw = regexp.MustCompile(`change\.[a-z]|label\.|map\[|\{[^}]*\}|%!|<nil>|\bP\d+[YMD]\b`)

// Between any two of the policies that Kept comes with, everything that differs is
// said in words, and nothing differs between one and itself.
func TestTheExamplesCanBeCompared(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/*/policy.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var policies []*policy.Policy
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, findings := policy.Load(file, src, app.Vocabulary(), clock.System.Now())
		if findings.HasErrors() {
			t.Fatal(findings)
		}
		policies = append(policies, p)
	}
	for _, old := range policies {
		for _, next := range policies {
			for _, lang := range policy.Languages {
				r := change.Between(old, next, lang)
				if (old == next) != (len(r.Changes) == 0) || (old == next) == r.Matters() {
					t.Errorf("%s → %s: %d changes", old.File, next.File, len(r.Changes))
				}
				var text bytes.Buffer
				if err := r.Text(&text); err != nil {
					t.Fatal(err)
				}
				if found := raw.FindString(text.String()); found != "" {
					t.Errorf("%s → %s says %q in\n%s", old.File, next.File, found, text.String())
				}
			}
		}
	}
}
