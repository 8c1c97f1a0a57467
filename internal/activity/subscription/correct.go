package subscription

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"kept/internal/activity"
	"kept/internal/activity/subscription/invoice"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
)

// Correct takes what a customer says anew about itself: what is invoiced from then on
// says so. What was ordered and invoiced before stays as it is. Invalid if something is
// missing or wrong.
func (o *Office) Correct(ctx context.Context, by activity.Member, d Details) error {
	err := o.act(ctx, by.Customer, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
		if err := o.complete(a, &d, s.PayBy != ""); err != nil {
			return err
		}
		d.Registered = s.Registered
		if d == s.Details {
			return nil
		}
		s.Details = d
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		if err := o.keep(ctx, tx, a, s, Wish{By: by, PayBy: s.PayBy}, didCorrect, nil); err != nil {
			return err
		}
		return o.write(ctx, tx, a, s, letter{what: didCorrect, args: []any{or(s.Company, s.Name)}})
	})
	if err != nil {
		return fmt.Errorf("correct the details: %w", err)
	}
	return nil
}

// correctPage asks for the details anew.
type correctPage struct {
	view
	detailFields
	Card bool // the payment service has its own
}

// detailFields are those of a form that a policy lists, with what was typed.
type detailFields struct {
	Asked     map[string]bool
	Countries []country
	Country   string
}

// asking are the fields that a customer fills in who pays in a way, byTrial if in none.
func asking(a *policy.Activity, way, lang string) detailFields {
	bought := way != byTrial
	return detailFields{Countries: countries(lang), Asked: map[string]bool{
		"tenant": a.Has(fieldTenant), "name": a.Has(fieldName), "company": a.Has(fieldCompany), "address": a.Has(fieldAddress),
		"billing": bought && a.Has(fieldBilling), "vat": bought && a.Has(fieldVATID), "reference": way == byInvoice && a.Has(fieldReference),
	}}
}

// typed are the details that a form holds.
func typed(f page.Form) Details {
	return Details{Tenant: f.Value("tenant"), Name: f.Value("name"), Company: f.Value("company"), Billing: f.Value("billing"), VATID: f.Value("vat"), Reference: f.Value("reference"),
		Address: Address{f.Value("street"), f.Value("city"), f.Value("country")}}
}

func (o *Office) correctPage(r *http.Request) (d correctPage, s Subscription, a *policy.Activity, m activity.Member, err error) {
	if m, a, err = o.here(r); err != nil {
		return d, s, a, m, err
	}
	if s, err = o.of(r.Context(), o.env.DB, m.Customer); err != nil {
		return d, s, a, m, err
	}
	d = correctPage{view: o.open(r, "correct.title"), Card: s.PayBy == byCard}
	d.detailFields = asking(a, or(s.PayBy, byTrial), d.Lang)
	return d, s, a, m, nil
}

func (o *Office) showCorrect(w http.ResponseWriter, r *http.Request) error {
	d, s, _, _, err := o.correctPage(r)
	if err != nil {
		return err
	}
	d.Form, d.Country = page.Filled(s.Details.form()), or(s.Address.Country, o.seller().Country)
	return o.show(w, r, "correct", d)
}

// takeCorrect takes the details, or shows the form again with what is wrong.
func (o *Office) takeCorrect(w http.ResponseWriter, r *http.Request) error {
	d, s, a, m, err := o.correctPage(r)
	if err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	details := typed(f)
	for name, says := range o.check(a, &details, s.PayBy != "") {
		f.Refuse(name, d.T(says))
	}
	if f.Refused() {
		d.Form, d.Country, d.Status, d.Says = f, details.Address.Country, http.StatusUnprocessableEntity, d.T("wrong")
		return o.show(w, r, "correct", d)
	}
	if err := o.Correct(r.Context(), m, details); err != nil {
		return err
	}
	return o.back(w, r, didCorrect)
}

// rewriting names an invoice that a command asked to be written anew, and who did.
type rewriting struct {
	Invoice string `json:"invoice"`
	By      string `json:"by"`
}

// RewriteLater has the serving process write an invoice anew: it has the price list, in
// which the seller stands. With a trial nothing is done.
func (o *Office) RewriteLater(ctx context.Context, number, by string, trial bool) (b Bill, err error) {
	err = o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if b, err = o.bill(ctx, tx, "number = $1", number); err != nil {
			return err
		}
		if !b.Cancellable() {
			return fault.New(fault.Conflict, "invoice %s is cancelled, or a cancellation itself", b.Number)
		}
		if trial {
			return nil
		}
		_, err := o.env.Jobs.Enqueue(ctx, tx, job.New{Kind: anewJob, Key: b.ID, Payload: rewriting{b.ID, by}})
		return err
	})
	if err != nil {
		return b, fmt.Errorf("write an invoice anew: %w", err)
	}
	return b, nil
}

func (o *Office) rewriteByJob(ctx context.Context, j job.Job) error {
	var x rewriting
	if err := j.Decode(&x); err != nil {
		return err
	}
	b, err := o.bill(ctx, o.env.DB, "id = $1", x.Invoice)
	if err == nil && b.Cancellable() {
		_, _, err = o.Rewrite(ctx, b.Number, x.By)
	}
	return err
}

// Rewrite cancels an invoice and writes it anew with what the customer and the seller
// say about themselves now: the same supply, the same prices and the same rate of tax.
// One that was paid counts as paid again if it comes to the same.
func (o *Office) Rewrite(ctx context.Context, number, by string) (undone, anew Bill, err error) {
	if len(o.Book().Plans) == 0 {
		return undone, anew, fault.New(fault.Refused, "there is no price list, in which the seller of an invoice stands; start kept serve with --plans")
	}
	err = o.billing(ctx, number, func(ctx context.Context, tx *store.Tx, a *policy.Activity, b *Bill) error {
		s, err := o.one(ctx, tx, "activity = $1 and customer = $2", b.Activity, b.Customer)
		if fault.Is(err, fault.NotFound) || err == nil && or(s.Company, s.Name) == "" {
			return fault.New(fault.Refused, "what the customer said about itself is gone: the invoice can only be cancelled")
		}
		if err != nil {
			return err
		}
		x := o.invoiceFor(&s, bill{from: b.Invoice.From, until: b.Invoice.Until, lines: slices.Clone(b.Invoice.Lines)})
		x.Currency = b.Invoice.Currency
		if b.Invoice.Tax == invoice.Domestic { // one without tax does not say which rate it would have had
			x.Rate = b.Invoice.Rate
		}
		taxed(&x)
		x.Paid = !b.Paid.IsZero() && x.Gross == b.Gross
		if undone, err = o.cancel(ctx, tx, a, &s, b, by, !b.Paid.IsZero() && !x.Paid); err != nil {
			return err
		}
		if anew, err = o.store(ctx, tx, a, &s, x, cancelling{}); err != nil {
			return err
		}
		if x.Paid {
			if _, err := tx.ExecContext(ctx, "update subscription_invoice set paid_at = $1 where id = $2", store.At(b.Paid), anew.ID); err != nil {
				return store.Classify(err)
			}
		}
		return o.write(ctx, tx, a, &s, letter{what: "anew", to: s.Billing, args: []any{anew.Number, anew.Gross.In(s.lang(), anew.Currency), b.Number, undone.Number},
			files: append(anew.Files(), undone.Files()...)})
	})
	if err != nil {
		return undone, anew, fmt.Errorf("write an invoice anew: %w", err)
	}
	return undone, anew, nil
}
