package stripe_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/stripe"
	"kept/internal/remote/stripe/stripetest"
	"kept/internal/vault"
)

var start = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func client(t *testing.T) (*stripe.Client, *stripetest.Server, *clock.Manual) {
	t.Helper()
	c := clock.At(start)
	s := stripetest.New(t, c)
	return stripe.New(stripe.Config{Key: vault.NewSecret(stripetest.Key), HTTP: s.Client(), Host: s.Listener.Addr().String()}), s, c
}

func TestASubscriptionFromItsBeginningToItsEnd(t *testing.T) {
	c, s, _ := client(t)
	ctx := t.Context()
	id, err := c.CreateCustomer(ctx, stripe.Customer{Name: "Maschinenbau GmbH", Email: "ada@firma.example", Country: "DE", Own: "own"}, "k1")
	if err != nil || s.Customers[id].Get("name") != "Maschinenbau GmbH" {
		t.Fatalf("%s, %v", id, err)
	}
	if again, err := c.CreateCustomer(ctx, stripe.Customer{Name: "Maschinenbau GmbH"}, "k1"); err != nil || again != id || len(s.Customers) != 1 {
		t.Errorf("the same key made another customer: %s, %v", again, err)
	}
	page, err := c.CreateCheckout(ctx, stripe.Checkout{Customer: id, Price: "price_a", Own: "own", Success: "https://p.example/ok", Cancel: "https://p.example/no", Lang: "de"}, "k2")
	if err != nil || !strings.HasPrefix(page, "https://checkout.stripe.example/") {
		t.Fatalf("%s, %v", page, err)
	}
	there := s.Pay(page, start.AddDate(0, 1, 0))
	got, err := c.ReadSubscription(ctx, there.ID)
	if err != nil || got.Status != stripe.Active || got.Own != "own" || got.Customer != id || got.Price != "price_a" || !got.Until.Equal(start.AddDate(0, 1, 0)) || !got.Ends.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err = c.CancelAtEnd(ctx, there.ID, true, "k3"); err != nil || !got.Ends.Equal(got.Until) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = c.CancelAtEnd(ctx, there.ID, false, "k4"); err != nil || !got.Ends.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = c.SetPrice(ctx, got, "price_b", true, "k5"); err != nil || got.Price != "price_b" {
		t.Errorf("%+v, %v", got, err)
	}
	if portal, err := c.CreatePortal(ctx, id, "https://p.example", "de"); err != nil || !strings.Contains(portal, id) {
		t.Errorf("%s, %v", portal, err)
	}
	if got, err = c.CancelNow(ctx, there.ID); err != nil || got.Status != stripe.Canceled || got.Ends.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if err := c.DeleteCustomer(ctx, id); err != nil {
		t.Error(err)
	}
}

func TestWhatTheServiceRefusesIsSorted(t *testing.T) {
	c, s, _ := client(t)
	for status, kind := range map[int]fault.Kind{400: fault.Refused, 402: fault.Refused, 401: fault.Forbidden, 404: fault.NotFound, 409: fault.Unavailable, 429: fault.Unavailable, 500: fault.Unavailable, 503: fault.Unavailable} {
		s.Fail, s.FailTimes = status, 1
		if _, err := c.ReadSubscription(t.Context(), "sub_x"); !fault.Is(err, kind) {
			t.Errorf("%d: %v", status, err)
		} else if strings.Contains(err.Error(), stripetest.Key) || strings.Contains(err.Error(), "sub_x") {
			t.Errorf("the error repeats what was sent: %v", err)
		}
	}
	s.Close()
	if _, err := c.ReadSubscription(t.Context(), "sub_x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server that is gone: %v", err)
	}
}

func TestSignatures(t *testing.T) {
	body := []byte(`{"id":"evt_1","type":"customer.subscription.updated","data":{"object":{"id":"sub_1","metadata":{"kept":"own"}}}}`)
	secret := vault.NewSecret(stripetest.Secret)
	good := stripetest.Sign(body, stripetest.Secret, start)
	e, err := stripe.ReadEvent(body, good, secret, start.Add(4*time.Minute))
	if err != nil || e.ID != "evt_1" || e.Subscription != "sub_1" || e.Own != "own" {
		t.Fatalf("%+v, %v", e, err)
	}
	for name, c := range map[string]struct {
		header string
		now    time.Time
		secret string
	}{
		"another secret":   {stripetest.Sign(body, "whsec_other", start), start, stripetest.Secret},
		"another body":     {stripetest.Sign([]byte("{}"), stripetest.Secret, start), start, stripetest.Secret},
		"too old":          {good, start.Add(5*time.Minute + time.Second), stripetest.Secret},
		"from the future":  {good, start.Add(-5*time.Minute - time.Second), stripetest.Secret},
		"no time":          {strings.TrimPrefix(good, "t="), start, stripetest.Secret},
		"another time":     {strings.Replace(good, "t=1", "t=2", 1), start, stripetest.Secret},
		"nothing":          {"", start, stripetest.Secret},
		"no secret is set": {stripetest.Sign(body, "", start), start, ""},
	} {
		if _, err := stripe.ReadEvent(body, c.header, vault.NewSecret(c.secret), c.now); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range []string{
		`{"id":"evt_2","type":"invoice.payment_failed","data":{"object":{"parent":{"subscription_details":{"subscription":"sub_1"}}}}}`,
		`{"id":"evt_3","type":"invoice.paid","data":{"object":{"subscription":"sub_1"}}}`,
		`{"id":"evt_4","type":"checkout.session.completed","data":{"object":{"subscription":"sub_1","client_reference_id":"own"}}}`,
	} {
		e, err := stripe.ReadEvent([]byte(m), stripetest.Sign([]byte(m), stripetest.Secret, start), secret, start)
		if err != nil || e.Subscription != "sub_1" {
			t.Errorf("%s: %+v, %v", m, e, err)
		}
	}
}

// mock starts Stripe's own mock, which answers by the published description of the
// interface and refuses what that does not know, and returns where it listens.
func mock(t *testing.T) (host string) {
	program, err := exec.LookPath("stripe-mock")
	if err != nil {
		home, _ := os.UserHomeDir()
		if program, err = exec.LookPath(filepath.Join(home, "go", "bin", "stripe-mock")); err != nil {
			t.Skip("stripe-mock is not installed (scripts/setup)")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-http-addr", host)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // the end of the test has ended it
	said := bufio.NewScanner(out)
	for said.Scan() {
		if strings.Contains(said.Text(), "Listening for HTTP") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return host
		}
	}
	t.Fatal("stripe-mock ended before it listened")
	return ""
}

func TestAgainstStripesOwnMock(t *testing.T) {
	host := mock(t)
	c := stripe.New(stripe.Config{Key: vault.NewSecret("sk_test_123"), HTTP: http.DefaultClient, Host: host, Plain: true})
	ctx := t.Context()
	id, err := c.CreateCustomer(ctx, stripe.Customer{Name: "Maschinenbau GmbH", Email: "ada@firma.example", Street: "Werkweg 1", City: "72070 Tübingen", Country: "DE", Own: "own"}, "")
	if err != nil || !strings.HasPrefix(id, "cus_") {
		t.Errorf("customer: %q, %v", id, err)
	}
	if page, err := c.CreateCheckout(ctx, stripe.Checkout{Customer: id, Price: "price_1", Own: "own", Trial: 1900000000, Success: "https://p.example/ok", Cancel: "https://p.example/no", Lang: "de"}, ""); err != nil {
		t.Errorf("checkout: %q, %v", page, err)
	}
	if page, err := c.CreatePortal(ctx, id, "https://p.example", "de"); err != nil || page == "" {
		t.Errorf("portal: %q, %v", page, err)
	}
	got, err := c.ReadSubscription(ctx, "sub_1")
	if err != nil || got.ID == "" || got.Customer == "" || got.Item == "" || got.Price == "" || got.Until.IsZero() {
		t.Errorf("subscription: %+v, %v", got, err)
	}
	_, end := c.CancelAtEnd(ctx, got.ID, true, "k1")
	_, price := c.SetPrice(ctx, got, "price_2", true, "k2")
	_, now := c.CancelNow(ctx, got.ID)
	if err := errors.Join(end, price, now, c.DeleteCustomer(ctx, id)); err != nil {
		t.Error(err)
	}
}
