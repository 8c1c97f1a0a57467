// Package subscription is the kind "subscription": what a customer has ordered, from
// the trial to the years after its end.
//
// Details of the customer are collected when a subscription begins, and payment
// details only when one is bought, at the payment provider. What can be ordered
// stands in a price list beside the policy (room plan). A trial ends by itself; a paid
// subscription goes on term by term, each announced, until it is cancelled to the end
// of one. The end is told before it comes (by retention, as the policy's "notify"
// says); what the subscription held goes after its period, and the order data when
// the law lets it.
//
// What has been ordered, and what has been invoiced, lie apart from the subscription:
// each row says when its contract ended, and goes by the policy's rule for order data
// alone. An invoice never changes: its number is taken in the transaction that makes
// it, without gaps, and the ledger holds a commitment to what it says.
//
// The room refuses to hold card numbers, to renew in silence, to correct an invoice
// but by cancelling it, and to delete order data before its time because an account
// was closed.
package subscription
