package app

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// offering gives an instance a price list.
func offering(h *house) {
	h.config.Plans = filepath.Join(h.dir, "plans.yaml")
	fatal(h.t, os.WriteFile(h.config.Plans, []byte(`currency: EUR
vat: 19%
seller: {vat_id: DE123456789}
plans:
  team: {title: {de: Team, en: Team}, price: 29.00, term: 1 month, trial: 30 days}
`), 0o600))
}

// order is what a customer fills in.
func order(way string) url.Values {
	return url.Values{"plan": {"team"}, "way": {way}, "company": {"Maschinenbau Süd GmbH"}, "name": {"Adalena Lovelock"}, "street": {"Werkweg 12"}, "city": {"72070 Tübingen"},
		"country": {"DE"}, "tenant": {"firma.onmicrosoft.com"}, "billing": {"rechnung@firma.example"}, "business": {"yes"}, "agreed": {"yes"}}
}

// announcements are the mails to an address that say that data goes.
func (h *house) announcements(to string) (all []string) {
	h.t.Helper()
	for _, m := range h.sink.To(to) {
		if title := m.Read().Title; strings.Contains(title, "we delete data about you") || strings.Contains(title, "löschen wir Daten von Ihnen") {
			all = append(all, m.Read().Text)
		}
	}
	return all
}

// The whole instance, under the whole policy of the contact synchronisation: who began
// a trial at the portal is told ten days before it expires, once, and ninety days after
// the expiry all of it is gone.
func TestPromise_CS07_CS08_FromTheTrialToTheLastDay(t *testing.T) {
	on(t, []string{"contactsync"}, func(t *testing.T, h *house) {
		b := h.registered("ada@firma.example", "a short sentence is fine")
		if got := b.post(h.PortalURL()+"/subscription/order", order("trial")); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("order: %s\n%s", got.Status, got.body)
		}
		if page := b.get(h.PortalURL() + "/subscription"); !strings.Contains(page.body, "Maschinenbau Süd GmbH") {
			t.Errorf("my subscription: %s\n%s", page.Status, page.body)
		}
		expires := h.clock.Now().AddDate(0, 0, 30)
		h.live(expires.AddDate(0, 0, -10).Add(-15*time.Minute), week)
		if n := len(h.announcements("ada@firma.example")); n != 0 {
			t.Errorf("%d announcements more than ten days before", n)
		}
		h.live(expires.AddDate(0, 0, -10).Add(15*time.Minute), time.Hour)
		said := h.announcements("ada@firma.example")
		if len(said) != 1 {
			t.Fatalf("%d announcements ten days before", len(said))
		}
		for _, link := range []string{"/subscription", "/account"} {
			if !strings.Contains(said[0], h.PortalURL()+link) {
				t.Errorf("it does not lead to %s:\n%s", link, said[0])
			}
		}
		if strings.Count(said[0], "\n- ") < 2 {
			t.Errorf("it names no two things that go or stay:\n%s", said[0])
		}
		h.audit("after the announcement")
		h.live(expires.AddDate(0, 0, 90).Add(-time.Hour), week)
		if n := h.count("select count(*) from subscription where company is not null"); n != 1 {
			t.Errorf("%d subscriptions an hour before", n)
		}
		h.live(expires.AddDate(0, 0, 90).Add(time.Hour), time.Hour)
		for _, table := range []string{"subscription", "account", "account_customer", "account_member"} {
			if n := h.count("select count(*) from " + table); n != 0 {
				t.Errorf("%d rows of %s after ninety days", n, table)
			}
		}
		if n := h.count("select count(*) from subscription_order where content is not null"); n != 1 {
			t.Errorf("%d orders, which stay", n)
		}
		if n := len(h.announcements("ada@firma.example")); n != 1 {
			t.Errorf("%d announcements in all", n)
		}
		h.audit("after ninety days")
	}, patient, offering)
}

// Tenants never see each other's invoices, and who only sets things up sees none.
func TestInvoicesAreTheCustomersOwn(t *testing.T) {
	on(t, []string{"contactsync"}, func(t *testing.T, h *house) {
		b, other := h.registered("ada@firma.example", "a short sentence is fine"), h.registered("eve@andere.example", "a short sentence is fine")
		if got := b.post(h.PortalURL()+"/subscription/order", order("invoice")); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("order: %s\n%s", got.Status, got.body)
		}
		page := b.get(h.PortalURL() + "/subscription").body
		_, id, found := strings.Cut(page, "/subscription/invoices/")
		if !found {
			t.Fatal(page)
		}
		path := h.PortalURL() + "/subscription/invoices/" + id[:26]
		if got := b.get(path); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.body, "%PDF-") {
			t.Errorf("my invoice: %s", got.Status)
		}
		if got := other.get(path); got.StatusCode != http.StatusNotFound || strings.Contains(got.body, "Maschinenbau") {
			t.Errorf("somebody else's: %s", got.Status)
		}
		if got := h.stranger().get(path); got.StatusCode == http.StatusOK {
			t.Errorf("nobody's: %s", got.Status)
		}
		if got := other.get(h.PortalURL() + "/subscription"); strings.Contains(got.body, "Maschinenbau") {
			t.Error("the page of another customer shows mine")
		}
		page = h.owner().get(h.ConsoleURL() + "/subscriptions").body
		if !strings.Contains(page, "R2026-0001") || strings.Contains(page, "Maschinenbau") {
			t.Errorf("the console's list:\n%s", page)
		}
	}, patient, offering)
}
