package subscription_test

import (
	"slices"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/subscription"
	"kept/internal/remote/stripe"
	"kept/internal/remote/stripe/stripetest"
)

// When the policy's time for payment details is over, the customer goes at the payment
// service too, also if that does not answer at first; an order on invoice troubles nobody.
func TestWithTheirNumberCustomersGoAtThePaymentService(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m, other := s.register(1), s.register(2)
		x := s.buys(m, 1, "team")
		fatal(t, s.office.Begin(t.Context(), wish(other, 2, "team")))
		end, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.Work()
		s.live(end.Add(-time.Hour))
		if len(s.stripe.Deleted) != 0 || s.numbered() != 1 {
			t.Fatalf("before its time: deleted there %v, known here %d", s.stripe.Deleted, s.numbered())
		}
		s.happens(x, "customer.subscription.deleted", func(x *stripetest.Subscription) { x.Status, x.Ended = stripe.Canceled, end })
		s.stripe.Fail, s.stripe.FailTimes = 503, 2
		s.live(end.AddDate(0, 0, 2))
		s.live(end.AddDate(0, 0, 20))
		if !slices.Equal(s.stripe.Deleted, []string{x.Customer}) || s.numbered() != 0 {
			t.Errorf("after it: deleted there %v, known here %d", s.stripe.Deleted, s.numbered())
		}
		if d, ok := s.stripe.Customers[x.Customer]; ok {
			t.Errorf("Stripe still knows %v", d)
		}
		s.buys(m, 1, "team") // and can come back, as somebody new there
		if s.state(m) != subscription.Active {
			t.Errorf("who comes back is %s", s.state(m))
		}
	})
}

// numbered is how many customers are known here by their number at the payment service.
func (s *till) numbered() int {
	s.T.Helper()
	return s.count("select count(*) from subscription where provider_customer is not null")
}

// The payment service's page stands open for a day: whoever takes that long has
// subscribed all the same, from no contract, from a trial that ends meanwhile, and after
// an earlier contract.
func TestWhoTakesADayToPayHasSubscribed(t *testing.T) {
	for name, before := range map[string]func(t *testing.T, s *till, m activity.Member){
		"first": func(*testing.T, *till, activity.Member) {},
		"trial": func(t *testing.T, s *till, m activity.Member) {
			fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
			s.live(noon.AddDate(0, 0, 30).Add(-5 * time.Minute))
		},
		"again": func(t *testing.T, s *till, m activity.Member) {
			fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
			s.live(noon.AddDate(0, 0, 40))
		},
	} {
		t.Run(name, func(t *testing.T) {
			carded(t, noon, func(t *testing.T, s *till) {
				m := s.register(1)
				before(t, s, m)
				address, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
				fatal(t, err)
				s.live(s.Clock.Now().Add(23 * time.Hour))
				x := s.stripe.Pay(address, s.Clock.Now().AddDate(0, 1, 0))
				s.happens(x, "customer.subscription.created", func(*stripetest.Subscription) {})
				if s.state(m) != subscription.Active || len(s.stripe.Deleted) != 0 {
					t.Errorf("%s, deleted there %v", s.state(m), s.stripe.Deleted)
				}
				if n := s.count("select count(*) from subscription_order where contract_end is null"); n == 0 {
					t.Error("the order says that its contract has ended")
				}
			})
		})
	}
}

// Who looked at the page and did not pay is unknown to the payment service again when
// the page has closed.
func TestWhoDoesNotPayIsForgottenAtThePaymentService(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		_, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		s.live(noon.AddDate(0, 0, 3))
		if s.numbered() != 0 || len(s.stripe.Deleted) != 1 || len(s.stripe.Customers) != 0 {
			t.Errorf("known here %d, deleted there %v of %v", s.numbered(), s.stripe.Deleted, s.stripe.Customers)
		}
	})
}
