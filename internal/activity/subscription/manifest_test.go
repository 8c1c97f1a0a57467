package subscription_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"kept/internal/activity"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/subscription"
	"kept/internal/activity/subscription/plan"
)

func TestManifestIsConsistent(t *testing.T) {
	m := subscription.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// alone is the kind over a register of customers that stands in for the kind of
// accounts.
type alone struct {
	subscription.Kind
	c *customers
}

func (k alone) Open(ctx context.Context, env activity.Env) (activity.Running, error) {
	if _, err := k.c.Open(ctx, env); err != nil {
		return nil, err
	}
	env.Customers = k.c
	o := subscription.Open(env)
	book, _ := plan.Read("plans.yaml", []byte(plansFile))
	o.Sell(book)
	return o, nil
}

func TestTheKindIsAsEveryKindIs(t *testing.T) {
	kind := alone{c: &customers{}}
	in := func(h *activitytest.House) *shop {
		return &shop{House: h, office: h.Running(subscription.Name).(*subscription.Office), customers: kind.c}
	}
	member := func(h *activitytest.House, p activitytest.Planted) activity.Member {
		return activity.Member{Subject: p.Subject, Customer: p.Subject, Email: kind.c.addresses[p.Subject]}
	}
	activitytest.Run(t, kind, activitytest.Config{
		Policy: policyOf,
		Fields: withReference,
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			s, d := in(h), details(n)
			m := s.register(n)
			p := activitytest.Planted{Values: map[string]string{"tenant_id": d.Tenant, "name": d.Name, "company": d.Company, "address": d.Address.Street,
				"registration_email": m.Email, "billing_email": d.Billing, "vat_id": d.VATID, "buyer_reference": d.Reference}}
			if err := s.office.Buy(t.Context(), wish(m, n, "company")); err != nil {
				return p
			}
			h.Work()
			p.Subject = m.Customer
			return p
		},
		Nobody: []string{"/subscriptions/invoices/{number}/cancel"}, // a number and an amount
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			var id, number string
			fatal(h.T, h.DB.QueryRowContext(h.T.Context(), "select id from subscription where customer = $1", p.Subject).Scan(&id))
			fatal(h.T, h.DB.QueryRowContext(h.T.Context(), "select number from subscription_invoice where customer = $1", p.Subject).Scan(&number))
			return []*http.Request{httptest.NewRequest(http.MethodGet, "/subscriptions/"+id, nil), httptest.NewRequest(http.MethodGet, "/subscriptions/invoices/"+number, nil),
				httptest.NewRequest(http.MethodGet, "/subscriptions/invoices/"+number+"/xml", nil)}
		},
		Use: func(h *activitytest.House, p activitytest.Planted) {
			s, m := in(h), member(h, p)
			_ = s.office.Change(t.Context(), m, "large") // refused, or done: the traces tell
			_, _ = s.office.Cancel(t.Context(), m)
			_ = s.office.Resume(t.Context(), m)
		},
		Ends: []activitytest.End{{Table: "subscription", Months: 12}, {Table: "subscription_order", Months: 12}, {Table: "subscription_invoice", Months: 12}},
	})
}
