package app

import (
	"strings"
	"testing"

	"kept/internal/policy"
)

// A policy that was taken when the checks asked for less is still carried out
// and audited by the commands beside a serving process.
func TestAStoredPolicyThatTodaysChecksRefuseGoesOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, source, err := h.InForce.Last(t.Context())
		fatal(t, err)
		before := strings.Replace(string(source), "group: statistics", "group: forgotten", 1)
		p, findings := policy.Load("before", []byte(before), Vocabulary(), h.clock.Now())
		if p == nil || !findings.HasErrors() {
			t.Fatal("today's checks pass this policy")
		}
		h.stop()
		a, err := OpenPlatform(t.Context(), h.config.Place)
		fatal(t, err)
		_, err = a.DB.ExecContext(t.Context(), "update policy_version set source = $1, hash = $2", before, p.Hash)
		fatal(t, err)
		fatal(t, a.Close())
		stored, err := OpenStored(t.Context(), h.config.Place)
		fatal(t, err)
		if _, err := stored.Retain.Plan(t.Context()); err != nil {
			t.Errorf("retain: %v", err)
		}
		if _, err := stored.Audit.Run(t.Context()); err != nil {
			t.Errorf("audit: %v", err)
		}
		fatal(t, stored.Close())
		h.start() // with the file that passes
		if !strings.Contains(h.log.String(), "by today's checks") {
			t.Errorf("nobody is told what today's checks find:\n%s", h.log)
		}
	})
}

// What a command writes to people leads to the doors of the instance that serves
// beside it.
func TestACommandKnowsTheDoorsOfItsInstance(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		site := h.SiteURL()
		h.stop()
		stored, err := OpenStored(t.Context(), h.config.Place)
		fatal(t, err)
		if got := stored.Mail.Link("/privacy"); site == "" || got != site+"/privacy" {
			t.Errorf("a command writes %q; the site is at %q", got, site)
		}
		fatal(t, stored.Close())
		h.start()
	})
}
