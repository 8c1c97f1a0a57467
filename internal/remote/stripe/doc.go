// Package stripe speaks to the payment service Stripe by its published HTTP interface:
// customers, Checkout and billing-portal sessions, subscriptions, and the messages that
// Stripe sends (webhooks).
//
// Card numbers are typed on Stripe's own pages and never come near: no call of this
// room carries one, and none is read from an answer. What a message says is not
// believed: it names what changed, and the state is read again. Calls that change
// something carry an idempotency key, so that one repeated after a lost answer does
// nothing twice. The version of the interface is fixed in each call.
//
// The room refuses messages whose signature is wrong or old, and answers that are
// longer than any of these.
package stripe
