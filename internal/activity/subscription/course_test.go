package subscription_test

import (
	"slices"
	"testing"
	"time"

	"kept/internal/activity/subscription"
	"kept/internal/fault"
)

func TestFromTheTrialToTheEnd(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
		end := noon.AddDate(0, 0, 30)
		if x := s.subscribed(m); x.State(noon) != subscription.Trial || !x.Expires.Equal(end) || !s.customers.expires[m.Customer].Equal(end) || x.Billing != "" || x.VATID != "" {
			t.Fatalf("the trial: %+v", x)
		}
		if err := s.office.Begin(t.Context(), wish(m, 1, "team")); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second trial: %v", err)
		}
		s.live(noon.AddDate(0, 0, 10))
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		x := s.subscribed(m)
		if x.State(s.Clock.Now()) != subscription.Active || !x.PaidUntil.Equal(end.AddDate(0, 1, 0)) || !x.Expires.IsZero() || !s.customers.expires[m.Customer].IsZero() {
			t.Fatalf("bought: %+v", x)
		}
		if got := s.titles("rechnung1@firma1.example"); !slices.Equal(got, []string{"Rechnung R2026-0001"}) {
			t.Errorf("mails to the address for invoices: %v", got)
		}
		s.live(end.AddDate(0, 1, 1)) // a term has passed, the next is invoiced
		if x = s.subscribed(m); !x.PaidUntil.Equal(end.AddDate(0, 2, 0)) || s.count("select count(*) from subscription_invoice") != 2 {
			t.Fatalf("renewed: %+v, %d invoices", x, s.count("select count(*) from subscription_invoice"))
		}
		last, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		if x = s.subscribed(m); !last.Equal(x.PaidUntil) || x.State(s.Clock.Now()) != subscription.Cancelled || !s.customers.expires[m.Customer].Equal(last) {
			t.Fatalf("cancelled: %+v", x)
		}
		fatal(t, s.office.Resume(t.Context(), m))
		if x = s.subscribed(m); x.State(s.Clock.Now()) != subscription.Active || !s.customers.expires[m.Customer].IsZero() || !x.ContractEnd.IsZero() {
			t.Fatalf("resumed: %+v", x)
		}
		_, err = s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.live(last)
		if x = s.subscribed(m); x.State(s.Clock.Now()) != subscription.Expired {
			t.Fatalf("expired: %+v", x)
		}
		s.live(last.AddDate(0, 0, 5))
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "large")))
		if x = s.subscribed(m); x.State(s.Clock.Now()) != subscription.Active || x.Plan != "large" {
			t.Fatalf("bought again: %+v", x)
		}
		if n := s.count("select count(*) from subscription_invoice where contract_end is not null"); n != 2 {
			t.Errorf("%d invoices say that the first contract ended, want 2", n)
		}
		want := []string{"Bestätigung Ihrer Kündigung zum 21. Februar 2027", "Bestätigung Ihrer Kündigung zum 21. Februar 2027", "Ihre Bestellung: Groß", "Ihre Bestellung: Team", "Ihre Kündigung ist zurückgenommen", "Ihre Testzeit läuft bis 21. Dezember 2026"}
		if got := s.titles(m.Email); !slices.Equal(got, want) {
			t.Errorf("mails: %q\nwant   %q", got, want)
		}
	})
}

func TestALargerPlanHoldsAtOnceAndASmallerOneFromTheNextTermOn(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		term := s.subscribed(m).PaidUntil // 21 December: 30 days
		s.live(noon.AddDate(0, 0, 15))
		fatal(t, s.office.Change(t.Context(), m, "large"))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if len(bills) != 2 || bills[0].Invoice.Net != 1450 || bills[0].Gross != 1726 || s.subscribed(m).Plan != "large" {
			t.Fatalf("half of the difference of 29 euros: %+v", bills)
		}
		fatal(t, s.office.Change(t.Context(), m, "team"))
		if x := s.subscribed(m); x.Plan != "large" || x.NextPlan != "team" {
			t.Fatalf("%+v", x)
		}
		s.live(term.Add(2 * time.Hour))
		if x := s.subscribed(m); x.Plan != "team" || x.NextPlan != "" {
			t.Fatalf("%+v", x)
		}
		if bills, err = s.office.Bills(t.Context(), m.Customer); err != nil || len(bills) != 3 || bills[0].Invoice.Net != 2900 {
			t.Errorf("%+v, %v", bills, err)
		}
	})
}

func TestALongTermIsAnnouncedBeforeItBeginsAnew(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "company")))
		s.live(noon.AddDate(1, 0, -30).Add(-2 * time.Hour))
		if got := s.titles(m.Email); len(got) != 1 {
			t.Errorf("%q", got)
		}
		s.live(noon.AddDate(1, 0, -25))
		if got := s.titles(m.Email); len(got) != 2 || got[0] != "Firma verlängert sich am 21. November 2027" {
			t.Errorf("%q", got)
		}
	})
}

func TestAnOverdueInvoiceIsRemindedOfTwice(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "company")))
		s.live(noon.AddDate(0, 0, 60))
		want := []string{"Erinnerung: Rechnung R2026-0001", "Erinnerung: Rechnung R2026-0001", "Rechnung R2026-0001"}
		if got := s.titles("rechnung1@firma1.example"); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		fatal(t, s.office.Pay(t.Context(), "R2026-0001", s.Clock.Now(), "test"))
		if err := s.office.Pay(t.Context(), "R2026-0001", s.Clock.Now(), "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("paid twice: %v", err)
		}
	})
}

func TestWhatIsOrderedIsChecked(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		for name, spoil := range map[string]func(*subscription.Wish){
			"no agreement": func(w *subscription.Wish) { w.Agreed = false },
			"no business":  func(w *subscription.Wish) { w.Business = false },
			"no company":   func(w *subscription.Wish) { w.Details.Company = " " },
			"a tenant":     func(w *subscription.Wish) { w.Details.Tenant = "not a tenant" },
			"a country":    func(w *subscription.Wish) { w.Details.Address.Country = "XX" },
			"two lines":    func(w *subscription.Wish) { w.Details.Name = "Ada\r\nBcc: x" },
			"a VAT number": func(w *subscription.Wish) { w.Details.VATID = "DE12" },
			"an address":   func(w *subscription.Wish) { w.Details.Billing = "nobody" },
		} {
			w := wish(m, 1, "team")
			spoil(&w)
			if err := s.office.Buy(t.Context(), w); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.office.Buy(t.Context(), wish(m, 1, "nothing")); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		w := wish(m, 1, "team")
		if _, err := s.office.Checkout(t.Context(), w); !fault.Is(err, fault.Refused) {
			t.Errorf("a card under a policy without: %v", err)
		}
		if n := s.count("select count(*) from subscription"); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// From a month to a year: the year begins at once, and what is left of the month is set
// off. Back to a month, which would pay something back, waits for the end of the year.
func TestAPlanOfAnotherTermBeginsAnew(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		s.live(noon.AddDate(0, 0, 15))
		now := s.Clock.Now()
		fatal(t, s.office.Change(t.Context(), m, "company"))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if len(bills) != 2 || bills[0].Invoice.Net != 29000-1450 || len(bills[0].Invoice.Lines) != 2 {
			t.Fatalf("%+v", bills)
		}
		if x := s.subscribed(m); x.Plan != "company" || !x.PaidUntil.Equal(now.AddDate(1, 0, 0)) {
			t.Fatalf("%+v", x)
		}
		fatal(t, s.office.Change(t.Context(), m, "large"))
		if x := s.subscribed(m); x.Plan != "company" || x.NextPlan != "large" {
			t.Errorf("%+v", x)
		}
	})
}
