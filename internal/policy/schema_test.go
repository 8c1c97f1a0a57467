package policy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kept/internal/policy"
	"kept/internal/policy/schema/schematest"
)

// formal are the codes whose fault an editor underlines by the schema alone.
var formal = []string{"K112", "K113", "K114", "K115", "K116", "K117", "K118", "K119", "K120", "K121", "K122", "K123", "K511"}

// Whatever passes the checks passes the schema: an editor underlines no right
// policy.
func TestRightExamplesFollowTheSchema(t *testing.T) {
	for _, draft := range schematest.Drafts {
		s := schematest.Compile(t, words(), draft)
		for _, e := range policy.Codes() {
			if e.Right == "" {
				continue
			}
			if err := s.Check([]byte(onBase(e.Right))); err != nil {
				t.Errorf("%s: %v\n%s", e.Code, err, e.Right)
			}
		}
		if err := s.Check([]byte(base)); err != nil {
			t.Error(err)
		}
	}
}

// A fault of form is found by the schema too.
func TestWrongFormsDoNotFollowTheSchema(t *testing.T) {
	s := schematest.Compile(t, words(), schematest.Drafts[0])
	for _, e := range policy.Codes() {
		if e.Wrong != "" && slices.Contains(formal, e.Code) && s.Check([]byte(onBase(e.Wrong))) == nil {
			t.Errorf("%s: the schema finds nothing in\n%s", e.Code, e.Wrong)
		}
	}
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := policy.Load(file, src, words(), today)
		i := slices.IndexFunc(findings, func(f policy.Finding) bool { return slices.Contains(formal, f.Code) })
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if i >= 0 && s.Check(src) == nil {
			t.Errorf("%s: the schema finds nothing, the check finds: %s", name, findings[i].Problem)
		}
	}
}
