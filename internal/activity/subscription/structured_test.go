package subscription_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

var withReference = append(slices.Clone(allFields), "buyer_reference")

// The structured invoice is what was sent, byte for byte, wherever it is handed out,
// also when everything that it was made from has changed since.
func TestAStructuredInvoiceStaysAsItWasSent(t *testing.T) {
	each(t, policyOf(withReference), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		w := wish(m, 1, "team")
		w.Details.Reference = "04011000-12345-39"
		fatal(t, s.office.Buy(t.Context(), w))
		s.Work()
		sent := s.Sink.To("rechnung1@firma1.example")[0].Read().Attachments[1].Data
		for _, says := range []string{"<ram:BuyerReference>04011000-12345-39<", ">rechnung1@firma1.example<", "<ram:PostcodeCode>72070<"} {
			if !bytes.Contains(sent, []byte(says)) {
				t.Errorf("it does not say %s:\n%s", says, sent)
			}
		}
		book := *s.office.Book()
		book.Seller.Contact.Name, book.Seller.Bank.IBAN = "Somebody else", "DE89370400440532013000"
		s.office.Sell(&book)
		_, err := s.office.CancelBill(t.Context(), "R2026-0001", "test")
		fatal(t, err)
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if !bytes.Equal(bills[1].Structured, sent) {
			t.Error("what is kept is not what was sent")
		}
		for _, path := range []string{"/subscription/invoices/" + bills[1].ID + "/xml", "/subscription/invoices/" + bills[0].ID + "/xml"} {
			status, body := s.ask(m, http.MethodGet, path, nil)
			if status != http.StatusOK || path == "/subscription/invoices/"+bills[1].ID+"/xml" && body != string(sent) {
				t.Errorf("GET %s: %d\n%s", path, status, body)
			}
		}
		if status, body := s.staff(http.MethodGet, "/subscriptions/invoices/R2026-0001/xml", nil); status != http.StatusOK || body != string(sent) {
			t.Errorf("the console: %d\n%s", status, body)
		}
		if status, _ := s.ask(s.register(2), http.MethodGet, "/subscription/invoices/"+bills[1].ID+"/xml", nil); status != http.StatusNotFound {
			t.Errorf("another customer's: %d", status)
		}
		if status, page := s.ask(m, http.MethodGet, "/subscription", nil); status != http.StatusOK || strings.Count(page, "E-Rechnung (XML)") < 2 {
			t.Errorf("%d\n%s", status, said(page))
		}
	})
}

// One that was written before there were structured ones is handed out on paper alone.
func TestAnOlderInvoiceIsOnPaperAlone(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		if _, err := s.DB.ExecContext(t.Context(), "update subscription_invoice set structured = null"); err != nil {
			t.Fatal(err)
		}
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if files := bills[0].Files(); len(files) != 1 {
			t.Errorf("%d files", len(files))
		}
		if status, _ := s.ask(m, http.MethodGet, "/subscription/invoices/"+bills[0].ID+"/xml", nil); status != http.StatusNotFound {
			t.Errorf("%d", status)
		}
		if _, page := s.ask(m, http.MethodGet, "/subscription", nil); strings.Contains(page, "E-Rechnung") {
			t.Error("it is offered")
		}
	})
}

// The form asks for the customer's own reference where the policy lists it, and takes it.
func TestTheOrderFormAsksForAReference(t *testing.T) {
	for name, fields := range map[string][]string{"listed": withReference, "not listed": allFields} {
		t.Run(name, func(t *testing.T) {
			each(t, policyOf(fields), noon, func(t *testing.T, s *shop) {
				m := s.register(1)
				_, page := s.ask(m, http.MethodGet, "/subscription/order?plan=team&way=invoice", nil)
				if strings.Contains(page, `name="reference"`) != (name == "listed") {
					t.Errorf("%s", said(page))
				}
				w := wish(m, 1, "team")
				w.Details.Reference = "PO 4711"
				fatal(t, s.office.Buy(t.Context(), w))
				bills, err := s.office.Bills(t.Context(), m.Customer)
				fatal(t, err)
				if got := bills[0].Invoice.Reference; (got == "PO 4711") != (name == "listed") {
					t.Errorf("the invoice carries %q", got)
				}
			})
		})
	}
}

// The accountant gets a month as one file: the table and every invoice in both forms.
func TestAMonthForTheAccountant(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		var bound = s.register(2)
		fatal(t, s.office.Buy(t.Context(), wish(s.register(1), 1, "team")))
		fatal(t, s.office.Buy(t.Context(), wish(bound, 2, "team")))
		_, err := s.office.CancelBill(t.Context(), "R2026-0001", "test")
		fatal(t, err)
		_, err = s.Rights.Restrict(t.Context(), bound.Customer, "disputed")
		fatal(t, err)
		s.Clock.Advance(2 * 1e9)
		status, body := s.staff(http.MethodPost, "/subscriptions/export", map[string][]string{"from": {"2026-11-01"}, "to": {"2026-11-30"}, "as": {"zip"}})
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
		fatal(t, err)
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		if want := []string{"invoices.csv", "R2026-0001.pdf", "R2026-0001.xml", "R2026-0003.pdf", "R2026-0003.xml"}; !slices.Equal(names, want) {
			t.Errorf("%v, want %v: of a customer whose data is restricted only the row", names, want)
		}
	})
}

// The year of a number turns where the seller is, and so do the day on the paper, the
// one in the file and the one that the accountant asks for.
func TestTheYearTurnsWhereTheSellerIs(t *testing.T) {
	each(t, policyOf(allFields), time.Date(2026, time.December, 31, 22, 59, 0, 0, time.UTC), func(t *testing.T, s *shop) {
		fatal(t, s.office.Buy(t.Context(), wish(s.register(1), 1, "team")))
		s.Clock.Advance(2 * time.Minute) // a minute past midnight in Berlin
		m := s.register(2)
		fatal(t, s.office.Buy(t.Context(), wish(m, 2, "team")))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		b := bills[0]
		if b.Number != "R2027-0001" || !strings.Contains(plainly(written(t, b.Invoice.PDF())), "1. Januar 2027") {
			t.Errorf("%s\n%s", b.Number, written(t, b.Invoice.PDF()))
		}
		if !bytes.Contains(b.Structured, []byte(`<udt:DateTimeString format="102">20270101</udt:DateTimeString>`)) {
			t.Errorf("%s", b.Structured)
		}
		for year, number := range map[int]string{2026: "R2026-0001;2026-12-31;", 2027: "R2027-0001;2027-01-01;"} {
			var list strings.Builder
			n, err := s.office.Export(t.Context(), &list, time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC), "test")
			if err != nil || n != 1 || !strings.Contains(list.String(), "\n"+number) {
				t.Errorf("%d: %d, %v\n%s", year, n, err, list.String())
			}
		}
	})
}
