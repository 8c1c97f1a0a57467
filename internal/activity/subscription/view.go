package subscription

import (
	"net/url"
	"time"

	"kept/internal/page"
)

// view is what every page of the kind can say about plans and invoices.
type view struct {
	page.Base
	now time.Time
}

// Link returns the address of another page with something in its query.
func (v view) Link(path string, pairs ...string) string {
	q := url.Values{}
	for name, values := range v.Carry {
		q[name] = values
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}

// Money writes the amount of an invoice.
func (v view) Money(b Bill) string { return b.Gross.In(v.Lang, b.Currency) }

// Standing says what became of an invoice.
func (v view) Standing(b Bill) string {
	switch {
	case b.Cancels != "":
		return v.T("bill.cancellation")
	case b.CancelledBy != "":
		return v.T("bill.cancelled")
	case !b.Paid.IsZero():
		return v.T("bill.paid", v.Date(b.Paid))
	case v.Late(b):
		return v.T("bill.late", v.Date(b.Due))
	}
	return v.T("bill.open", v.Date(b.Due))
}

// Late reports whether an invoice should have been paid.
func (v view) Late(b Bill) bool { return b.Open() && b.Due.Before(v.now) }
