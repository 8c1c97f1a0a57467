package newsletter_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
)

func TestManifestIsConsistent(t *testing.T) {
	m := newsletter.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// A person orders, confirms and changes their details.
func TestTheKindIsAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, newsletter.Kind{}, activitytest.Config{
		Policy: policyOf,
		Fields: allFields,
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			planted := activitytest.Planted{Values: map[string]string{"email": p.email, "first_name": p.first, "last_name": p.last, "company": "Other" + p.company}}
			if status, _ := p.order(); status != http.StatusOK {
				return planted
			}
			p.press(p.link("/confirm/"))
			details := p.link("/details/")
			p.ask(http.MethodPost, details, url.Values{"first": {p.first}, "last": {p.last}, "company": {"Other" + p.company}, "language": {"en"}})
			h.Work()
			planted.Subject = p.subject()
			return planted
		},
		Use: func(h *activitytest.House, p activitytest.Planted) { // the address orders once more: its owner is told
			h.Clock.Advance(25 * time.Hour)
			again := someone(h, 0)
			again.email = p.Values["email"]
			again.order()
		},
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			var id string
			if err := h.DB.QueryRowContext(h.T.Context(), "select id from newsletter_subscriber where subject = $1", p.Subject).Scan(&id); err != nil {
				h.T.Fatal(err)
			}
			looks := []*http.Request{
				httptest.NewRequest(http.MethodGet, "/newsletter/subscriber/"+id, nil),
				httptest.NewRequest(http.MethodGet, "/newsletter/subscribers", nil),
				httptest.NewRequest(http.MethodGet, "/newsletter/proof/"+id, nil),
			}
			for _, text := range []string{p.Values["email"], p.Values["last_name"]} {
				r := httptest.NewRequest(http.MethodPost, "/newsletter", strings.NewReader(url.Values{"search": {text}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				looks = append(looks, r)
			}
			return append(looks, httptest.NewRequest(http.MethodPost, "/newsletter/export", strings.NewReader(url.Values{}.Encode())))
		},
		Nobody: append([]string{"/newsletter/campaigns/{id}/letters/{state}" /* in TestLettersAreAsEveryKindIs */}, aboutNobody...),
	})
}

// aboutNobody are pages of the console that show nobody's data.
var aboutNobody = []string{"/newsletter/segments/{id}", "/newsletter/campaigns/{id}", "/newsletter/campaigns/{id}/edit", "/newsletter/campaigns/{id}/preview", "/newsletter/campaigns/{id}/letter"}
