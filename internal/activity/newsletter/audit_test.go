package newsletter_test

import (
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/duty/audit"
)

// The audit counts the proofs of consents with SQL of its own, whatever this room
// believes of them.
func TestTheAuditFindsAConsentWithoutItsProof(t *testing.T) {
	for _, fault := range []struct{ name, plant, says, table string }{
		{"sound", "", "", ""},
		{"a lost proof", "delete from newsletter_proof", "without a proof", "newsletter_subscriber"},
		{"a proof without its leaf", "update newsletter_proof set confirm_leaf = null, confirmed_at = null", "without a leaf", "newsletter_proof"},
		{"a proof with a leaf that is none", "update newsletter_proof set confirm_leaf = 'x'", "without a leaf", "newsletter_proof"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			each(t, func(t *testing.T, h *activitytest.House) {
				stays, left, waits := someone(h, 1), someone(h, 2), someone(h, 3)
				stays.subscribe()
				left.subscribe()
				left.press(left.link("/leave/"))
				waits.order()
				h.Work()
				if fault.plant != "" {
					if _, err := h.DB.ExecContext(t.Context(), fault.plant+" where subject = $1", stays.subject()); err != nil {
						t.Fatal(err)
					}
				}
				consents := guaranteeFour(t, h)
				if fault.says == "" {
					if consents.Verdict != audit.Verified || len(consents.Findings) > 0 {
						t.Errorf("%+v", consents)
					}
					return
				}
				if len(consents.Findings) != 1 {
					t.Fatalf("%+v", consents)
				}
				if f := consents.Findings[0]; f.Count != 1 || f.Table != fault.table || !strings.Contains(f.What, fault.says) || f.Remedy == "" {
					t.Errorf("%+v", f)
				}
			})
		})
	}
}

func guaranteeFour(t *testing.T, h *activitytest.House) audit.Guarantee {
	t.Helper()
	a, err := audit.Open(t.Context(), audit.Config{DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r.Guarantees[3]
}
