package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/i18n"
)

// MC26: holds are placed, listed and lifted at the console, on a ground of the policy.
func TestPromise_MC26_HoldsAreKeptAtTheConsole(t *testing.T) {
	on(t, []string{"m365connect"}, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.view("/")
		h.settle()
		p := h.decided()
		desk := h.owner()
		until := h.clock.Now().AddDate(1, 0, 0).Format("2006-01-02")
		if got := desk.post(h.ConsoleURL()+"/holds", url.Values{"person": {p.Subjects[0]}, "until": {until}, "reason": {"because"}}); got.StatusCode != http.StatusBadRequest {
			t.Errorf("a hold without a ground: %s", got.Status)
		}
		if got := desk.post(h.ConsoleURL()+"/holds", url.Values{"person": {p.Subjects[0]}, "ground": {"limitation"}, "until": {until}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("a hold: %s %s", got.Status, got.body)
		}
		page := desk.get(h.ConsoleURL() + "/holds?lang=en")
		if !strings.Contains(page.body, "evidence for the regular period of limitation") && !strings.Contains(page.body, "regelmäßigen Verjährung") {
			t.Errorf("the hold is not listed: %s", page.body)
		}
		if day := i18n.DateIn(h.clock.Now().AddDate(1, 0, 0), time.UTC, "en"); !strings.Contains(page.body, day) {
			t.Errorf("not until %s: %s", day, page.body)
		}
		holds, err := h.Subjects.Holds(t.Context())
		if err != nil || len(holds) != 1 {
			t.Fatalf("%+v, %v", holds, err)
		}
		if got := desk.post(h.ConsoleURL()+"/holds/"+holds[0].ID, nil); got.StatusCode != http.StatusSeeOther {
			t.Errorf("lift: %s", got.Status)
		}
		if page := desk.get(h.ConsoleURL() + "/holds?lang=en"); !strings.Contains(page.body, "No deletion is suspended.") {
			t.Error("the hold still stands")
		}
	})
}
