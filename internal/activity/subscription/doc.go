// Package subscription is the kind "subscription": what somebody has ordered,
// from the trial to the years after its end.
//
// Details of the customer are collected when a subscription begins, and payment
// details only when one is bought, at the payment provider. The end is told
// before it comes; what the subscription held goes after its period, and the
// order data when the law lets it.
//
// The room refuses to hold card numbers, to renew in silence, and to delete
// order data before its time because an account was closed.
package subscription
