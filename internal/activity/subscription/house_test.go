package subscription_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/subscription"
	"kept/internal/activity/subscription/plan"
	"kept/internal/clock"
	"kept/internal/duty/retain"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// customers stands in for the kind that keeps accounts: customers who registered with
// an address, and act for themselves.
type customers struct {
	env       activity.Env
	addresses map[string]string
	mu        sync.Mutex // of expires: customers order at once
	expires   map[string]time.Time
	deleting  []func(context.Context, *store.Tx, string) error
	role      access.Role
}

// Manifest, Migrate, Open, Routes and Close make it a kind.
func (c *customers) Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: policy.Kind{Name: "customers", Title: policy.Text{"en": "Customers", "de": "Kunden"}}}
}
func (c *customers) Migrate(context.Context, *store.DB) error { return nil }
func (c *customers) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	c.env, c.addresses, c.expires, c.role = env, map[string]string{}, map[string]time.Time{}, access.CustomerOwner
	return c, nil
}
func (c *customers) Routes() []access.Route      { return nil }
func (c *customers) Close(context.Context) error { return nil }

func (c *customers) Portal() activity.Portal { return portal{c.env.Front, c} }
func (c *customers) Registered(_ context.Context, customer string) (string, string, error) {
	if c.addresses[customer] == "" {
		return "", "", fault.New(fault.NotFound, "no such customer")
	}
	return c.addresses[customer], "de", nil
}
func (c *customers) SetExpiry(_ context.Context, _ *store.Tx, customer string, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expires[customer] = at
	return nil
}
func (c *customers) OnExpiry(func(context.Context, *store.Tx, string, time.Time) error) {}
func (c *customers) OnDelete(f func(context.Context, *store.Tx, string) error) {
	c.deleting = append(c.deleting, f)
}
func (c *customers) Delete(ctx context.Context, tx *store.Tx, customer string) error {
	for _, f := range c.deleting {
		if err := f(ctx, tx, customer); err != nil {
			return err
		}
	}
	return nil
}

// portal knows who asks by a header.
type portal struct {
	page.Shell
	c *customers
}

func (p portal) Member(r *http.Request) (activity.Member, error) {
	id := r.Header.Get("X-Customer")
	if p.c.addresses[id] == "" {
		return activity.Member{}, fault.New(fault.Forbidden, "sign in")
	}
	return activity.Member{Subject: id, Customer: id, Role: p.c.role, Email: p.c.addresses[id]}, nil
}
func (p portal) Link(path string) string { return "https://portal.example.org" + path }

const head = `kept: 1
notice: {version: 2026-11-01, languages: [de, en], jurisdiction: DE}
controller: {name: Kontaktabgleich Software GmbH, address: "Marktplatz 6, 72070 Tübingen", email: info@contactsync.example}
measures: [tls, encryption-at-rest]
`

var allFields = []string{"tenant_id", "name", "company", "address", "registration_email", "billing_email", "plan", "vat_id", "orders", "invoices"}

// policyOf returns a policy whose subscription lists fields, none without any.
func policyOf(fields []string) string {
	if len(fields) == 0 {
		return head + "activities: {}\n"
	}
	return head + fmt.Sprintf(`activities:
  subscription:
    purpose: essential.service.payment_processing
    basis: contract
    data: [%s]
    settings: {pay_by: [invoice]}
    retention:
      - {from: collection, keep: 12 months, then: delete}
      - {from: request, keep: 0 days, then: delete}
`, strings.Join(fields, ", "))
}

const plansFile = `currency: EUR
vat: 19%
seller: {vat_id: DE123456789, register: "Amtsgericht Stuttgart, HRB 0", bank: {name: Musterbank, iban: DE02 1203 0000 0000 2020 51, bic: BYLADEM1001}}
terms: {version: 2026-11-01, text: {de: Es gilt das Übliche., en: The usual holds.}}
plans:
  team:
    title: {de: Team, en: Team}
    includes: [{de: 50 Postfächer, en: 50 mailboxes}]
    price: 29.00
    term: 1 month
    trial: 30 days
    stripe: price_team
  company: {title: {de: Firma, en: Company}, price: 290.00, term: 1 year, stripe: price_company}
  large: {title: {de: Groß, en: Large}, price: 58.00, term: 1 month, stripe: price_large}
`

// noon is a Saturday's.
var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// shop is a house in which customers subscribe.
type shop struct {
	*activitytest.House
	office    *subscription.Office
	customers *customers
}

func each(t *testing.T, policyText string, at time.Time, f func(t *testing.T, s *shop)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) { f(t, open(t, place, policyText, at)) })
}

func open(t testing.TB, place store.Config, policyText string, at time.Time) *shop {
	return openOver(t, egress.Options{}, place, policyText, at)
}

func openOver(t testing.TB, network egress.Options, place store.Config, policyText string, at time.Time, more ...activity.Kind) *shop {
	t.Helper()
	c := &customers{}
	h := activitytest.EnvOver(t, network, place, policyText, clock.At(at), append([]activity.Kind{c, subscription.Kind{}}, more...)...)
	s := &shop{House: h, office: h.Running(subscription.Name).(*subscription.Office), customers: c}
	book, findings := plan.Read("plans.yaml", []byte(plansFile))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	s.office.Sell(book)
	h.Retain.Tell(h.Mail, s.reach)
	return s
}

// reach is what the app does: the address of the registration, and those that kinds
// know.
func (s *shop) reach(ctx context.Context, entry, who string, to []string) (retain.Reach, error) {
	address, lang, err := s.customers.Registered(ctx, who)
	if err != nil {
		return retain.Reach{}, err
	}
	r := retain.Reach{To: []mail.Address{{Mail: address}}, Lang: lang, Prevent: "https://portal.example.org/subscription", Hasten: "https://portal.example.org/account"}
	more, err := s.office.Addresses(ctx, entry, who, to)
	for _, m := range more {
		if m != address {
			r.To = append(r.To, mail.Address{Mail: m})
		}
	}
	return r, err
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// register makes a customer.
func (s *shop) register(n int) activity.Member {
	s.T.Helper()
	address := fmt.Sprintf("ada%d@firma%d.example", n, n)
	var id string
	fatal(s.T, s.DB.Write(s.T.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = s.Subjects.Ensure(ctx, tx, subject.Customer, store.NewID())
		return err
	}))
	s.customers.addresses[id] = address
	return activity.Member{Subject: id, Customer: id, Role: access.CustomerOwner, Email: address}
}

// details are those of the nth customer.
func details(n int) subscription.Details {
	return subscription.Details{Tenant: fmt.Sprintf("firma%d.onmicrosoft.com", n), Name: fmt.Sprintf("Adalena Lovelock%d", n), Company: fmt.Sprintf("Maschinenbau%d GmbH", n),
		Address: subscription.Address{Street: fmt.Sprintf("Werkweg %d00", n), City: "72070 Tübingen", Country: "DE"},
		Billing: fmt.Sprintf("rechnung%d@firma%d.example", n, n), VATID: fmt.Sprintf("DE%09d", 811000000+n), Reference: fmt.Sprintf("04011000-%05d-39", n)}
}

func wish(m activity.Member, n int, key string) subscription.Wish {
	return subscription.Wish{Plan: key, Details: details(n), Lang: "de", By: m, Business: true, Agreed: true}
}

// subscribed is the subscription of a customer.
func (s *shop) subscribed(m activity.Member) subscription.Subscription {
	s.T.Helper()
	all, err := s.office.List(s.T.Context())
	fatal(s.T, err)
	for _, l := range all {
		x, _, _, err := s.office.Look(s.T.Context(), l.ID, "test")
		fatal(s.T, err)
		if x.Customer == m.Customer {
			return x
		}
	}
	s.T.Fatal("the customer has no subscription")
	return subscription.Subscription{}
}

// live moves the clock on, nine days at a time, and does what is due.
func (s *shop) live(until time.Time) {
	s.T.Helper()
	for s.Clock.Now().Before(until) {
		next := s.Clock.Now().AddDate(0, 0, 9)
		if next.After(until) {
			next = until
		}
		s.Clock.Set(next)
		s.Work()
		s.Sweep()
	}
	s.Work()
}

func (s *shop) count(query string, args ...any) (n int) {
	s.T.Helper()
	fatal(s.T, s.DB.QueryRowContext(s.T.Context(), query, args...).Scan(&n))
	return n
}

// titles are those of the mails to an address, sorted.
func (s *shop) titles(to string) (all []string) {
	s.T.Helper()
	s.Work()
	for _, m := range s.Sink.To(to) {
		all = append(all, plainly(m.Read().Title))
	}
	slices.Sort(all) // what is written at one moment arrives in any order
	return all
}

func plainly(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// ask is a request of a customer's browser.
func (s *shop) ask(m activity.Member, method, path string, form url.Values) (int, string) {
	s.T.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "de")
	r.Header.Set("X-Customer", m.Customer)
	return read(s.T, s.AtPortal(r))
}

// staff is a request of the owner's browser.
func (s *shop) staff(method, path string, form url.Values) (int, string) {
	s.T.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "de")
	return read(s.T, s.Staff(r))
}

func read(t testing.TB, got *http.Response) (int, string) {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	fatal(t, err)
	return got.StatusCode, string(body)
}

var tags = regexp.MustCompile(`<[^>]*>`)

func said(page string) string {
	return plainly(strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " "))
}

// example is the policy of an example, with the kinds that this house does not run left
// out.
func example(t testing.TB, name string, without ...string) string {
	t.Helper()
	b, err := os.ReadFile("../../../examples/" + name + "/policy.yaml")
	fatal(t, err)
	return string(b)
}
