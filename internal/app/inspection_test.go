package app

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What the audit asks of the site is no visit: it leaves no line in the access
// log, and what its page loads does not count as seen again.
func TestAnAuditLeavesNoTraceInLogAndDrift(t *testing.T) {
	h := solo(t, func(h *house) {
		h.config.Site = upstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte(`<!doctype html><title>x</title><script src="https://unknown.example/x.js"></script>`))
		})
	})
	held := func() (n int64) {
		all, err := h.Gateway.Drift(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			n += d.Count
		}
		return n
	}
	h.knock()
	eventually(t, "what was held back", func() bool { return held() == 1 })
	h.clock.Advance(time.Hour)
	if _, err := h.Audit.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.knock() // one more, behind whatever the audit left
	eventually(t, "what was held back again", func() bool { return held() >= 2 })
	if lines, seen := len(h.logged()), held(); lines != 2 || seen != 2 {
		t.Errorf("%d lines and %d things held back after two requests and an audit", lines, seen)
	}
}

// What was held back once is told apart from what pages still do.
func TestTheAuditSaysWhetherDriftStillHappens(t *testing.T) {
	h := solo(t, func(h *house) {
		h.config.Site = upstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte(`<!doctype html><title>x</title><script src="https://unknown.example/x.js"></script>`))
		})
	})
	held := func() (since, still int64) {
		report, err := h.Audit.Run(t.Context())
		fatal(t, err)
		for _, c := range report.Guarantees[2].Checks {
			switch {
			case c.Table != "gateway_drift":
			case strings.HasPrefix(c.What, "of them"):
				still = c.Counted
			default:
				since = c.Counted
			}
		}
		return since, still
	}
	h.knock()
	eventually(t, "what was held back", func() bool {
		_, err := h.Gateway.Drift(t.Context())
		fatal(t, err)
		since, still := held()
		return since == 1 && still == 1
	})
	h.clock.Advance(8 * 24 * time.Hour)
	if since, still := held(); since != 1 || still != 0 {
		t.Errorf("eight days later: %d since, %d still", since, still)
	}
}
