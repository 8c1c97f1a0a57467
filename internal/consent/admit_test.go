package consent

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store/storetest"
)

func TestDecisionsOfOneNetworkAreLimited(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	admitted := func(from string) (n int) {
		r := httptest.NewRequest(http.MethodPost, "/privacy/choice", nil)
		r.RemoteAddr = from
		for range 1000 {
			switch err := h.Admit(r); {
			case err == nil:
				n++
			case !fault.Is(err, fault.TooMany):
				t.Fatal(err)
			}
		}
		return n
	}
	if n := admitted("203.0.113.7:4711"); n != decisionsAtOnce {
		t.Errorf("%d at once, want %d", n, decisionsAtOnce)
	}
	if n := admitted("203.0.113.8:4711"); n != decisionsAtOnce {
		t.Errorf("%d at once from the neighbour, want %d", n, decisionsAtOnce)
	}
	h.clock.Advance(time.Second)
	if n := admitted("203.0.113.7:4712"); n != decisionsPerSecond {
		t.Errorf("%d in the next second, want %d", n, decisionsPerSecond)
	}
	if a, b := admitted("[2001:db8:1:2::1]:1"), admitted("[2001:db8:1:2:ffff::9]:1"); a != decisionsAtOnce || b != 0 {
		t.Errorf("%d and %d from one /64", a, b)
	}
	for _, own := range []string{"127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"} {
		if n := admitted(own); n != 1000 {
			t.Errorf("%d from %s", n, own)
		}
	}
}
