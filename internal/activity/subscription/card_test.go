package subscription_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/subscription"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/remote/stripe"
	"kept/internal/remote/stripe/stripetest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// till is a shop whose customers pay by card.
type till struct {
	*shop
	stripe *stripetest.Server
	sent   int
}

// carded runs f under mailissa's policy, whose payment service is reached in the test
// under the name of its certificate.
func carded(t *testing.T, at time.Time, f func(t *testing.T, s *till)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		c := clock.At(at)
		server := stripetest.New(t, c)
		text := strings.ReplaceAll(part(t, "mailissa"), "api.stripe.example", stripetest.Host)
		s := openOver(t, egress.Options{Resolver: server, Dial: server.Dial, Roots: server.Roots()}, place, text, at)
		server.Clock = s.Clock
		s.office.Stripe = subscription.Account{Key: vault.NewSecret(stripetest.Key), Webhook: vault.NewSecret(stripetest.Secret)}
		f(t, &till{shop: s, stripe: server})
	})
}

// hears sends a message of the payment service and returns the status of the answer.
func (s *till) hears(body []byte, signature string) int {
	s.T.Helper()
	r := httptest.NewRequest(http.MethodPost, "/subscription/stripe", strings.NewReader(string(body)))
	r.Header.Set("Stripe-Signature", signature)
	status, _ := read(s.T, s.AtPortal(r))
	return status
}

// happens has something happen to a subscription at the payment service, which tells.
func (s *till) happens(x *stripetest.Subscription, kind string, f func(*stripetest.Subscription)) {
	s.T.Helper()
	s.stripe.Set(x, f)
	s.sent++
	body := s.stripe.Message(fmt.Sprintf("evt_%d", s.sent), kind, x)
	if status := s.hears(body, stripetest.Sign(body, stripetest.Secret, s.Clock.Now())); status != http.StatusNoContent {
		s.T.Fatalf("%s: %d", kind, status)
	}
	s.Work()
}

// buys has a customer buy a plan by card.
func (s *till) buys(m activity.Member, n int, key string) *stripetest.Subscription {
	s.T.Helper()
	address, err := s.office.Checkout(s.T.Context(), wish(m, n, key))
	fatal(s.T, err)
	x := s.stripe.Pay(address, s.Clock.Now().AddDate(0, 1, 0))
	s.happens(x, "customer.subscription.created", func(*stripetest.Subscription) {})
	return x
}

func (s *till) state(m activity.Member) subscription.State {
	s.T.Helper()
	x := s.subscribed(m)
	return x.State(s.Clock.Now())
}

func TestACardFromTheTrialToTheEnd(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
		s.live(noon.AddDate(0, 0, 10))
		x := s.buys(m, 1, "team")
		end := noon.AddDate(0, 0, 30)
		if got := s.subscribed(m); s.state(m) != subscription.Active || x.Status != stripe.Trialing || !got.PaidUntil.Equal(end) || got.Plan != "team" || !got.Expires.IsZero() || !s.customers.expires[m.Customer].IsZero() {
			t.Fatalf("paid: %+v, there %+v", got, x)
		}
		s.Clock.Set(end)
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Status, x.Until = stripe.Active, end.AddDate(0, 1, 0) })
		s.Clock.Set(end.AddDate(0, 1, 0))
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Status = stripe.PastDue })
		if s.state(m) != subscription.Failing {
			t.Fatalf("a payment failed: %s", s.state(m))
		}
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Status, x.Until = stripe.Active, end.AddDate(0, 2, 0) })
		if s.state(m) != subscription.Active {
			t.Fatalf("paid after all: %s", s.state(m))
		}
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Status = stripe.PastDue })
		s.happens(x, "customer.subscription.deleted", func(x *stripetest.Subscription) { x.Status, x.Ended = stripe.Canceled, s.Clock.Now() })
		if got := s.subscribed(m); s.state(m) != subscription.Expired || !got.ContractEnd.Equal(s.Clock.Now()) || !s.customers.expires[m.Customer].Equal(s.Clock.Now()) {
			t.Fatalf("given up: %+v", got)
		}
		failed := slices.DeleteFunc(s.titles("rechnung1@firma1.example"), func(x string) bool { return x != "Eine Zahlung schlug fehl" })
		if len(failed) != 2 {
			t.Errorf("%d mails about a payment that failed, want one for each time", len(failed))
		}
		if got := s.titles(m.Email); !slices.Contains(got, "Ihr Abonnement ist beendet") {
			t.Errorf("%q", got)
		}
	})
}

func TestWhatACustomerDecidesIsToldToThePaymentService(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		x := s.buys(m, 1, "team")
		end, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.Work()
		if !x.CancelAtEnd || !end.Equal(x.Until) || s.state(m) != subscription.Cancelled {
			t.Fatalf("cancelled: %+v, %s", x, s.state(m))
		}
		fatal(t, s.office.Resume(t.Context(), m))
		s.Work()
		if x.CancelAtEnd || s.state(m) != subscription.Active {
			t.Fatalf("resumed: %+v, %s", x, s.state(m))
		}
		fatal(t, s.office.Change(t.Context(), m, "large"))
		s.Work()
		if x.Price != "price_large" || s.subscribed(m).Plan != "large" {
			t.Fatalf("changed: %+v", x)
		}
		s.stripe.Fail, s.stripe.FailTimes = http.StatusServiceUnavailable, 1 // one call is lost and repeated
		_, err = s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.Work()
		s.Clock.Advance(time.Hour)
		s.Work()
		if !x.CancelAtEnd {
			t.Error("a call that failed was not repeated")
		}
		address, err := s.office.Payments(t.Context(), m.Customer)
		if err != nil || !strings.HasPrefix(address, "https://billing.stripe.example/cus_") {
			t.Errorf("%s, %v", address, err)
		}
	})
}

// A message counts once, whatever order messages come in, and none that the service did
// not sign.
func TestMessagesTwiceOutOfOrderForgedAndOld(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		address, err := s.office.Checkout(t.Context(), wish(m, 1, "team"))
		fatal(t, err)
		x := s.stripe.Pay(address, noon.AddDate(0, 1, 0))
		created := s.stripe.Message("evt_a", "customer.subscription.created", x)
		s.stripe.Set(x, func(x *stripetest.Subscription) { x.Price = "price_large" })
		updated := s.stripe.Message("evt_b", "customer.subscription.updated", x)
		sign := func(b []byte) string { return stripetest.Sign(b, stripetest.Secret, s.Clock.Now()) }
		for _, c := range []struct {
			body      []byte
			signature string
			want      int
		}{
			{created, stripetest.Sign(created, "whsec_forged", noon), http.StatusForbidden},
			{created, "", http.StatusForbidden},
			{updated, stripetest.Sign(created, stripetest.Secret, noon), http.StatusForbidden},
			{created, stripetest.Sign(created, stripetest.Secret, noon.Add(-6*time.Minute)), http.StatusForbidden}, // a replay
			{[]byte("{"), sign([]byte("{")), http.StatusUnprocessableEntity},
		} {
			if status := s.hears(c.body, c.signature); status != c.want && !(c.want == http.StatusUnprocessableEntity && status == http.StatusBadRequest) {
				t.Errorf("%d, want %d", status, c.want)
			}
		}
		s.Work()
		if s.state(m) != subscription.Expired || s.count("select count(*) from subscription_delivery") != 0 {
			t.Fatal("a message that the service did not sign did something")
		}
		for range 3 { // the later one first, and each several times
			for _, b := range [][]byte{updated, created} {
				if status := s.hears(b, sign(b)); status != http.StatusNoContent {
					t.Fatal(status)
				}
				s.Work()
			}
		}
		if got := s.subscribed(m); s.state(m) != subscription.Active || got.Plan != "large" {
			t.Errorf("%+v", got)
		}
		reads := 0
		for _, c := range s.stripe.Calls() {
			if strings.HasPrefix(c, "GET /v1/subscriptions/") {
				reads++
			}
		}
		if reads != 2 || s.count("select count(*) from subscription_delivery") != 2 {
			t.Errorf("%d reads for two messages", reads)
		}
		if got := s.titles(m.Email); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}

// Somebody else's subscription at the service changes nothing here, even if it bears
// our number.
func TestASubscriptionOfAnotherCustomerChangesNothing(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m, other := s.register(1), s.register(2)
		s.buys(m, 1, "team")
		x := s.buys(other, 2, "team")
		mine := s.subscribed(m)
		s.happens(x, "customer.subscription.updated", func(x *stripetest.Subscription) { x.Own = mine.ID; x.ID = "sub_foreign" })
		s.stripe.Set(x, func(x *stripetest.Subscription) { s.stripe.Subscriptions["sub_foreign"] = x })
		s.happens(x, "customer.subscription.deleted", func(x *stripetest.Subscription) { x.Status, x.Ended = stripe.Canceled, s.Clock.Now() })
		if s.state(m) != subscription.Active {
			t.Errorf("%s", s.state(m))
		}
	})
}

func TestAnErasedCustomerPaysNoMore(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		x := s.buys(m, 1, "team")
		_, err := s.Rights.Erase(t.Context(), m.Customer)
		fatal(t, err)
		s.Work()
		if x.Status != stripe.Canceled || s.count("select count(*) from subscription where provider_customer is not null") != 0 {
			t.Errorf("%+v", x)
		}
	})
}

func TestADeletedCustomerIsDeletedAtThePaymentServiceToo(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		x := s.buys(m, 1, "team")
		fatal(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.customers.Delete(ctx, tx, m.Customer) }))
		s.Work()
		if !slices.Contains(s.stripe.Deleted, x.Customer) || x.Status != stripe.Canceled {
			t.Errorf("%+v, deleted %v", x, s.stripe.Deleted)
		}
		if n := s.count("select count(*) from subscription where provider_customer is not null or provider_subscription is not null"); n != 0 {
			t.Error("the number at the payment service is kept although the policy ends it with the contract")
		}
	})
}

// Registering takes none of the details; they are asked for when somebody subscribes;
// payment details are typed at the payment service, when something is bought, and are
// nowhere here.
func TestPromise_MA04_DetailsWhenSubscribingAndPaymentDetailsAtThePaymentServiceAlone(t *testing.T) {
	carded(t, noon, func(t *testing.T, s *till) {
		m := s.register(1)
		if n := s.count("select count(*) from subscription"); n != 0 {
			t.Errorf("%d subscriptions of somebody who only registered", n)
		}
		status, page := s.ask(m, http.MethodGet, "/subscription/order?plan=team&way=trial", nil)
		for _, name := range []string{"company", "name", "street", "city", "country", "tenant"} {
			if !strings.Contains(page, `name="`+name+`"`) {
				t.Errorf("the trial does not ask for %s (%d)", name, status)
			}
		}
		for _, name := range []string{"vat", "billing", "card", "cvc", "iban"} {
			if strings.Contains(page, `name="`+name+`"`) {
				t.Errorf("the trial asks for %s", name)
			}
		}
		d := details(1)
		form := url.Values{"plan": {"team"}, "way": {"trial"}, "company": {d.Company}, "name": {d.Name}, "street": {d.Address.Street}, "city": {d.Address.City}, "country": {"DE"}, "tenant": {d.Tenant},
			"business": {"yes"}, "agreed": {"yes"}, "vat": {d.VATID}, "billing": {d.Billing}}
		if status, page = s.ask(m, http.MethodPost, "/subscription/order", form); status != http.StatusSeeOther {
			t.Fatalf("%d: %s", status, said(page))
		}
		if x := s.subscribed(m); x.Company != d.Company || x.Tenant != d.Tenant || x.Name != d.Name || x.Address != d.Address || x.VATID != "" || x.Billing != "" {
			t.Errorf("after the beginning of a trial: %+v", x)
		}
		form.Set("way", "card")
		status, page = s.ask(m, http.MethodPost, "/subscription/order", form)
		if status != http.StatusSeeOther {
			t.Fatalf("%d: %s", status, said(page))
		}
		const card = "4242424242424242"
		for id, checkout := range s.stripe.Checkouts { // there it is typed, and only its outcome comes back
			x := s.stripe.Pay("https://checkout.stripe.example/"+id, noon.AddDate(0, 1, 0))
			checkout.Set("card", card)
			s.happens(x, "customer.subscription.created", func(*stripetest.Subscription) {})
		}
		if s.state(m) != subscription.Active {
			t.Fatalf("%+v", s.subscribed(m))
		}
		for _, hit := range activitytest.Texts(s.Everything(), card, "cvc", "exp_month") {
			t.Errorf("payment details are here: %s", hit)
		}
		for id, given := range s.stripe.Customers {
			if given.Get("name") != d.Name || given.Get("email") != d.Billing || given.Get("address[line1]") != d.Address.Street || given.Has("metadata[tenant]") {
				t.Errorf("%s was told %v", id, given)
			}
		}
	})
}

// No column and no field of a form could hold a card number.
func TestThereIsNoPlaceForACardNumber(t *testing.T) {
	m := subscription.Manifest()
	for _, table := range m.Tables {
		for _, c := range table.Columns {
			for _, word := range []string{"card", "cvc", "iban", "expiry_month"} {
				if strings.Contains(c.Name, word) {
					t.Errorf("%s.%s", table.Name, c.Name)
				}
			}
		}
	}
}
