package policy_test

import (
	"os"
	"testing"

	"kept/internal/policy"
)

func TestTheAgencysPolicyPasses(t *testing.T) {
	src, err := os.ReadFile("../../examples/alleherzen/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load("policy.yaml", src, words(), today)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for _, group := range []string{"comfort", "statistics", "media", "marketing"} {
		if p.Group(group) == nil {
			t.Errorf("nothing belongs to %s", group)
		}
	}
}
