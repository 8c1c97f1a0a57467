package egress

import (
	"context"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

const delivering = `
kept: 1
notice: {version: 2026-03-01, languages: [en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
recipients:
  mailer: {name: Mailer Ltd, address: Street, country: IE, role: processor, agreement: {kind: dpa, since: 2024-01-01}, hosts: [api.mailer.example]}
activities:
  newsletter:
    purpose: marketing.communications.email
    basis: consent
    group: marketing
    data: [email, name]
    recipients: {mailer: [email]}
    retention: [{from: collection, keep: 1 month, then: delete}]
`

func TestPromise_AH03_ARecipientGetsTheDeclaredFieldsOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, hello, Options{})
		title := policy.Text{"en": "x"}
		fields := []policy.Field{{Name: "email", Category: "user.contact.email", Title: title}, {Name: "name", Category: "user.name", Title: title}, {Name: "phone", Category: "user.contact.phone_number", Title: title}}
		kind := &policy.Kind{Name: "newsletter", Title: title, Fields: fields, Moments: []policy.Moment{{Name: "collection", Title: title}}, Delivers: true}
		p, findings := policy.Load("policy.yaml", []byte(delivering), policy.Vocabulary{"newsletter": kind}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		if findings.HasErrors() {
			t.Fatal(findings)
		}
		w.policy = p
		values := map[string]string{"email": "eva@example.org"}
		if got, err := w.Allowed("newsletter", "mailer", values); err != nil || got["email"] != values["email"] {
			t.Errorf("the declared field: %v, %v", got, err)
		}
		for _, c := range []struct{ activity, recipient, field string }{
			{"newsletter", "mailer", "name"}, {"newsletter", "mailer", "phone"}, {"newsletter", "other", "email"}, {"survey", "mailer", "email"},
		} {
			if got, err := w.Allowed(c.activity, c.recipient, map[string]string{"email": "eva@example.org", c.field: "x"}); !fault.Is(err, fault.Refused) || got != nil {
				t.Errorf("%+v: %v, %v", c, got, err)
			}
		}
		a := p.Activity("newsletter")
		a.Recipients[0] = policy.Delivery{Recipient: "mailer", Fields: []policy.Ref{{Name: "email"}, {Name: "phone"}}}
		if got, err := w.Allowed("newsletter", "mailer", map[string]string{"phone": "x"}); !fault.Is(err, fault.Refused) || got != nil {
			t.Errorf("a field that the entry itself does not list: %v, %v", got, err)
		}
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			leaf, err := w.Delivered(ctx, tx, Delivery{Activity: "newsletter", Recipient: "mailer", Fields: []string{"email"}, Count: 3})
			if err != nil || leaf == "" {
				t.Errorf("leaf %q, %v", leaf, err)
			}
			_, err = w.Delivered(ctx, tx, Delivery{Activity: "newsletter", Recipient: "mailer", Fields: []string{"name"}})
			if !fault.Is(err, fault.Refused) {
				t.Errorf("an undeclared delivery: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
