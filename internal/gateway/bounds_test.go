package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

// found returns the drift by element and name, its pages with spaces between.
func (h *house) found() map[string]string {
	h.t.Helper()
	list, err := h.Drift(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range list {
		key := d.Element + " " + d.Name
		found[key] = strings.TrimSpace(found[key] + " " + d.Page)
	}
	return found
}

func TestMadeUpCookiesDoNotBlindTheDrift(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/set" {
				w.Header().Set("Set-Cookie", "from_site=1")
			}
			site(visited).ServeHTTP(w, r)
		}), func(c *Config) { c.DB = db })
		for i := range maxNames / maxEnded {
			names := make([]string, maxEnded)
			for j := range names {
				names[j] = fmt.Sprintf("anna%d_%d=1", i, j)
			}
			h.get("/none", "Cookie: "+strings.Join(names, "; "), "Sec-Fetch-Dest: empty")
		}
		h.get("/set", document, "Cookie: _tag_anna=1; count_me=1")
		found := h.found()
		for _, want := range []string{"request cookie undeclared cookie of a request", "request cookie _tag*", "request cookie count_me", "cookie from_site", "img seal.example"} {
			if found[want] == "" {
				t.Errorf("%q is missing", want)
			}
		}
		for key := range found {
			if strings.Contains(key, "anna") {
				t.Errorf("a visitor's %q is kept", key)
			}
		}
	})
}

func TestEachOriginHasItsOwnPlaces(t *testing.T) {
	h := newHouse(t, site(""))
	for i := range 2 * maxNames {
		h.drifts.add("/", []Drift{{Name: fmt.Sprint(i), Element: cookieSet}, {Name: fmt.Sprint(i), Element: "img"}})
	}
	h.drifts.add("/", []Drift{{Name: "late", Element: cookieBrought}})
	found := h.found()
	if len(found) != 2*maxNames+1 || found["request cookie late"] == "" {
		t.Errorf("%d are told apart", len(found))
	}
}

func TestOnlyPagesOfTheSiteAreNamed(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if strings.HasPrefix(r.URL.Path, "/anna") {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, visited)
	}))
	h.get("/anna@example.org", document)
	h.get("/"+strings.Repeat("a", longestPath-2)+"%C3%A4%C3%A4", document)
	if got, want := h.found()["img seal.example"], "* /"+strings.Repeat("a", longestPath-2); got != want && got != "/"+strings.Repeat("a", longestPath-2)+" *" {
		t.Errorf("the pages are %q", got)
	}
}

func TestWhatIsNotSeenForThirtyDaysIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, site(visited), func(c *Config) { c.DB = db })
		h.get("/old", document)
		h.get("/again", document)
		h.clock.Advance(20 * 24 * time.Hour)
		h.get("/again", document)
		h.found()
		h.clock.Advance(11 * 24 * time.Hour)
		if got := h.found()["img seal.example"]; got != "/again" {
			t.Errorf("after 31 days the pages are %q", got)
		}
		var rows int
		if err := db.QueryRowContext(t.Context(), "select count(*) from gateway_drift where page = '/old'").Scan(&rows); err != nil || rows > 0 {
			t.Errorf("%d rows stay, %v", rows, err)
		}
		h.clock.Advance(20 * 24 * time.Hour)
		if h.found(); len(h.drifts.pages[ofPage]) > 0 {
			t.Errorf("the places of %v stay taken", h.drifts.pages[ofPage])
		}
	})
}
