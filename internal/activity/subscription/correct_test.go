package subscription_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/activity/subscription"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
)

// Once the address of the registration is another one, mails go there: the old mailbox
// may be somebody else's by now.
func TestMailsFollowTheAddressOfTheRegistration(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		w := wish(m, 1, "team")
		w.Details.Billing = ""
		fatal(t, s.office.Buy(t.Context(), w))
		before := len(s.titles(m.Email))
		s.customers.addresses[m.Customer] = "neu@firma1.example"
		_, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		fatal(t, s.office.Resume(t.Context(), m))
		s.live(noon.AddDate(0, 1, 1))
		if got := s.titles(m.Email); len(got) != before {
			t.Errorf("the old address still gets %q", got)
		}
		if got := s.titles("neu@firma1.example"); !slices.Contains(got, "Rechnung R2026-0002") || !slices.Contains(got, "Ihre Kündigung ist zurückgenommen") {
			t.Errorf("the new address gets %q", got)
		}
		if x := s.subscribed(m); x.Registered != "neu@firma1.example" {
			t.Errorf("it is kept as %s", x.Registered)
		}
	})
}

// A customer that has another name or address says so, and the next invoice carries it;
// what is written stays.
func TestACustomerCorrectsItsDetails(t *testing.T) {
	each(t, policyOf(withReference), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		status, page := s.ask(m, http.MethodGet, "/subscription/details", nil)
		if status != http.StatusOK || !strings.Contains(page, `value="Maschinenbau1 GmbH"`) || !strings.Contains(page, `value="04011000-00001-39"`) {
			t.Fatalf("%d\n%s", status, page)
		}
		form := url.Values{"company": {"Maschinenbau1 SE"}, "name": {"Bob Boole"}, "street": {"Neue Straße 2"}, "city": {"1010 Wien"}, "country": {"AT"}, "tenant": {"firma1.onmicrosoft.com"},
			"billing": {"buch@firma1.example"}, "vat": {"DE811000001"}, "reference": {"PO 7"}}
		if status, page = s.ask(m, http.MethodPost, "/subscription/details", form); status != http.StatusUnprocessableEntity || !strings.Contains(said(page), "So sieht keine Umsatzsteuernummer") || !strings.Contains(page, "Neue Straße 2") {
			t.Errorf("a VAT number of another country: %d\n%s", status, said(page))
		}
		form.Set("vat", "ATU12345678")
		if status, page = s.ask(m, http.MethodPost, "/subscription/details", form); status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", status, said(page))
		}
		s.customers.role = access.CustomerAdmin
		if status, _ = s.ask(m, http.MethodPost, "/subscription/details", form); status != http.StatusForbidden {
			t.Errorf("who only sets things up changes them: %d", status)
		}
		s.customers.role = access.CustomerOwner
		s.live(noon.AddDate(0, 1, 1))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if b := bills[0].Invoice; b.Buyer.Company != "Maschinenbau1 SE" || b.Reference != "PO 7" || b.Tax != "reverse" || b.VAT != 0 {
			t.Errorf("the next invoice: %+v", b)
		}
		if b := bills[1].Invoice; b.Buyer.Company != "Maschinenbau1 GmbH" || b.VAT != 551 {
			t.Errorf("the one before: %+v", b)
		}
		if got := s.titles(m.Email); !slices.Contains(got, "Ihre Angaben sind geändert") {
			t.Errorf("mails: %q", got)
		}
		if got := s.titles("buch@firma1.example"); !slices.Contains(got, "Rechnung R2026-0002") {
			t.Errorf("mails: %q", got)
		}
		orders, err := s.office.Orders(t.Context(), m.Customer)
		fatal(t, err)
		if !slices.ContainsFunc(orders, func(x subscription.Order) bool {
			return x.Did == "correct" && x.Company == "Maschinenbau1 SE" && x.By == m.Email
		}) {
			t.Errorf("%+v", orders)
		}
	})
}

// An invoice with the wrong details is cancelled and written anew in one step: the same
// supply, the same rate, and no money asked for twice.
func TestAnInvoiceIsWrittenAnew(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		fatal(t, s.office.Pay(t.Context(), "R2026-0001", noon, "test"))
		d := details(1)
		d.Company = "Maschinenbau1 SE"
		fatal(t, s.office.Correct(t.Context(), m, d))
		book := *s.office.Book()
		book.VAT = 2100 // the law changed since
		s.office.Sell(&book)
		if status, page := s.staff(http.MethodGet, "/subscriptions/invoices/R2026-0001/cancel", nil); status != http.StatusOK || !strings.Contains(page, `value="anew"`) {
			t.Errorf("%d\n%s", status, said(page))
		}
		if status, page := s.staff(http.MethodPost, "/subscriptions/invoices/R2026-0001/cancel", url.Values{"then": {"anew"}}); status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", status, said(page))
		}
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if len(bills) != 3 {
			t.Fatalf("%d invoices", len(bills))
		}
		anew, undone := bills[0], bills[1]
		if anew.Number != "R2026-0003" || anew.Invoice.Buyer.Company != "Maschinenbau1 SE" || anew.Gross != 3451 || anew.Invoice.Rate != 1900 || !anew.Paid.Equal(noon) || anew.Open() || !anew.Cancellable() {
			t.Errorf("anew: %+v", anew)
		}
		if text := plainly(written(t, undone.Invoice.PDF())); undone.Invoice.Cancels != "R2026-0001" || strings.Contains(text, "zurück") {
			t.Errorf("money that stays is promised back:\n%s", text)
		}
		if waiting, err := s.office.Waiting(t.Context()); err != nil || len(waiting) != 0 {
			t.Errorf("%v %v wait for money", waiting, err)
		}
		if got := s.titles("rechnung1@firma1.example"); !slices.Contains(got, "Rechnung R2026-0003") || slices.Contains(got, "Stornorechnung R2026-0002") {
			t.Errorf("mails: %q", got)
		}
		for _, mail := range s.Sink.To("rechnung1@firma1.example") {
			if x := mail.Read(); x.Title == "Rechnung R2026-0003" && (len(x.Attachments) != 4 || !strings.Contains(plainly(x.Text), "an die Stelle der Rechnung R2026-0001, die wir mit R2026-0002 stornieren")) {
				t.Errorf("%d files, %s", len(x.Attachments), x.Text)
			}
		}
		if _, _, err := s.office.Rewrite(t.Context(), "R2026-0001", "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		d.Address.Country, d.VATID = "AT", "ATU12345678" // now it comes to less
		fatal(t, s.office.Correct(t.Context(), m, d))
		_, last, err := s.office.Rewrite(t.Context(), "R2026-0003", "test")
		fatal(t, err)
		if last.Gross != 2900 || !last.Open() {
			t.Errorf("with another sum: %+v", last)
		}
	})
}

// A command has the serving process write an invoice anew: the price list, in which the
// seller stands, is known to that one alone.
func TestACommandHasAnInvoiceWrittenAnew(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m, book := s.register(1), s.office.Book()
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		s.Work()
		s.office.Sell(&plan.Book{})
		if _, _, err := s.office.Rewrite(t.Context(), "R2026-0001", "test"); !fault.Is(err, fault.Refused) {
			t.Errorf("without a seller: %v", err)
		}
		if _, err := s.office.RewriteLater(t.Context(), "R2026-0001", "test", true); err != nil {
			t.Error(err)
		}
		_, err := s.office.RewriteLater(t.Context(), "R2026-0001", "test", false)
		fatal(t, err)
		s.office.Sell(book)
		s.Work()
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if len(bills) != 3 || bills[0].Number != "R2026-0003" || bills[0].Invoice.Seller.VATID != "DE123456789" {
			t.Errorf("%d invoices: %+v", len(bills), bills[0])
		}
		if _, err := s.office.RewriteLater(t.Context(), "R2026-0001", "test", false); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}
