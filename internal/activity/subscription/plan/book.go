package plan

import (
	"slices"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// Book is the price list.
type Book struct {
	Currency string // ISO 4217
	VAT      Rate   // in the seller's country
	Seller   Seller
	Invoices Invoices
	Terms    Terms
	Plans    []Plan // the smallest first: whatever stands later is an upgrade
}

// Plan is one that can be subscribed to.
type Plan struct {
	Key      string
	Title    policy.Text
	About    policy.Text
	Includes []policy.Text
	Price    Money         // net, for one term
	Term     period.Period // how long one price lasts, and how long a subscription at least
	Trial    period.Period // free of charge, ends by itself; zero: there is none
	Stripe   string        // id of the price at the payment provider; empty: not by card
}

// Seller is what an invoice says about the controller that the policy does not.
type Seller struct {
	VATID   string
	TaxNo   string // where there is no VAT number
	Country string // ISO 3166; of the policy's jurisdiction unless told otherwise
	Court   string // court and number of the register
	Contact Contact
	Bank    Bank
}

// Contact is whom a customer asks about an invoice; what is left out is the
// controller's.
type Contact struct{ Name, Phone, Mail string }

// Bank is where money is sent to.
type Bank struct{ Name, IBAN, BIC string }

// Invoices are how invoices are numbered and when they are due.
type Invoices struct {
	Prefix string // of the numbers: R gives R2027-0001
	Due    period.Period
	Remind []period.Period // after the due date
}

// Terms are the contract's own terms.
type Terms struct {
	Version string
	Title   policy.Text
	Text    policy.Text // plain text, a blank line between paragraphs
}

// Plan returns the plan called key, nil without one.
func (b *Book) Plan(key string) *Plan {
	i := slices.IndexFunc(b.Plans, func(p Plan) bool { return p.Key == key })
	if i < 0 {
		return nil
	}
	return &b.Plans[i]
}

// Rank orders plans: a higher one is an upgrade; -1 for one that is not there.
func (b *Book) Rank(key string) int {
	return slices.IndexFunc(b.Plans, func(p Plan) bool { return p.Key == key })
}

// ByStripe returns the plan with a price at the payment provider, nil without one.
func (b *Book) ByStripe(price string) *Plan {
	i := slices.IndexFunc(b.Plans, func(p Plan) bool { return price != "" && p.Stripe == price })
	if i < 0 {
		return nil
	}
	return &b.Plans[i]
}
