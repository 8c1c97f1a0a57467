package app

import (
	"net/http"
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
