package app

import (
	"net/http"
	"net/url"
	"testing"
)

// Choices from one address are limited also where the policy limits nothing; the
// page that offers them goes on.
func TestChoicesOfOneAddressAreLimited(t *testing.T) {
	h := solo(t)
	b := h.browser()
	b.header.Set("X-Forwarded-For", planted)
	refuse := url.Values{"choice": {"refuse"}, "source": {"settings"}, "lang": {"de"}}
	statuses := map[int]int{}
	for range 130 {
		statuses[b.post("/privacy/choice", refuse).StatusCode]++
	}
	if statuses[http.StatusTooManyRequests] != 30 || len(statuses) != 2 {
		t.Errorf("130 choices at once were answered %v", statuses)
	}
	if got := b.get("/privacy/settings"); got.StatusCode != http.StatusOK {
		t.Errorf("the settings: %s", got.Status)
	}
	other := h.browser()
	other.header.Set("X-Forwarded-For", "198.51.100.99")
	if got := other.post("/privacy/choice", refuse); got.StatusCode >= http.StatusBadRequest {
		t.Errorf("another address: %s", got.Status)
	}
}
