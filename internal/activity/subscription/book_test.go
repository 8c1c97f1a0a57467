package subscription_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/subscription"
	"kept/internal/activity/subscription/plan"
)

// without is a price list without a plan.
func without(b *plan.Book, key string) *plan.Book {
	x := *b
	x.Plans = slices.DeleteFunc(slices.Clone(b.Plans), func(p plan.Plan) bool { return p.Key == key })
	return &x
}

// priced is a price list in which a plan costs something else.
func priced(b *plan.Book, key string, price plan.Money) *plan.Book {
	x := *b
	x.Plans = slices.Clone(b.Plans)
	x.Plan(key).Price = price
	return &x
}

// pass lets time pass by half days, as rounds that come by the hour see it.
func (s *shop) pass(until time.Time) {
	s.T.Helper()
	for s.Clock.Now().Before(until) {
		s.Clock.Advance(12 * time.Hour)
		s.Work()
	}
}

// A program that was started without its price list ends nobody's subscription; what is
// due is done once the list is there.
func TestWithoutAPriceListNothingEnds(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m, book := s.register(1), s.office.Book()
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		s.office.Sell(&plan.Book{})
		s.live(noon.AddDate(0, 1, 3))
		if x := s.subscribed(m); !x.Expires.IsZero() {
			t.Fatalf("it expires %s", x.Expires)
		}
		s.office.Sell(book)
		s.live(noon.AddDate(0, 1, 4))
		if n := s.count("select count(*) from subscription_invoice"); n != 2 {
			t.Errorf("%d invoices", n)
		}
	})
}

// Who has a plan that is not offered any more hears so at least two weeks before it
// ends, and goes on with another one; CS07's mail has its ten days.
func TestAPlanIsWithdrawnWithNotice(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		early, late, stays := s.register(1), s.register(2), s.register(3)
		fatal(t, s.office.Buy(t.Context(), wish(early, 1, "team")))
		s.Clock.Set(noon.AddDate(0, 0, 20))
		fatal(t, s.office.Buy(t.Context(), wish(late, 2, "large")))
		fatal(t, s.office.Buy(t.Context(), wish(stays, 3, "company")))
		book := s.office.Book()
		s.live(noon.AddDate(0, 0, 25))
		now := s.Clock.Now()
		s.office.Sell(without(without(book, "team"), "large"))
		s.Clock.Advance(2 * time.Hour)
		s.Work()
		for _, c := range []struct {
			who   string
			m     subscription.Subscription
			least time.Time
		}{{"early", s.subscribed(early), now.AddDate(0, 0, 14)}, {"late", s.subscribed(late), s.subscribed(late).PaidUntil}} {
			if c.m.Expires.Before(c.least) || c.m.Expires.After(c.least.AddDate(0, 0, 1)) || !c.m.PaidUntil.Equal(c.m.Expires) {
				t.Errorf("%s ends %s, want %s", c.who, c.m.Expires, c.least)
			}
		}
		if got := s.titles(early.Email); !slices.Contains(got, "Team wird nicht mehr angeboten") && !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "wird nicht mehr angeboten") }) {
			t.Errorf("mails: %q", got)
		}
		if x := s.subscribed(stays); !x.Expires.IsZero() {
			t.Error("another plan ends too")
		}
		if err := s.office.Resume(t.Context(), early); err == nil {
			t.Error("it goes on with a plan that there is not")
		}
		_, page := s.ask(early, http.MethodGet, "/subscription", nil)
		if !strings.Contains(page, "/subscription/change?plan=company") || strings.Contains(page, "/subscription/resume") {
			t.Errorf("the way out is not offered:\n%s", said(page))
		}
		if status, page := s.ask(early, http.MethodPost, "/subscription/change", url.Values{"plan": {"company"}}); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, said(page))
		}
		x := s.subscribed(early)
		if !x.Expires.IsZero() || x.NextPlan != "company" {
			t.Errorf("%+v", x)
		}
		s.live(x.PaidUntil.Add(2 * time.Hour))
		if y := s.subscribed(early); y.Plan != "company" || y.State(s.Clock.Now()) != subscription.Active {
			t.Errorf("%+v", y)
		}
		if y := s.subscribed(late); y.State(s.Clock.Now().AddDate(0, 0, 20)) != subscription.Expired {
			t.Errorf("%+v", y)
		}
	})
}

// A price that rises holds from the term on that could be cancelled after it was said:
// thirty days. One that falls holds at once.
func TestAPriceRisesWithNotice(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m, book := s.register(1), s.office.Book()
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		s.pass(noon.AddDate(0, 0, 20))
		s.office.Sell(priced(book, "team", 3900))
		s.pass(noon.AddDate(0, 2, 1))
		s.office.Sell(priced(book, "team", 1900))
		s.pass(noon.AddDate(0, 3, 1))
		bills, err := s.office.Bills(t.Context(), m.Customer)
		fatal(t, err)
		var nets []plan.Money
		for _, b := range bills {
			nets = append(nets, b.Invoice.Net)
		}
		slices.Reverse(nets)
		if want := []plan.Money{2900, 2900, 3900, 1900}; !slices.Equal(nets, want) {
			t.Errorf("terms cost %v, want %v", nets, want)
		}
		found := 0
		for _, mail := range s.Sink.To(m.Email) {
			if x := mail.Read(); strings.HasPrefix(plainly(x.Title), "Neuer Preis") {
				found++
				if text := plainly(x.Text); !strings.Contains(text, "21. Januar 2027") || !strings.Contains(text, "39,00 EUR") || !strings.Contains(text, "29,00 EUR") {
					t.Errorf("%s", text)
				}
			}
		}
		if found != 1 {
			t.Errorf("%d mails say so: %q", found, s.titles(m.Email))
		}
	})
}
