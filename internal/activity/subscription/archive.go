package subscription

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/table"
)

// dated returns the invoices dated from from on and before to, in the order of their
// numbers, and whose customers' data is restricted. That somebody takes them out is
// recorded in the ledger.
func (o *Office) dated(ctx context.Context, from, to time.Time, by string) (all []Bill, restricted map[string]bool, err error) {
	if all, err = o.bills(ctx, o.env.DB, "at >= $1 and at < $2", store.At(o.midnight(from)), store.At(o.midnight(to))); err != nil {
		return nil, nil, err
	}
	slices.Reverse(all)
	if restricted, err = o.env.Subjects.Restricted(ctx); err != nil {
		return nil, nil, err
	}
	return all, restricted, o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := o.env.Ledger.Append(ctx, tx, "invoice.exported", map[string]any{"by": by, "count": len(all)})
		return err
	})
}

// midnight is when a day begins where the seller is.
func (o *Office) midnight(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, o.zone())
}

// Export writes the invoices of some days as a table, for the accountant. Of customers
// whose data is restricted the row stands without their words.
func (o *Office) Export(ctx context.Context, w io.Writer, from, to time.Time, by string) (n int, err error) {
	all, restricted, err := o.dated(ctx, from, to, by)
	if err != nil {
		return 0, err
	}
	return len(all), writeTable(w, all, restricted)
}

// Archive writes the invoices of some days as a ZIP: the table, and each invoice in
// every form there is. Of customers whose data is restricted only the row is there.
func (o *Office) Archive(ctx context.Context, w io.Writer, from, to time.Time, by string) (n int, err error) {
	all, restricted, err := o.dated(ctx, from, to, by)
	if err != nil {
		return 0, err
	}
	z := zip.NewWriter(w)
	add := func(name string, at time.Time, data []byte) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.UTC()})
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			return fault.New(fault.Unavailable, "write the invoices: %w", err)
		}
		return nil
	}
	var list bytes.Buffer
	if err := writeTable(&list, all, restricted); err != nil {
		return 0, err
	}
	if err := add("invoices.csv", o.now(), list.Bytes()); err != nil {
		return 0, err
	}
	for _, b := range all {
		if restricted[b.Customer] {
			continue
		}
		for _, f := range b.Files() {
			if err := add(f.Name, b.At, f.Data); err != nil {
				return 0, err
			}
		}
	}
	if err := z.Close(); err != nil {
		return 0, fault.New(fault.Unavailable, "write the invoices: %w", err)
	}
	return len(all), nil
}

// writeTable writes invoices as CSV.
func writeTable(w io.Writer, all []Bill, restricted map[string]bool) error {
	c := csv.NewWriter(w)
	c.Comma = ';'
	rows := [][]string{{"number", "date", "cancels", "company", "name", "street", "city", "country", "vat_id", "from", "until", "currency", "net", "tax", "rate", "vat", "gross", "due", "paid"}}
	for _, b := range all {
		x := b.Invoice
		buyer := x.Buyer
		if restricted[b.Customer] {
			buyer.Company, buyer.Name, buyer.Street, buyer.City, buyer.VATID = "", "", "", "", ""
		}
		rows = append(rows, []string{b.Number, day(b.At.In(x.Place())), x.Cancels, table.Guard(buyer.Company), table.Guard(buyer.Name), table.Guard(buyer.Street), table.Guard(buyer.City), buyer.Country, table.Guard(buyer.VATID),
			day(x.From.In(x.Place())), day(x.LastDay()), x.Currency, x.Net.Plain(), string(x.Tax), x.Rate.In("en"), x.VAT.Plain(), x.Gross.Plain(), day(b.Due.In(x.Place())), day(b.Paid.UTC())})
	}
	if err := c.WriteAll(rows); err != nil {
		return fault.New(fault.Unavailable, "write the invoices: %w", err)
	}
	return nil
}

// day writes a day as tables have it; that of a payment was noted without a time.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
