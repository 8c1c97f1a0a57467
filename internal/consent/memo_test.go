package consent

import (
	"net/http"
	"testing"

	"kept/internal/store/storetest"
)

// What is remembered of a cookie obeys everything that changes around it: the
// policy, the clock, the signal, a withdrawal.
func TestARememberedCookieObeysWhatChanges(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	value := CookieName + "=" + h.browser().decide(Request{All: true}).Cookie.Value
	ask := func(want bool, what string) {
		t.Helper()
		for range 2 {
			if st := h.State(with(value)); st.AllowsGroup("marketing") != want {
				t.Errorf("%s: %v", what, st)
			}
		}
	}
	ask(true, "accepted")
	signalled := with(value)
	signalled.Header = http.Header{"Cookie": {value}, "Sec-Gpc": {"1"}}
	if st := h.State(signalled); st.AllowsGroup("marketing") {
		t.Errorf("with the signal: %v", st)
	}
	ask(true, "without it again")
	first := h.policy.Load()
	h.enforce(load(t, "Ads Ltd", "Ads Inc"))
	ask(false, "asked for something else")
	h.enforce(first)
	ask(true, "asked as before")
	start := h.clock.Now()
	h.clock.Set(start.AddDate(2, 0, 0))
	ask(false, "two years later")
	h.clock.Set(start)
	ask(true, "back in time")
	st := h.State(with(value))
	b := h.browser()
	b.cookies[CookieName] = &http.Cookie{Name: CookieName, Value: value[len(CookieName)+1:]}
	b.decide(Request{Previous: st})
	ask(false, "withdrawn")
}
