// Package stripetest stands in for the payment service Stripe in tests: a server
// written from its published interface, with the part that Kept speaks. It keeps
// customers and subscriptions, answers a repeated idempotency key with the first
// answer, refuses a field that would hold a card number, and signs the messages that a
// test has it send.
package stripetest
