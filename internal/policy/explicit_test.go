package policy_test

import (
	"slices"
	"strings"
	"testing"

	"kept/internal/policy"
)

// Express consent is a word of the policy's; on another basis there is nothing to
// consent to.
func TestExpressConsentIsDeclared(t *testing.T) {
	src := onBase("activities:\n  newsletter:\n    purpose: marketing.communications.email\n    basis: consent\n    explicit: true\n    group: marketing\n    data: [email, proof]\n    retention: [{from: unsubscribe, keep: 1 day, then: delete}]\n")
	p, f := policy.Load("explicit.yaml", []byte(src), words(), today)
	if f.HasErrors() || !p.Activity("newsletter").Explicit {
		t.Fatal(f)
	}
	plain, _ := policy.Load("plain.yaml", []byte(strings.Replace(src, "    explicit: true\n", "", 1)), words(), today)
	if p.Scope("marketing") == plain.Scope("marketing") || p.Hash == plain.Hash {
		t.Error("people who consented to something else are not asked again")
	}
	_, f = policy.Load("explicit.yaml", []byte(onBase(hostedLog("explicit: true"))), words(), today)
	if !slices.Contains(codesOf(f), "K212") {
		t.Error(f)
	}
}
