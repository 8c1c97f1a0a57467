package analytics

import (
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/store/storetest"
)

func BenchmarkParse(b *testing.B) {
	body := []byte(one(noon, pageView, `,"r":"https://search.example/?q=x","l":"de-DE","w":1920,"h":1080`))
	for b.Loop() {
		if _, err := parse(body, noon); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRequest is all that a request costs before its rows are stored.
func BenchmarkRequest(b *testing.B) {
	h := activitytest.Env(b, storetest.SQLite(b), policyOf(everyField), clock.At(noon), Kind{})
	c, u := collectorOf(h), newBrowser(h)
	u.accept()
	body := now(h, pageView, `,"r":"https://search.example/?q=x","l":"de-DE","w":1920,"h":1080`)
	u.send(body)
	r := u.request(body)
	p := c.current()
	for b.Loop() {
		st := h.Consent.State(r)
		events, err := parse([]byte(body), noon)
		if err != nil {
			b.Fatal(err)
		}
		v, err := c.visit(r, p, st.Decision)
		if err != nil {
			b.Fatal(err)
		}
		c.rows(p, v, r, events)
	}
}
