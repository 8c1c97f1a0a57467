package policy_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"kept/internal/policy"
)

// FuzzRead throws anything at the reader and the checks: no panic, every
// finding explained and at a place of the file, and a policy that passes reads
// the same again.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "../../examples/alleherzen/policy.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	vocabulary := words()
	f.Fuzz(func(t *testing.T, src []byte) {
		p, findings := policy.Load("fuzz.yaml", src, vocabulary, today)
		for _, x := range findings {
			if _, ok := policy.Explain(x.Code); !ok || x.Problem == "" || x.Line < 1 || x.Column < 1 {
				t.Fatalf("%+v", x)
			}
			if utf8.Valid(src) && !utf8.ValidString(x.Problem+x.Excerpt) {
				t.Fatalf("a finding is no text: %q", x.Problem)
			}
		}
		if err := findings.Write(io.Discard); err != nil {
			t.Fatal(err)
		}
		if findings.HasErrors() {
			return
		}
		again, _ := policy.Load("fuzz.yaml", src, vocabulary, today)
		if again.Hash != p.Hash {
			t.Fatal("one file has two hashes")
		}
		for _, g := range p.Groups {
			if p.Scope(g.Key) == "" {
				t.Fatalf("group %s has no scope", g.Key)
			}
		}
	})
}
