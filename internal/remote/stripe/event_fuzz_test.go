package stripe_test

import (
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/stripe"
	"kept/internal/remote/stripe/stripetest"
	"kept/internal/vault"
)

// Whatever somebody posts, only what bears the signature is read; and what bears it is
// an event with an id, or refused as none.
func FuzzEvent(f *testing.F) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	secret := vault.NewSecret(stripetest.Secret)
	for _, body := range []string{
		`{"id":"evt_1","type":"customer.subscription.updated","data":{"object":{"id":"sub_1","status":"active","metadata":{"kept":"1"}}}}`,
		`{"id":"evt_2","type":"checkout.session.completed","data":{"object":{"subscription":"sub_1","client_reference_id":"x"}}}`,
		`{"id":"evt_3","type":"invoice.paid","data":{"object":{"parent":{"subscription_details":{"subscription":"sub_1"}}}}}`,
		`{"id":"evt_4","type":"customer.subscription.deleted","data":{"object":null}}`,
		`{"id":"evt_5","type":"customer.subscription.created","data":{"object":{"items":{"data":[{}]},"current_period_end":-1}}}`,
		`{"id":7}`, `[]`, ``,
	} {
		f.Add([]byte(body), stripetest.Sign([]byte(body), stripetest.Secret, now))
		f.Add([]byte(body), "t=1,v1=00,v1=,v0=x, t=,")
	}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		if _, err := stripe.ReadEvent(body, header, vault.NewSecret("whsec_another"), now); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("%q counts under another secret: %v", header, err)
		}
		e, err := stripe.ReadEvent(body, stripetest.Sign(body, stripetest.Secret, now), secret, now)
		if err == nil && e.ID == "" || err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%+v, %v", e, err)
		}
		if again, same := stripe.ReadEvent(body, stripetest.Sign(body, stripetest.Secret, now), secret, now); again != e || (same == nil) != (err == nil) {
			t.Fatalf("read twice: %+v and %+v", e, again)
		}
	})
}
