package main

import (
	"context"

	"kept/internal/activity/booking"
	"kept/internal/app"
	"kept/internal/demo"
	"kept/internal/policy"
)

// bookDemo sets up a calendar as the operator would, and lets some people book.
func bookDemo(ctx context.Context, a *app.App) error {
	d := a.Bookings()
	if _, err := d.Calendar(ctx, "anna"); err == nil {
		return nil
	}
	hours, err := booking.ParseHours("Mon-Thu 09:00-12:00, 13:00-17:00\nFri 09:00-13:00", "")
	if err != nil {
		return err
	}
	zone, err := booking.ZoneOf("Europe/Berlin")
	if err != nil {
		return err
	}
	if err := d.SetCalendar(ctx, booking.Calendar{Key: "anna", Name: "Anna Muster", Zone: zone, Holidays: "DE-HE", Hours: hours}, "demo"); err != nil {
		return err
	}
	for _, t := range []booking.Type{
		{Key: "erstgespraech", Title: policy.Text{"de": "Erstgespräch", "en": "First talk"}, Place: "Musterstraße 1, 65183 Wiesbaden", Length: 45, Step: 30, After: 15, Notice: 12 * 60, Ahead: 60, Capacity: 1},
		{Key: "sprechstunde", Title: policy.Text{"de": "Sprechstunde per Video", "en": "Office hour by video"}, Place: "https://meet.agentur.example/sprechstunde", Online: true, Length: 60, Step: 60, Notice: 60, Ahead: 30, Capacity: 6},
	} {
		t.Calendar = "anna"
		if err := d.SetType(ctx, t, "demo"); err != nil {
			return err
		}
	}
	return demo.Guests{Site: a.SiteURL(), Activity: "booking", Type: "erstgespraech"}.Book(ctx)
}
