package booking_test

import (
	"net/http"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
)

func TestManifestIsConsistent(t *testing.T) {
	m := booking.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// A person books.
func TestTheKindIsAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, booking.Kind{}, activitytest.Config{
		Policy: policyOf,
		Fields: allFields,
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			planted := activitytest.Planted{Values: map[string]string{"email": p.email, "first_name": p.form.Get("first"), "last_name": p.form.Get("last"),
				"phone": p.form.Get("phone"), "company": p.form.Get("company"), "message": p.form.Get("message")}}
			if len(h.Policy().OfKind(booking.Name)) == 0 {
				p.book(h.Clock.Now().Add(48 * time.Hour))
				return planted
			}
			if n == 1 {
				open(h.T, h)
			}
			at := h.Clock.Now().Truncate(30 * time.Minute).Add(time.Duration(n) * time.Hour)
			if status, _ := p.book(at); status != http.StatusOK {
				return planted
			}
			h.Work()
			planted.Subject = p.subject()
			return planted
		},
		Ends: []activitytest.End{{Table: "booking_appointment", Months: 6}},
	})
}
