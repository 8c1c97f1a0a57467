package subscription

import (
	"context"
	"embed"
	"slices"
	"sync/atomic"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Kind is the subscription as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error {
	return db.Migrate(ctx, Name, migrations)
}

// Writes says that the kind writes to people by mail.
func (Kind) Writes() {}

// Open starts the kind; what runs is an *Office.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	return Open(env), nil
}

// Office takes orders, writes invoices and ends what was cancelled. It is safe for
// concurrent use.
type Office struct {
	env  activity.Env
	book atomic.Pointer[plan.Book]

	// Stripe is the operator's account at the payment service; the zero Account: nobody
	// pays by card.
	Stripe Account
}

// The jobs.
const (
	roundJob  = "subscription.round"  // renews, reminds, looks what is over
	cardJob   = "subscription.card"   // tells the payment service what a customer decided
	readJob   = "subscription.read"   // reads a subscription at the payment service
	cancelJob = "subscription.cancel" // cancels what a command asked to be cancelled
	anewJob   = "subscription.anew"   // writes anew what a command asked to be
)

// hourly is how often what has become due is looked for.
var hourly = period.Period{Clock: time.Hour}

// The ways to pay, as the policy and the rows call them.
const (
	byInvoice = "invoice"
	byCard    = "card"
)

// Open starts the office. Without a price list nothing can be ordered.
func Open(env activity.Env) *Office {
	o := &Office{env: env}
	o.book.Store(&plan.Book{})
	env.Jobs.Every(roundJob, hourly, o.round, job.Options{Lease: 10 * time.Minute})
	env.Jobs.Handle(cardJob, o.tellTill, job.Options{})
	env.Jobs.Handle(readJob, o.readTill, job.Options{})
	env.Jobs.Handle(cancelJob, o.cancelByJob, job.Options{})
	env.Jobs.Handle(anewJob, o.rewriteByJob, job.Options{})
	if env.Customers != nil {
		env.Customers.OnDelete(o.deleted)
	}
	return o
}

// Sell has the office offer a price list from now on.
func (o *Office) Sell(b *plan.Book) { o.book.Store(b) }

// Book is the price list.
func (o *Office) Book() *plan.Book { return o.book.Load() }

// Close ends the office: what it acknowledged is durable already.
func (o *Office) Close(context.Context) error { return nil }

// Entries are its lines of the console's navigation.
func (o *Office) Entries() []page.Entry {
	if len(o.entries()) == 0 {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "subscription.nav.desk"}}
}

// PortalEntries are its lines of the portal's navigation.
func (o *Office) PortalEntries() []page.Entry {
	if _, err := o.entry(); err != nil {
		return nil
	}
	return []page.Entry{{Path: portalPath, Word: "subscription.nav.portal"}}
}

func (o *Office) entries() []*policy.Activity { return o.env.Policy().OfKind(Name) }

// entry returns the policy's entry under which is ordered; NotFound if there is none,
// or one that does not list what no subscription can do without.
func (o *Office) entry() (*policy.Activity, error) {
	for _, a := range o.entries() {
		if a.Has(fieldPlan) {
			return a, nil
		}
	}
	return nil, fault.New(fault.NotFound, "nothing can be subscribed to here")
}

// accepts reports whether the policy lets customers pay in a way.
func accepts(a *policy.Activity, way string) bool {
	switch way {
	case byInvoice:
		return slices.Contains(a.Settings.Strings("pay_by"), way) && a.Has(fieldInvoices)
	case byCard:
		return slices.Contains(a.Settings.Strings("pay_by"), way) && a.Has(fieldPayment)
	}
	return false
}

// Addresses implements activity.Notified: the address for invoices.
func (o *Office) Addresses(ctx context.Context, _, customer string, to []string) ([]string, error) {
	if !slices.Contains(to, policy.ToBilling) {
		return nil, nil
	}
	s, err := o.of(ctx, o.env.DB, customer)
	if fault.Is(err, fault.NotFound) || err == nil && s.Billing == "" {
		return nil, nil
	}
	return []string{s.Billing}, err
}

var _ activity.Notified = (*Office)(nil)

func (o *Office) now() time.Time { return o.env.Clock.Now() }

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
