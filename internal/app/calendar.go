package app

import (
	"context"

	"kept/internal/activity/booking"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/caldav"
)

// calendarPurpose is how the way out knows the calendar that the operator named.
const calendarPurpose = "calendar"

// canConnect returns Invalid if a calendar is named that no activity of p may use, or
// that cannot be one.
func (c Config) canConnect(p *policy.Policy) error {
	if c.CalDAV.Reveal() == "" {
		return nil
	}
	if _, err := caldav.Parse(c.CalDAV, c.CalDAVSecret); err != nil {
		return fault.New(fault.Invalid, "--caldav: %w", err)
	}
	for _, a := range p.OfKind(booking.Name) {
		if booking.CalendarOf(a) != "" {
			return nil
		}
	}
	return fault.New(fault.Invalid, "--caldav names a calendar, and no activity of the policy has one: give the setting calendar of the activity of the kind %s a recipient with the protocol caldav", booking.Name)
}

// connectCalendar has appointments written into the calendar that the operator named.
func (a *App) connectCalendar(ctx context.Context, d *booking.Diary) error {
	if a.Config.CalDAV.Reveal() == "" {
		for _, entry := range a.InForce.Now().OfKind(booking.Name) {
			if booking.CalendarOf(entry) != "" {
				a.Log.Info("appointments stand here alone; name the calendar elsewhere with --caldav", "activity", entry.Key)
			}
		}
		return nil
	}
	account, err := caldav.Parse(a.Config.CalDAV, a.Config.CalDAVSecret)
	if err != nil {
		return err
	}
	client, err := caldav.New(account, a.Egress.Operator(calendarPurpose, account.Address()))
	if err != nil {
		return err
	}
	return d.Connect(ctx, client)
}

// Bookings is the appointments at work.
func (a *App) Bookings() *booking.Diary {
	for _, r := range a.running {
		if d, ok := r.(*booking.Diary); ok {
			return d
		}
	}
	return nil
}
