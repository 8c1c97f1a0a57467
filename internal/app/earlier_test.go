package app

import (
	"os"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
)

const (
	earlierName = "name: Musteragentur GmbH"
	laterName   = "name: Neue Agentur GmbH"
)

// A node that starts with a file that was forgotten there does not put the
// earlier text in force for all: it does not start.
func TestAForgottenFileDoesNotReturnToAnEarlierPolicy(t *testing.T) {
	here, there := two(t)
	forgotten, err := os.ReadFile(here.config.Policy)
	fatal(t, err)
	there.stop()
	here.edit(earlierName, laterName)
	fatal(t, here.Reload(t.Context()))
	now := here.InForce.Now().Hash

	there.config.Policy = t.TempDir() + "/policy.yaml"
	fatal(t, os.WriteFile(there.config.Policy, forgotten, 0o600))
	there.config.Data = t.TempDir()
	a, err := Open(t.Context(), there.config)
	if err == nil {
		fatal(t, a.Close())
	}
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--take-back "+now[:12]) {
		t.Errorf("the start says: %v", err)
	}
	if in, _, err := here.InForce.Last(t.Context()); err != nil || in != now {
		t.Errorf("in force is %s (%v)", in, err)
	}
}

// A person can return to an earlier text, by name and once; the ledger says so.
func TestAReturnToAnEarlierPolicyIsExplicit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.InForce.Now().Hash
		h.edit(earlierName, laterName)
		fatal(t, h.Reload(t.Context()))
		second := h.InForce.Now().Hash
		h.edit(laterName, earlierName)
		h.clock.Advance(time.Hour)
		if err := h.Reload(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Errorf("the signal returns to an earlier text: %v", err)
		}
		h.stop()

		h.config.TakeBack = first[:12] // not what is in force
		a, err := Open(t.Context(), h.config)
		if err == nil {
			fatal(t, a.Close())
			t.Error("another name than that of the policy in force lets it return")
		}
		h.config.TakeBack = second[:12]
		h.start()
		if got := h.InForce.Now().Hash; got != first {
			t.Errorf("in force is %s, wanted %s", got, first)
		}
		h.settle()
		if leaf := h.wantLeaf("policy.taken"); !strings.Contains(string(leaf.Facts), `"back":true`) {
			t.Errorf("the leaf says %s", leaf.Facts)
		}

		h.edit(earlierName, laterName) // and forward again, which is a return too
		h.config.TakeBack = ""
		if err := h.Reload(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Errorf("one word allows a second return: %v", err)
		}
		h.audit("after a return")
	})
}
