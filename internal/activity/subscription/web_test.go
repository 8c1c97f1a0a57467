package subscription_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/activity/subscription"
)

// A customer's way through the pages, from the first look to the cancellation.
func TestACustomersWayThroughThePages(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		_, page := s.ask(m, http.MethodGet, "/subscription", nil)
		for _, says := range []string{"Sie haben noch nichts abonniert", "30 Tage kostenlos testen", "29,00 EUR netto je Monat", "mit 19 % Umsatzsteuer: 34,51 EUR", "290,00 EUR netto je Jahr"} {
			if !strings.Contains(said(page), says) {
				t.Errorf("the first look does not say %q:\n%s", says, said(page))
			}
		}
		if status, _ := s.ask(m, http.MethodGet, "/subscription/order?plan=team&way=card", nil); status != http.StatusNotFound {
			t.Errorf("a way to pay that the policy does not name: %d", status)
		}
		_, page = s.ask(m, http.MethodGet, "/subscription/order?plan=team&way=invoice", nil)
		if !strings.Contains(page, "<button>Zahlungspflichtig bestellen</button>") || !strings.Contains(said(page), "Ich bestelle für ein Unternehmen") {
			t.Errorf("the order:\n%s", page)
		}
		d := details(1)
		form := url.Values{"plan": {"team"}, "way": {"invoice"}, "company": {`<script>alert("x")</script>`}, "name": {d.Name}, "street": {d.Address.Street}, "city": {d.Address.City}, "country": {"DE"}, "tenant": {d.Tenant}}
		status, page := s.ask(m, http.MethodPost, "/subscription/order", form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(said(page), "Ohne Ihre Zustimmung") || !strings.Contains(page, d.Address.Street) || strings.Contains(page, "<script>") {
			t.Errorf("without agreeing: %d\n%s", status, said(page))
		}
		form.Set("business", "yes")
		form.Set("agreed", "yes")
		if status, page = s.ask(m, http.MethodPost, "/subscription/order", form); status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", status, said(page))
		}
		x := s.subscribed(m)
		for _, path := range []string{"/subscription?done=order", "/subscription?done=nonsense", "/subscription/change?plan=company", "/subscription/change?plan=large", "/subscription/cancel"} {
			if status, page := s.ask(m, http.MethodGet, path, nil); status != http.StatusOK || strings.Contains(page, "<script>") || strings.Contains(page, "subscription.") {
				t.Errorf("%s: %d\n%s", path, status, page)
			}
		}
		if status, page := s.staff(http.MethodGet, "/subscriptions/"+x.ID, nil); status != http.StatusOK || strings.Contains(page, "<script>") || !strings.Contains(page, "R2026-0001") {
			t.Errorf("the console: %d\n%s", status, page)
		}
		for _, step := range []struct {
			path string
			form url.Values
		}{{"/subscription/change", url.Values{"plan": {"large"}}}, {"/subscription/cancel", nil}, {"/subscription/resume", nil}} {
			if status, page := s.ask(m, http.MethodPost, step.path, step.form); status != http.StatusSeeOther {
				t.Errorf("%s: %d %s", step.path, status, said(page))
			}
		}
		asked, page := s.staff(http.MethodGet, "/subscriptions/invoices/R2026-0001/cancel", nil)
		if asked != http.StatusOK || !strings.Contains(said(page), "Rechnung R2026-0001 stornieren?") || !strings.Contains(page, "/subscriptions/"+x.ID) || strings.Contains(page, d.Name) {
			t.Errorf("before an invoice is cancelled: %d\n%s", asked, said(page))
		}
		if n := s.count("select count(*) from subscription_invoice where cancels is not null"); n != 0 {
			t.Error("looking at the question cancels the invoice")
		}
		if status, _ := s.staff(http.MethodPost, "/subscriptions/invoices/R2026-0001/pay", url.Values{"paid": {"2026-11-21"}}); status != http.StatusSeeOther {
			t.Errorf("note a payment: %d", status)
		}
		if _, page := s.staff(http.MethodGet, "/subscriptions", nil); strings.Contains(page, "R2026-0001") || !strings.Contains(page, "R2026-0002") || strings.Contains(page, d.Name) {
			t.Errorf("the list:\n%s", page)
		}
		if status, page := s.staff(http.MethodPost, "/subscriptions/export", url.Values{"from": {"2026-01-01"}, "to": {"2026-12-31"}}); status != http.StatusOK || !strings.Contains(page, "R2026-0002;") {
			t.Errorf("export: %d %s", status, page)
		}
	})
}

// What was agreed can be read afterwards as it was then, with the other party's name,
// whatever the policy says by now.
func TestWhatWasAgreedStaysReadable(t *testing.T) {
	text := strings.Replace(policyOf(allFields), "activities:\n", `recipients:
  hosting: {name: Neckarrechner GmbH, address: "Uferweg 2, 70372 Stuttgart", country: DE, role: hosting, agreement: {kind: dpa, since: 2024-04-01}, category: {de: Betrieb der Server, en: hosting}}
activities:
`, 1)
	text = strings.Replace(text, "    basis: contract\n", "    basis: contract\n    on_behalf_of: {de: den Kunden, en: the customer}\n    recipients: {hosting: all}\n", 1)
	each(t, text, noon, func(t *testing.T, s *shop) {
		m, other := s.register(1), s.register(2)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		orders, err := s.office.Orders(t.Context(), m.Customer)
		if err != nil || len(orders) != 1 || orders[0].Agreement == "" || orders[0].Terms == "" || orders[0].Version != "2026-11-01" {
			t.Fatalf("%+v, %v", orders, err)
		}
		s.SetPolicy(strings.Replace(text, "version: 2026-11-01", "version: 2026-12-01", 1))
		path := "/subscription/documents/" + orders[0].Agreement
		_, page := s.ask(m, http.MethodGet, path, nil)
		for _, says := range []string{"Vereinbarung über die Verarbeitung im Auftrag", "Fassung 2026-11-01", "Kontaktabgleich Software GmbH", "Neckarrechner GmbH", "verschlüsselte Übertragung (TLS)", "Maschinenbau1 GmbH", "12 Monate nach", "Ansprechpartner"} {
			if !strings.Contains(said(page), says) {
				t.Errorf("the agreement does not say %q:\n%s", says, said(page))
			}
		}
		if _, page = s.ask(other, http.MethodGet, path, nil); strings.Contains(page, "Maschinenbau1") {
			t.Error("another customer sees who agreed")
		}
		if status, plain := s.ask(m, http.MethodGet, path+"/text", nil); status != http.StatusOK || strings.Contains(plain, "<") || strings.Contains(plain, "##") || !strings.Contains(plain, "Vereinbart mit Maschinenbau1 GmbH") {
			t.Errorf("%d\n%s", status, plain)
		}
		if en := s.office.Agreement("en"); en == nil || en.ID == orders[0].Agreement || !strings.Contains(en.Text, "Agreement on processing") {
			t.Errorf("%+v", en)
		}
	})
}

// Who only sets things up neither orders nor sees an invoice; nobody sees another
// customer's.
func TestWhoMayOrder(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m, other := s.register(1), s.register(2)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		mine := "/subscription/invoices/" + bills[0].ID
		for _, c := range []struct {
			role access.Role
			who  string
			want int
		}{{access.CustomerOwner, m.Customer, http.StatusOK}, {access.CustomerBilling, m.Customer, http.StatusOK}, {access.CustomerAdmin, m.Customer, http.StatusForbidden},
			{access.CustomerOwner, other.Customer, http.StatusNotFound}, {access.CustomerOwner, "", http.StatusForbidden}} {
			s.customers.role = c.role
			x := m
			x.Customer = c.who
			if status, page := s.ask(x, http.MethodGet, mine, nil); status != c.want || c.want != http.StatusOK && strings.Contains(page, "%PDF") {
				t.Errorf("%s for %q: %d, want %d", c.role, c.who, status, c.want)
			}
		}
		if got := s.subscribed(m); got.State(noon) != subscription.Active {
			t.Errorf("%+v", got)
		}
	})
}
