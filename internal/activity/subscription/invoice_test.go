package subscription_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// Numbers run without gaps, also if orders fail half way and many come at once.
func TestInvoiceNumbersHaveNoGaps(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		const people = 12
		var wait sync.WaitGroup
		for n := 1; n <= people; n++ {
			m := s.register(n)
			wait.Add(1)
			go func() {
				defer wait.Done()
				for {
					err := s.office.Buy(context.Background(), wish(m, n, "team"))
					if fault.Is(err, fault.Conflict) && !strings.Contains(err.Error(), "already") || fault.Is(err, fault.Unavailable) {
						continue // the database asks to try again
					}
					if err != nil {
						t.Error(err)
					}
					return
				}
			}()
		}
		wait.Wait()
		err := s.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { // an order that fails after it took its number
			_, err := tx.ExecContext(ctx, "update subscription_number set last = last + 1")
			return errors.Join(err, errors.New("killed"))
		})
		if err == nil {
			t.Fatal("nothing failed")
		}
		s.Clock.Set(time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC))
		fatal(t, s.office.Buy(t.Context(), wish(s.register(99), 99, "company")))
		numbers, err := store.Texts(t.Context(), s.DB, "select number from subscription_invoice order by number")
		fatal(t, err)
		var want []string
		for n := 1; n <= people; n++ {
			want = append(want, fmt.Sprintf("R2026-%04d", n))
		}
		if want = append(want, "R2027-0001"); !slices.Equal(numbers, want) {
			t.Errorf("%v", numbers)
		}
	})
}

// An invoice says what § 14(4) UStG asks for, in the customer's language, and Ghostscript
// and pdftotext read it.
func TestWhatStandsOnAnInvoice(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		for n, c := range []struct {
			country, vat, lang string
			says, not          []string
		}{
			{"DE", "", "de", []string{"Rechnung R2026-0001", "Kontaktabgleich Software GmbH", "Marktplatz 6", "72070 Tübingen", "USt-IdNr. DE123456789", "Maschinenbau1 GmbH", "Werkweg 100",
				"21. November 2026", "21. November 2026 bis\n", "Tarif Team, 1 Monat", "29,00 EUR", "Umsatzsteuer 19 %", "5,51 EUR", "34,51 EUR", "5. Dezember 2026", "DE02 1203 0000 0000 2020 51"}, []string{"Reverse"}},
			{"AT", "ATU12345678", "en", []string{"Invoice R2026-0002", "ATU12345678", "Reverse charge", "29.00 EUR", "Austria"}, []string{"VAT 19", "34.51"}},
			{"CH", "", "de", []string{"Nicht steuerbar in Deutschland", "29,00 EUR", "Schweiz"}, []string{"34,51"}},
			{"AT", "", "de", []string{"Umsatzsteuer 19 %", "34,51 EUR"}, []string{"Steuerschuldnerschaft"}},
		} {
			m := s.register(n + 1)
			w := wish(m, n+1, "team")
			w.Lang, w.Details.VATID, w.Details.Address.Country = c.lang, c.vat, c.country
			fatal(t, s.office.Buy(t.Context(), w))
			bills, err := s.office.Bills(t.Context(), m.Customer)
			fatal(t, err)
			text := plainly(written(t, bills[0].Invoice.PDF()))
			for _, says := range c.says {
				if !strings.Contains(text, says) {
					t.Errorf("invoice %d does not say %q:\n%s", n, says, text)
				}
			}
			for _, says := range c.not {
				if strings.Contains(text, says) {
					t.Errorf("invoice %d says %q:\n%s", n, says, text)
				}
			}
			if !bytes.Equal(bills[0].Invoice.PDF(), bills[0].Invoice.PDF()) {
				t.Error("the same invoice is written twice")
			}
		}
		s.Work()
		for _, mail := range s.Sink.To("rechnung1@firma1.example") {
			files := mail.Read().Attachments
			if len(files) != 2 || files[0].Name != "R2026-0001.pdf" || !bytes.HasPrefix(files[0].Data, []byte("%PDF-")) ||
				files[1].Name != "R2026-0001.xml" || !bytes.Contains(files[1].Data, []byte("CrossIndustryInvoice")) {
				t.Errorf("the mail holds %+v", files)
			}
		}
	})
}

// written is a document as text, read by another program.
func written(t testing.TB, document []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed (poppler-utils)")
	}
	file := filepath.Join(t.TempDir(), "x.pdf")
	fatal(t, os.WriteFile(file, document, 0o600))
	text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	fatal(t, err)
	return strings.ReplaceAll(string(text), "\u00a0", " ")
}

// An invoice is undone by another with the opposite amounts, and never changed: the
// ledger's commitment fits what it says.
func TestAnInvoiceIsCancelledByAnother(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		before, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		undone, err := s.office.CancelBill(t.Context(), "R2026-0001", "test")
		fatal(t, err)
		if undone.Number != "R2026-0002" || undone.Gross != -3451 || undone.Invoice.Cancels != "R2026-0001" {
			t.Errorf("%+v", undone)
		}
		text := written(t, undone.Invoice.PDF())
		for _, says := range []string{"Stornorechnung R2026-0002", "hebt die Rechnung R2026-0001 vom 21. November 2026 auf", "-34,51 EUR"} {
			if !strings.Contains(plainly(text), says) {
				t.Errorf("it does not say %q:\n%s", says, text)
			}
		}
		for _, number := range []string{"R2026-0001", "R2026-0002"} {
			if _, err := s.office.CancelBill(t.Context(), number, "test"); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s is cancelled again: %v", number, err)
			}
			if err := s.office.Pay(t.Context(), number, s.Clock.Now(), "test"); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s is paid: %v", number, err)
			}
		}
		after, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if len(after) != 2 || !bytes.Equal(after[1].Invoice.PDF(), before[0].Invoice.PDF()) || after[1].CancelledBy != undone.ID {
			t.Errorf("the cancelled invoice changed: %+v", after)
		}
		fatal(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { // over, and still to be undone
			return s.customers.Delete(ctx, tx, m.Customer)
		}))
	})
}

func TestInvoicesForTheAccountant(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m, bound := s.register(1), s.register(2)
		w := wish(m, 1, "team")
		w.Details.Company = "=cmd|' /C calc'!A0"
		fatal(t, s.office.Buy(t.Context(), w))
		fatal(t, s.office.Buy(t.Context(), wish(bound, 2, "company")))
		_, err := s.Rights.Restrict(t.Context(), bound.Customer, "disputed")
		fatal(t, err)
		s.Clock.Advance(2 * time.Second)
		var b strings.Builder
		n, err := s.office.Export(t.Context(), &b, noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 1), "test")
		if err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[1], "R2026-0001;2026-11-21;;'=cmd") || !strings.Contains(lines[1], ";29.00;domestic;19%;5.51;34.51;2026-12-05;") {
			t.Errorf("%s", b.String())
		}
		if strings.Contains(lines[2], "Maschinenbau2") || !strings.HasPrefix(lines[2], "R2026-0002;") {
			t.Errorf("the restricted customer's line: %s", lines[2])
		}
	})
}

// Nothing is renewed, invoiced or asked for while a customer's data is restricted.
func TestARestrictionStopsTheRound(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		s.Work()
		_, err := s.Rights.Restrict(t.Context(), m.Customer, "disputed")
		fatal(t, err)
		before := len(s.Sink.Mails())
		s.Clock.Advance(70 * 24 * time.Hour)
		s.Work()
		if n := s.count("select count(*) from subscription_invoice"); n != 1 || len(s.Sink.Mails()) != before {
			t.Errorf("%d invoices, %d mails more", n, len(s.Sink.Mails())-before)
		}
		fatal(t, s.Rights.Lift(t.Context(), m.Customer))
		s.Clock.Advance(2 * time.Hour)
		s.Work()
		if n := s.count("select count(*) from subscription_invoice"); n != 3 {
			t.Errorf("%d invoices once it is lifted, want those of the terms that passed", n)
		}
	})
}
