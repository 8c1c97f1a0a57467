// Package invoice words invoices: what stands on one (§ 14(4) UStG), which tax applies
// to whom, and how it looks on paper in German and English.
//
// An invoice is a value that is made once and never changes; an error in it is undone
// by a cancellation that names it. The same invoice gives the same document, byte for
// byte.
//
// The room is pure. It refuses to number invoices, which the database does without
// gaps, and to ask anybody whether a VAT number is true.
package invoice
