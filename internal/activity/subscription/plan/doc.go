// Package plan reads the price list: the plans that can be subscribed to, what they
// cost and hold, and what an invoice needs to know about the seller beyond what the
// policy says.
//
// A price list is no privacy policy, so it stands in a file beside it. It is checked
// before anything runs; each mistake is reported with file, line and column, all at
// once. Money is counted in the smallest unit of its currency and rates in
// hundredths of a percent, so nothing is ever rounded but a tax.
//
// The room is pure: it opens nothing, knows no clock and no customer.
package plan
