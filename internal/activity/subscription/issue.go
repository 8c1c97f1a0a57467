package subscription

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kept/internal/activity/subscription/invoice"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

// Bill is an invoice with what became of it.
type Bill struct {
	ID          string          `json:"id"`
	Activity    string          `json:"activity"`
	Customer    string          `json:"customer"`
	At          time.Time       `json:"at"`
	Number      string          `json:"number"`
	Cancels     string          `json:"cancels,omitempty"`
	CancelledBy string          `json:"cancelled_by,omitempty"`
	Due         time.Time       `json:"due,omitzero"`
	Paid        time.Time       `json:"paid,omitzero"`
	ContractEnd time.Time       `json:"contract_end,omitzero"`
	Reminded    int             `json:"reminded"`
	Gross       plan.Money      `json:"gross"` // in the smallest unit of the currency
	Currency    string          `json:"currency,omitempty"`
	Leaf        string          `json:"leaf,omitempty"`
	Invoice     invoice.Invoice `json:"-"`
	Structured  []byte          `json:"-"` // EN 16931, as it was sent; empty: written before there was one
	Restricted  bool            `json:"restricted,omitempty"`
}

// Open reports whether the invoice waits for money.
func (b Bill) Open() bool {
	return b.Paid.IsZero() && b.Cancellable() && b.Gross > 0
}

// Cancellable reports whether the invoice stands, and can be undone by another.
func (b Bill) Cancellable() bool { return b.Cancels == "" && b.CancelledBy == "" }

// bill is what is to be invoiced.
type bill struct {
	from, until time.Time
	lines       []invoice.Line
}

// issue writes an invoice and its mail in the caller's transaction.
func (o *Office) issue(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, b bill) (Bill, error) {
	x := o.invoiceFor(s, b)
	taxed(&x)
	issued, err := o.store(ctx, tx, a, s, x, cancelling{})
	if err != nil {
		return issued, fmt.Errorf("write an invoice: %w", err)
	}
	return issued, o.sendBill(ctx, tx, a, s, issued, "invoice")
}

// invoiceFor is an invoice to a customer as it and the seller call themselves now.
func (o *Office) invoiceFor(s *Subscription, b bill) invoice.Invoice {
	now, book := o.now(), o.Book()
	return invoice.Invoice{Zone: o.zone().String(), Date: now, Due: book.Invoices.Due.After(now), From: b.from, Until: b.until, Lang: s.Language, Seller: o.seller(), Bank: book.Seller.Bank,
		Reference: s.Reference, Buyer: invoice.Party{Company: s.Company, Name: s.Name, Street: s.Address.Street, City: s.Address.City, Country: s.Address.Country, VATID: s.VATID, Email: or(s.Billing, s.Registered)},
		Lines: b.lines, Currency: book.Currency, Rate: book.VAT}
}

// taxed says how an invoice is taxed, by where both are and its rate, and sums it up.
func taxed(x *invoice.Invoice) {
	x.Tax = invoice.TaxFor(x.Seller.Country, or(x.Buyer.Country, x.Seller.Country), x.Buyer.VATID, x.Rate)
	x.Sum()
}

// seller is the policy's controller with what the price list adds.
func (o *Office) seller() invoice.Party {
	c, s := o.env.Policy().Controller, o.Book().Seller
	p := invoice.Party{Company: c.Name, VATID: s.VATID, TaxNo: s.TaxNo, Register: s.Court, Country: s.Country,
		Contact: or(s.Contact.Name, c.Name), Phone: or(s.Contact.Phone, c.Phone), Email: or(s.Contact.Mail, c.Email)}
	p.Street, p.City, p.Country = splitAddress(c.Address, p.Country)
	if p.Country == "" {
		p.Country = o.env.Policy().Notice.Jurisdiction
	}
	for _, line := range []string{s.Court, c.Email, c.Phone, c.URL} {
		if line != "" {
			p.More = append(p.More, line)
		}
	}
	return p
}

// cancelling names an invoice that is cancelled, and who does that; the zero value: none.
type cancelling struct{ invoice, by string }

// store takes the next number and writes the row, with a leaf that commits to what the
// invoice says.
func (o *Office) store(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, x invoice.Invoice, c cancelling) (b Bill, err error) {
	prefix := o.Book().Invoices.Prefix
	if c.invoice != "" {
		prefix = prefixOf(x.Cancels)
	}
	if x.Number, err = o.number(ctx, tx, prefix, x.Date); err != nil {
		return b, err
	}
	b = Bill{ID: store.NewID(), Activity: a.Key, Customer: s.Customer, At: x.Date, Number: x.Number, Cancels: c.invoice, Due: x.Due, Gross: x.Gross, Currency: x.Currency, ContractEnd: s.ContractEnd,
		Invoice: x, Structured: x.XML()}
	content, err := json.Marshal(x)
	if err != nil {
		return b, fault.New(fault.Internal, "write an invoice as JSON: %w", err)
	}
	seal := o.env.Sealer(ctx, a, s.Customer)
	sealed := seal.Bytes(contentPlace, fieldInvoices, content)
	structured := seal.Bytes(structuredPlace, fieldInvoices, b.Structured)
	if seal.Err() != nil {
		return b, seal.Err()
	}
	if sealed == nil {
		return b, fault.New(fault.Refused, "the policy does not list %s under %s: no invoice can be kept", fieldInvoices, a.Key)
	}
	commitment, err := o.env.Vault.Commit(ctx, invoiceKey(a, s.Customer), content)
	if err != nil {
		return b, err
	}
	asFile, err := o.env.Vault.Commit(ctx, invoiceKey(a, s.Customer), b.Structured)
	if err != nil {
		return b, err
	}
	kind, facts := "invoice.written", map[string]any{"invoice": b.ID, "activity": a.Key, "commitment": commitment, "structured": asFile}
	if c.invoice != "" {
		kind, facts["by"] = "invoice.cancelled", c.by
	}
	if b.Leaf, err = o.env.Ledger.Append(ctx, tx, kind, facts); err != nil {
		return b, err
	}
	_, err = tx.ExecContext(ctx, `insert into subscription_invoice (id, activity, customer, at, contract_end, number, cancels, due_at, reminded, gross, content, structured, leaf)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)`,
		b.ID, b.Activity, b.Customer, store.At(b.At), store.At(b.ContractEnd), b.Number, null(c.invoice), store.At(b.Due), int64(b.Gross), sealed, structured, b.Leaf)
	return b, store.Classify(err)
}

// What is sealed of an invoice, bound to its columns.
const (
	contentPlace    = invoiceTable + ".content"
	structuredPlace = invoiceTable + ".structured"
)

// invoiceKey is the one that seals invoices.
func invoiceKey(a *policy.Activity, customer string) vault.Ref {
	if r := a.RuleFor(fieldInvoices); r != nil {
		return vault.Ref{Subject: customer, Rule: r.ID}
	}
	return vault.Ref{Subject: customer, Rule: a.Kind}
}

// number takes the next number of the year. Whoever else writes an invoice waits until
// the caller's transaction ends, so no number is left out and none is used twice.
func (o *Office) number(ctx context.Context, tx *store.Tx, prefix string, at time.Time) (string, error) {
	series := fmt.Sprintf("%s%d", prefix, at.In(o.zone()).Year())
	var n int64
	err := tx.QueryRowContext(ctx, `insert into subscription_number (series, last) values ($1, 1)
		on conflict (series) do update set last = subscription_number.last + 1 returning last`, series).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("take a number: %w", store.Classify(err))
	}
	return fmt.Sprintf("%s-%04d", series, n), nil
}

// zone is where the seller's days and years are counted.
func (o *Office) zone() *time.Location { return o.env.Policy().Zone() }

// prefixOf is what stands before the year of an invoice's number.
func prefixOf(number string) string {
	series := number[:max(0, strings.LastIndexByte(number, '-'))]
	return series[:max(0, len(series)-len("2006"))]
}

// CancelBill writes the cancellation of an invoice. Conflict if it is cancelled, or is
// a cancellation itself.
func (o *Office) CancelBill(ctx context.Context, number, by string) (Bill, error) {
	var done Bill
	err := o.billing(ctx, number, func(ctx context.Context, tx *store.Tx, a *policy.Activity, b *Bill) error {
		s, err := o.one(ctx, tx, "activity = $1 and customer = $2", b.Activity, b.Customer)
		gone := fault.Is(err, fault.NotFound)
		if err != nil && !gone {
			return err
		}
		if gone { // what was ordered is over; the invoice stays, and can be undone
			s = Subscription{Customer: b.Customer, Activity: b.Activity, Language: b.Invoice.Lang, ContractEnd: b.ContractEnd}
		}
		if done, err = o.cancel(ctx, tx, a, &s, b, by, b.Invoice.Paid || !b.Paid.IsZero()); err != nil || gone {
			return err
		}
		return o.sendBill(ctx, tx, a, &s, done, "cancellation")
	})
	if err != nil {
		return done, fmt.Errorf("cancel an invoice: %w", err)
	}
	return done, nil
}

// cancel writes what undoes an invoice; back: its money goes back to the customer.
func (o *Office) cancel(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, b *Bill, by string, back bool) (done Bill, err error) {
	if !b.Cancellable() {
		return done, fault.New(fault.Conflict, "invoice %s is cancelled, or a cancellation itself", b.Number)
	}
	undo := b.Invoice.Cancel("", o.now())
	undo.Paid = back
	if done, err = o.store(ctx, tx, a, s, undo, cancelling{b.ID, by}); err != nil {
		return done, err
	}
	_, err = tx.ExecContext(ctx, "update subscription_invoice set cancelled_by = $1 where id = $2", done.ID, b.ID)
	return done, store.Classify(err)
}

// Pay notes that an invoice was paid. Conflict if it was, or needs no payment.
func (o *Office) Pay(ctx context.Context, number string, at time.Time, by string) error {
	err := o.billing(ctx, number, func(ctx context.Context, tx *store.Tx, a *policy.Activity, b *Bill) error {
		switch {
		case !b.Open():
			return fault.New(fault.Conflict, "invoice %s is paid or cancelled, or a cancellation itself", b.Number)
		case at.After(o.now()):
			return fault.New(fault.Invalid, "the day of the payment lies ahead")
		case at.Before(b.At.UTC().Truncate(24 * time.Hour)):
			return fault.New(fault.Invalid, "the day of the payment lies before the invoice")
		}
		if _, err := tx.ExecContext(ctx, "update subscription_invoice set paid_at = $1 where id = $2", store.At(at), b.ID); err != nil {
			return store.Classify(err)
		}
		_, err := o.env.Ledger.Append(ctx, tx, "invoice.paid", map[string]any{"invoice": b.ID, "activity": a.Key, "by": by})
		return err
	})
	if err != nil {
		return fmt.Errorf("note a payment: %w", err)
	}
	return nil
}

// billing does something to an invoice, alone. NotFound without one.
func (o *Office) billing(ctx context.Context, number string, f func(ctx context.Context, tx *store.Tx, a *policy.Activity, b *Bill) error) error {
	return o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update subscription_invoice set activity = activity where number = $1", number); err != nil {
			return store.Classify(err)
		}
		b, err := o.bill(ctx, tx, "number = $1", number)
		if err != nil {
			return err
		}
		a := o.env.Policy().Activity(b.Activity)
		if a == nil {
			return fault.New(fault.Refused, "the policy has no activity %s any more", b.Activity)
		}
		if err := o.free(ctx, b.Customer); err != nil {
			return err
		}
		return f(ctx, tx, a, &b)
	})
}

// bill returns one invoice; NotFound without one.
func (o *Office) bill(ctx context.Context, q store.Querier, where string, args ...any) (Bill, error) {
	all, err := o.bills(ctx, q, where, args...)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "there is no such invoice")
	}
	if err != nil {
		return Bill{}, err
	}
	return all[0], nil
}

// bills returns invoices, the latest first.
func (o *Office) bills(ctx context.Context, q store.Querier, where string, args ...any) (all []Bill, err error) {
	rows, err := q.QueryContext(ctx, `select id, activity, customer, at, contract_end, number, coalesce(cancels, ''), coalesce(cancelled_by, ''), due_at, paid_at,
		reminded, gross, content, structured, coalesce(leaf, '') from subscription_invoice where `+where+` order by at desc, number desc`, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	var sealed [][2][]byte
	for rows.Next() {
		var b Bill
		var at, end, due, paid store.Time
		var said [2][]byte
		if err := rows.Scan(&b.ID, &b.Activity, &b.Customer, &at, &end, &b.Number, &b.Cancels, &b.CancelledBy, &due, &paid, &b.Reminded, &b.Gross, &said[0], &said[1], &b.Leaf); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		b.At, b.ContractEnd, b.Due, b.Paid = at.Time, end.Time, due.Time, paid.Time
		all, sealed = append(all, b), append(sealed, said)
	}
	if err := errors.Join(store.Classify(rows.Err()), rows.Close()); err != nil {
		return nil, err
	}
	for i := range all {
		x := o.env.Opener(ctx, all[i].Customer)
		x.JSON(contentPlace, sealed[i][0], &all[i].Invoice)
		all[i].Structured = x.Bytes(structuredPlace, sealed[i][1])
		if x.Err() != nil {
			return nil, x.Err()
		}
		all[i].Currency = all[i].Invoice.Currency
	}
	return all, nil
}

// Bills returns the invoices of a customer, the latest first.
func (o *Office) Bills(ctx context.Context, customer string) ([]Bill, error) {
	return o.bills(ctx, o.env.DB, "customer = $1", customer)
}
