package newsletter_test

import (
	"net/http"
	"net/url"
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
	})
}
