package app

import (
	"context"
	"os"

	"kept/internal/activity/subscription"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
)

// plans reads the price list; Invalid with every place if it cannot be used. Without a
// file nothing is offered.
func plans(file string) (*plan.Book, error) {
	if file == "" {
		return &plan.Book{}, nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the price list cannot be read; name it with --plans: %w", err)
	}
	book, findings := plan.Read(file, src)
	if len(findings) > 0 {
		return nil, fault.New(fault.Invalid, "the price list cannot be used:\n%w", findings)
	}
	return book, nil
}

// openShop has the kind of subscriptions sell what the price list offers.
func (a *App) openShop(o *subscription.Office) error {
	book, err := plans(a.Config.Plans)
	if err != nil {
		return err
	}
	o.Sell(book)
	o.Stripe = a.Config.Stripe
	a.office = o
	return nil
}

// OpenSubscriptions opens the subscriptions of a stored instance. What it writes to
// people leaves with the serving process, which also carries out cancellations: only
// there does every kind hear of them.
func (a *App) OpenSubscriptions(ctx context.Context) (*subscription.Office, error) {
	if err := (subscription.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	return subscription.Open(a.env()), nil
}
