package stripetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/remote/stripe"
)

// Key and Secret are those of the account.
const (
	Key    = "sk_test_kept"
	Secret = "whsec_kept"
)

// Subscription is one at the service.
type Subscription struct {
	ID, Customer, Item, Price, Own string
	Status                         stripe.Status
	Until                          time.Time
	CancelAtEnd                    bool
	Ended                          time.Time
}

// Server is the service. It is safe for concurrent use.
type Server struct {
	*httptest.Server
	Clock clock.Clock

	mu            sync.Mutex
	numbers       int
	Customers     map[string]url.Values
	Deleted       []string
	Checkouts     map[string]url.Values
	Subscriptions map[string]*Subscription
	answers       map[string][]byte
	calls         []string
	wrong         []string
	// Fail answers the next calls with this status, as often as it says.
	Fail      int
	FailTimes int
}

// New starts a server over TLS that stops at the end of the test.
func New(t testing.TB, c clock.Clock) *Server {
	t.Helper()
	s := &Server{Clock: c, Customers: map[string]url.Values{}, Checkouts: map[string]url.Values{}, Subscriptions: map[string]*Subscription{}, answers: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/customers", s.createCustomer)
	mux.HandleFunc("DELETE /v1/customers/{id}", s.deleteCustomer)
	mux.HandleFunc("POST /v1/checkout/sessions", s.createCheckout)
	mux.HandleFunc("POST /v1/billing_portal/sessions", s.createPortal)
	mux.HandleFunc("GET /v1/subscriptions/{id}", s.readSubscription)
	mux.HandleFunc("POST /v1/subscriptions/{id}", s.updateSubscription)
	mux.HandleFunc("DELETE /v1/subscriptions/{id}", s.cancelSubscription)
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(mux, w, r) }))
	t.Cleanup(func() {
		s.Close()
		for _, w := range s.wrong {
			t.Error(w)
		}
	})
	return s
}

// known are the fields of calls that the interface documents, as far as Kept uses it.
var known = map[string]bool{
	"name": true, "email": true, "address[line1]": true, "address[city]": true, "address[country]": true, "metadata[kept]": true,
	"mode": true, "customer": true, "line_items[0][price]": true, "line_items[0][quantity]": true, "client_reference_id": true,
	"subscription_data[metadata][kept]": true, "subscription_data[trial_end]": true, "success_url": true, "cancel_url": true, "locale": true, "return_url": true,
	"automatic_tax[enabled]": true, "tax_id_collection[enabled]": true, "customer_update[name]": true, "customer_update[address]": true,
	"cancel_at_period_end": true, "items[0][id]": true, "items[0][price]": true, "proration_behavior": true,
}

// serve checks what every call has in common.
func (s *Server) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	if s.FailTimes > 0 {
		s.FailTimes--
		refuse(w, s.Fail, "api_error", "")
		return
	}
	if user, _, ok := r.BasicAuth(); !ok || user != Key {
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "")
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "")
		return
	}
	if r.Header.Get("Stripe-Version") != stripe.Version {
		s.wrong = append(s.wrong, "a call without the version of the interface: "+r.URL.Path)
	}
	for name := range r.PostForm {
		if !known[name] {
			s.wrong = append(s.wrong, fmt.Sprintf("%s has the field %s, which is not documented for it", r.URL.Path, name))
		}
	}
	key := r.Header.Get("Idempotency-Key")
	if before := s.answers[key]; key != "" && before != nil {
		_, _ = w.Write(before)
		return
	}
	record := httptest.NewRecorder()
	next.ServeHTTP(record, r)
	if key != "" && record.Code == http.StatusOK {
		s.answers[key] = record.Body.Bytes()
	}
	w.WriteHeader(record.Code)
	_, _ = w.Write(record.Body.Bytes())
}

func refuse(w http.ResponseWriter, status int, kind, param string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"type": kind, "param": param, "message": "no"}})
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (s *Server) id(prefix string) string {
	s.numbers++
	return fmt.Sprintf("%s_%d", prefix, s.numbers)
}

func (s *Server) createCustomer(w http.ResponseWriter, r *http.Request) {
	id := s.id("cus")
	s.Customers[id] = r.PostForm
	answer(w, map[string]any{"id": id, "object": "customer"})
}

func (s *Server) deleteCustomer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.Customers[id] == nil {
		refuse(w, http.StatusNotFound, "invalid_request_error", "customer")
		return
	}
	delete(s.Customers, id)
	s.Deleted = append(s.Deleted, id)
	for _, x := range s.Subscriptions {
		if x.Customer == id {
			x.Status, x.Ended = stripe.Canceled, s.Clock.Now()
		}
	}
	answer(w, map[string]any{"id": id, "deleted": true})
}

func (s *Server) createCheckout(w http.ResponseWriter, r *http.Request) {
	if s.Customers[r.PostForm.Get("customer")] == nil || r.PostForm.Get("mode") != "subscription" {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "customer")
		return
	}
	id := s.id("cs")
	s.Checkouts[id] = r.PostForm
	answer(w, map[string]any{"id": id, "url": "https://checkout.stripe.example/" + id})
}

func (s *Server) createPortal(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"url": "https://billing.stripe.example/" + r.PostForm.Get("customer")})
}

func (s *Server) subscription(w http.ResponseWriter, r *http.Request) *Subscription {
	x := s.Subscriptions[r.PathValue("id")]
	if x == nil {
		refuse(w, http.StatusNotFound, "invalid_request_error", "id")
	}
	return x
}

func (s *Server) readSubscription(w http.ResponseWriter, r *http.Request) {
	if x := s.subscription(w, r); x != nil {
		answer(w, x.object())
	}
}

func (s *Server) updateSubscription(w http.ResponseWriter, r *http.Request) {
	x := s.subscription(w, r)
	if x == nil {
		return
	}
	if x.Status == stripe.Canceled {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "id")
		return
	}
	if v := r.PostForm.Get("cancel_at_period_end"); v != "" {
		x.CancelAtEnd, _ = strconv.ParseBool(v)
	}
	if price := r.PostForm.Get("items[0][price]"); price != "" {
		if r.PostForm.Get("items[0][id]") != x.Item {
			refuse(w, http.StatusBadRequest, "invalid_request_error", "items[0][id]")
			return
		}
		x.Price = price
	}
	answer(w, x.object())
}

func (s *Server) cancelSubscription(w http.ResponseWriter, r *http.Request) {
	if x := s.subscription(w, r); x != nil {
		x.Status, x.Ended = stripe.Canceled, s.Clock.Now()
		answer(w, x.object())
	}
}

// object is a subscription as the interface writes it.
func (x *Subscription) object() map[string]any {
	o := map[string]any{"id": x.ID, "object": "subscription", "customer": x.Customer, "status": x.Status, "metadata": map[string]string{"kept": x.Own}, "cancel_at_period_end": x.CancelAtEnd,
		"items": map[string]any{"data": []any{map[string]any{"id": x.Item, "current_period_end": x.Until.Unix(), "price": map[string]any{"id": x.Price}}}}}
	if x.CancelAtEnd {
		o["cancel_at"] = x.Until.Unix()
	}
	if !x.Ended.IsZero() {
		o["ended_at"] = x.Ended.Unix()
	}
	return o
}

// Pay completes a visit to the page at an address, as a customer with a good card does.
func (s *Server) Pay(address string, until time.Time) *Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	form := s.Checkouts[address[strings.LastIndexByte(address, '/')+1:]]
	x := &Subscription{ID: s.id("sub"), Customer: form.Get("customer"), Item: s.id("si"), Price: form.Get("line_items[0][price]"), Own: form.Get("subscription_data[metadata][kept]"), Status: stripe.Active, Until: until}
	if end, err := strconv.ParseInt(form.Get("subscription_data[trial_end]"), 10, 64); err == nil {
		x.Status, x.Until = stripe.Trialing, time.Unix(end, 0).UTC()
	}
	s.Subscriptions[x.ID] = x
	return x
}

// Set changes a subscription at the service.
func (s *Server) Set(x *Subscription, f func(*Subscription)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(x)
}

// Calls are the calls that were made, in order.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// Message is a message about a subscription, as it stands at the service now.
func (s *Server) Message(id, kind string, x *Subscription) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, _ := json.Marshal(map[string]any{"id": id, "object": "event", "type": kind, "created": s.Clock.Now().Unix(), "data": map[string]any{"object": x.object()}})
	return b
}
