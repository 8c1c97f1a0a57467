package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/policy/schema/schematest"
)

// An editor underlines nothing in the policies that Kept comes with, and finds
// what is not of the language, by the words of the kinds that this program has.
func TestTheExamplesFollowTheSchema(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/policy.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, draft := range schematest.Drafts {
		s := schematest.Compile(t, app.Vocabulary(), draft)
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check(src); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestTheSchemaKnowsTheKinds(t *testing.T) {
	src, err := os.ReadFile("../../examples/alleherzen/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := schematest.Compile(t, app.Vocabulary(), schematest.Drafts[0])
	for _, c := range []struct{ name, old, wrong string }{
		{"a field of another kind", "data: [ip_address, provider,", "data: [ip_address, email, provider,"},
		{"a moment of another kind", "{from: collection, keep: 1 year", "{from: unsubscribe, keep: 1 year"},
		{"an unknown setting", "rate_limit: {requests", "rate_limits: {requests"},
		{"a setting of the wrong form", "{requests: 50,", "{requests: many,"},
		{"an entry that is no kind", "  analytics:\n", "  analytic:\n"},
		{"another kind", "  analytics:\n", "  analytics:\n    kind: access-log\n"},
		{"an unknown purpose", "purpose: analytics.reporting", "purpose: analytics.reports"},
		{"a basis that the kind does not run under", "basis: consent", "basis: contract"},
		{"too much of an address", "{ipv4: 16, ipv6: 48}", "{ipv4: 32, ipv6: 48}"},
		{"a cookie without a lifetime", "        lifetime: 6 months\n", ""},
		{"no period", "keep: 14 months", "keep: fourteen months"},
		{"no country", "country: IE", "country: Ireland"},
	} {
		wrong := strings.Replace(string(src), c.old, c.wrong, 1)
		if wrong == string(src) {
			t.Fatalf("%s: the example does not hold %q", c.name, c.old)
		}
		if s.Check([]byte(wrong)) == nil {
			t.Errorf("%s: the schema finds nothing", c.name)
		}
	}
}
