package booking_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/store"
)

func TestManifestIsConsistent(t *testing.T) {
	m := booking.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// A person books twice.
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
			for _, at := range []time.Time{at, at.AddDate(0, 0, 10)} {
				if status, _ := p.book(at); status != http.StatusOK {
					return planted
				}
				h.Work()
			}
			planted.Subject = p.subject()
			return planted
		},
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			var id string
			var start store.Time
			fatal(h.T, h.DB.QueryRowContext(h.T.Context(), "select id, starts_at from booking_appointment where subject = $1", p.Subject).Scan(&id, &start))
			berlin, err := booking.ZoneOf("Europe/Berlin")
			fatal(h.T, err)
			return []*http.Request{
				httptest.NewRequest(http.MethodGet, "/bookings/"+id, nil),
				httptest.NewRequest(http.MethodGet, "/bookings/day/"+start.In(berlin).Format(time.DateOnly), nil),
			}
		},
		Nobody: []string{"/bookings/types/{key}", "/bookings/calendars/{key}"},
		Use: func(h *activitytest.House, p activitytest.Planted) { // the operator cancels one: they are told
			var id string
			fatal(h.T, h.DB.QueryRowContext(h.T.Context(), "select id from booking_appointment where subject = $1 and cancelled_at is null order by starts_at limit 1", p.Subject).Scan(&id))
			_, err := diary(h).Cancel(h.T.Context(), id, "staff")
			fatal(h.T, err)
		},
		Ends: []activitytest.End{{Table: "booking_appointment", Months: 6}},
	})
}
