package app

import (
	"strings"
	"testing"

	"kept/internal/store/storetest"
)

// A page below one of the navigation shows there where one is, and its link to the
// other language leads to itself.
func TestTheNavigationSaysWhereOneIs(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	owner := h.owner()
	for page, above := range map[string]string{
		"/bookings/setup": "/bookings", "/contact/form": "/contact", "/meetings/import": "/meetings",
		"/newsletter/campaigns": "/newsletter", "/newsletter/campaigns/new": "/newsletter", "/newsletter/lists": "/newsletter", "/newsletter/import": "/newsletter",
	} {
		body := owner.get(h.ConsoleURL() + page + "?lang=en").body
		if !strings.Contains(body, `href="`+above+`?lang=en" aria-current="page"`) {
			t.Errorf("on %s the navigation does not name %s", page, above)
		}
		if !strings.Contains(body, `href="`+page+`?lang=de" lang="de"`) {
			t.Errorf("%s has no link to itself in German", page)
		}
	}
}
