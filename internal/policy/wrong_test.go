package policy_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/policy"
)

var update = flag.Bool("update", false, "write what is found as the golden files")

// Every wrong policy is reported exactly as its golden file says; a change of
// words shows up in review.
func TestWrongPolicies(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	found := map[string]bool{"K101": true} // a large file; TestAFileTooLarge
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := policy.Load(name+".yaml", src, words(), today)
		for _, f := range findings {
			found[f.Code] = true
		}
		var got bytes.Buffer
		if err := findings.Write(&got); err != nil {
			t.Fatal(err)
		}
		compare(t, strings.TrimSuffix(file, ".yaml")+".golden", got.Bytes())
	}
	for _, e := range policy.Codes() {
		if !found[e.Code] {
			t.Errorf("no wrong policy shows %s (%s)", e.Code, e.Title)
		}
	}
}

// compare holds got against a golden file, or writes it with -update.
func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}
