package subscription_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/subscription"
	"kept/internal/fault"
	"kept/internal/remote/stripe"
	"kept/internal/remote/stripe/stripetest"
	"kept/internal/store"
)

// Who has bought and is still in the trial pays the difference to a larger plan too, for
// the whole of the term that is coming.
func TestALargerPlanBeforeTheFirstTermIsPaid(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		end := noon.AddDate(0, 0, 30)
		for n, c := range []struct {
			to    string
			net   int64
			until time.Time
		}{{"large", 2900, end.AddDate(0, 1, 0)}, {"company", 29000 - 2900, end.AddDate(1, 0, 0)}} {
			m := s.register(n + 1)
			fatal(t, s.office.Begin(t.Context(), wish(m, n+1, "team")))
			fatal(t, s.office.Buy(t.Context(), wish(m, n+1, "team")))
			fatal(t, s.office.Change(t.Context(), m, c.to))
			bills, err := s.office.Bills(t.Context(), m.Customer)
			fatal(t, err)
			if len(bills) != 2 {
				t.Errorf("%s for nothing", c.to)
				continue
			}
			slices.SortFunc(bills, func(a, b subscription.Bill) int { return strings.Compare(b.Number, a.Number) })
			x := s.subscribed(m)
			if b := bills[0].Invoice; int64(b.Net) != c.net || !b.From.Equal(end) || !b.Until.Equal(c.until) || !x.PaidUntil.Equal(c.until) || x.Plan != c.to {
				t.Errorf("%s: %+v, until %s", c.to, b, x.PaidUntil)
			}
		}
	})
}

// A short month cuts one term, and not those behind it.
func TestTermsKeepTheEndOfTheMonth(t *testing.T) {
	each(t, policyOf(allFields), time.Date(2027, time.January, 31, 12, 0, 0, 0, time.UTC), func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		for _, want := range []string{"2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"} {
			until := s.subscribed(m).PaidUntil
			if got := until.Format(time.DateOnly); got != want {
				t.Errorf("a term until %s, want %s", got, want)
			}
			s.live(until.Add(2 * time.Hour))
		}
	})
}

// Going back to the plan that holds takes the smaller one that was to come away.
func TestAChangeThatIsToComeCanBeTakenBack(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "large")))
		fatal(t, s.office.Change(t.Context(), m, "team"))
		_, page := s.ask(m, http.MethodGet, "/subscription", nil)
		if !strings.Contains(page, "/subscription/change?plan=large") {
			t.Error("no page leads back")
		}
		fatal(t, s.office.Change(t.Context(), m, "large"))
		if x := s.subscribed(m); x.Plan != "large" || x.NextPlan != "" {
			t.Errorf("%s, then %q", x.Plan, x.NextPlan)
		}
	})
}

// A VAT number that was left out is gone: one of another country would make an invoice
// without tax.
func TestAVATNumberDoesNotOutliveItsCountry(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		end, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.live(end.Add(time.Hour))
		w := wish(m, 1, "team")
		w.Details.VATID, w.Details.Billing, w.Details.Address.Country = "", "", "FR"
		fatal(t, s.office.Buy(t.Context(), w))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		if b := bills[0].Invoice; b.VAT == 0 || b.Buyer.VATID != "" || s.subscribed(m).Billing != "" {
			t.Errorf("%+v", b)
		}
	})
}

// A number from outside the Union has letters and digits, and is no formula.
func TestAVATNumberIsNoFormula(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		for n, c := range []struct {
			number string
			taken  bool
		}{{"=HYPERLINK(\"//x\")", false}, {"@SUM(A1)", false}, {"+41", false}, {"CHE-123.456.789 MWST", true}} {
			w := wish(s.register(n+1), n+1, "team")
			w.Details.VATID, w.Details.Address.Country = c.number, "CH"
			if err := s.office.Buy(t.Context(), w); (err == nil) != c.taken {
				t.Errorf("%s: %v", c.number, err)
			}
		}
	})
}

// A payment has a day that can be: not before the invoice.
func TestAPaymentBeforeItsInvoiceIsNoPayment(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		fatal(t, s.office.Buy(t.Context(), wish(s.register(1), 1, "team")))
		for _, day := range []string{"0001-01-01", "2026-11-20"} {
			at, err := subscription.DayOf(day)
			fatal(t, err)
			if err := s.office.Pay(t.Context(), "R2026-0001", at, "test"); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", day, err)
			}
		}
		at, err := subscription.DayOf("2026-11-21")
		fatal(t, err)
		fatal(t, s.office.Pay(t.Context(), "R2026-0001", at, "test"))
	})
}

// The cancellation of a paid invoice says that the money comes back, and the ledger who
// cancelled it.
func TestACancelledInvoiceThatWasPaidIsPaidBack(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		fatal(t, s.office.Buy(t.Context(), wish(s.register(1), 1, "team")))
		fatal(t, s.office.Pay(t.Context(), "R2026-0001", noon, "test"))
		undone, err := s.office.CancelBill(t.Context(), "R2026-0001", "the-clerk")
		fatal(t, err)
		if text := plainly(written(t, undone.Invoice.PDF())); !strings.Contains(text, "34,51 EUR zurück") || strings.Contains(text, "nichts zu zahlen") {
			t.Errorf("%s", text)
		}
		_, err = s.Ledger.Sequence(t.Context())
		fatal(t, err)
		if n := s.count("select count(*) from ledger_leaf where entry like '%the-clerk%'"); n != 1 {
			t.Errorf("%d leaves say who cancelled it", n)
		}
	})
}

// Looking at the payment service's page and going back takes nobody's trial away.
func TestAVisitWithoutAPaymentLeavesTheTrial(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		_, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		if _, page := s.ask(m, http.MethodGet, "/subscription", nil); !strings.Contains(page, "way=trial") {
			t.Error("the trial is not offered any more")
		}
		fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
		if x := s.subscribed(m); s.state(m) != subscription.Trial || !x.TrialUntil.Equal(noon.AddDate(0, 0, 30)) {
			t.Errorf("%+v", x)
		}
		if err := s.office.Begin(t.Context(), wish(m, 1, "team")); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second trial: %v", err)
		}
	})
}

// Two pages of the payment service, both paid: the second subscription ends there at
// once, and the customer reads of it.
func TestWhatIsPaidTwiceEndsOnce(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		first, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		second, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		x, twice := s.stripe.Pay(first, noon.AddDate(0, 1, 0)), s.stripe.Pay(second, noon.AddDate(0, 1, 0))
		for range 2 {
			s.happens(x, "customer.subscription.created", func(*stripetest.Subscription) {})
			s.happens(twice, "customer.subscription.created", func(*stripetest.Subscription) {})
		}
		if x.Status != stripe.Active || twice.Status != stripe.Canceled || s.state(m) != subscription.Active {
			t.Errorf("%s and %s", x.Status, twice.Status)
		}
		if got := s.titles(m.Email); !slices.Contains(got, "Doppelt bestellt: das zweite Abonnement ist beendet") || len(got) != 2 {
			t.Errorf("%q", got)
		}
	})
}

// A smaller plan by card holds from the next term on too, and one with another term
// cannot be had while the longer one is paid.
func TestASmallerPlanByCardWaitsForTheNextTerm(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		x := s.buys(m, 1, "large")
		fatal(t, s.office.Change(t.Context(), m, "team"))
		s.Work()
		if got := s.subscribed(m); got.Plan != "large" || got.NextPlan != "team" || x.Price != "price_team" {
			t.Errorf("%s, then %q; there %s", got.Plan, got.NextPlan, x.Price)
		}
		s.Clock.Set(noon.AddDate(0, 1, 0))
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Until = noon.AddDate(0, 2, 0) })
		if got := s.subscribed(m); got.Plan != "team" || got.NextPlan != "" {
			t.Errorf("%s, then %q", got.Plan, got.NextPlan)
		}
		other := s.register(2)
		s.buys(other, 2, "company")
		if err := s.office.Change(t.Context(), other, "team"); !fault.Is(err, fault.Refused) {
			t.Errorf("a month instead of a year that is paid: %v", err)
		}
	})
}

// Whoever is known at the payment service is deleted there, paid or not.
func TestWhoOnlyVisitedThePaymentServiceIsDeletedThere(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		_, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		fatal(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.customers.Delete(ctx, tx, m.Customer) }))
		s.Work()
		if len(s.stripe.Deleted) != 1 {
			t.Errorf("deleted there: %v", s.stripe.Deleted)
		}
	})
}

// What was agreed to is what was shown: if the terms changed meanwhile they are shown
// again.
func TestWhatIsAgreedIsWhatWasShown(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		d := details(1)
		form := url.Values{"plan": {"team"}, "way": {"invoice"}, "company": {d.Company}, "name": {d.Name}, "street": {d.Address.Street}, "city": {d.Address.City}, "country": {"DE"}, "tenant": {d.Tenant},
			"business": {"yes"}, "agreed": {"yes"}, "shown": {"0123456789abcdef"}}
		if status, page := s.ask(m, http.MethodPost, "/subscription/order", form); status != http.StatusUnprocessableEntity || !strings.Contains(said(page), "haben sich inzwischen geändert") {
			t.Errorf("%d %s", status, said(page))
		}
		_, page := s.ask(m, http.MethodGet, "/subscription/order?plan=team&way=invoice", nil)
		_, shown, _ := strings.Cut(page, `name="shown" value="`)
		shown, _, _ = strings.Cut(shown, `"`)
		form.Set("shown", shown)
		if status, page := s.ask(m, http.MethodPost, "/subscription/order", form); status != http.StatusSeeOther {
			t.Errorf("%d %s", status, said(page))
		}
	})
}

// The payment service gets the fields that the policy names for it, and no others in
// their place.
func TestThePaymentServiceGetsNoOtherFieldInstead(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m, w := s.register(1), wish(s.register(2), 2, "team")
		w.By, w.Details.Billing = m, ""
		_, err := s.office.Checkout(t.Context(), w)
		fatal(t, err)
		for _, given := range s.stripe.Customers {
			if given.Get("name") != w.Details.Name || given.Has("email") {
				t.Errorf("it was told %v", given)
			}
		}
	})
}

// A name stands on the invoice with every letter; what cannot be printed is said when it
// is typed, and not found out by the one who pays.
func TestNoInvoiceLosesLetters(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		w := wish(m, 1, "team")
		w.Details.Company, w.Details.Name = "株式会社サンプル", "Łukasz Żółć"
		fatal(t, s.office.Buy(t.Context(), w))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		for _, name := range []string{w.Details.Company, w.Details.Name} {
			if text := written(t, bills[0].Invoice.PDF()); !strings.Contains(text, name) {
				t.Errorf("%q is missing in\n%s", name, text)
			}
		}
		w = wish(s.register(2), 2, "team")
		w.Details.Company = "ש.ל.ו.ם בע״מ"
		if err := s.office.Buy(t.Context(), w); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "cannot be printed") {
			t.Errorf("a name that cannot be printed: %v", err)
		}
	})
}
