package newsletter

import (
	"time"
	_ "time/tzdata" // a reader's clock is known on every machine

	"kept/internal/fault"
	"kept/internal/policy"
)

// Zones are the time zones that a form offers: one for each clock that people in
// numbers live by.
var Zones = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Phoenix", "America/Chicago", "America/Mexico_City", "America/New_York",
	"America/Bogota", "America/Halifax", "America/Santiago", "America/St_Johns", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Atlantic/Azores", "UTC",
	"Europe/London", "Europe/Lisbon", "Africa/Lagos", "Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Warsaw",
	"Europe/Athens", "Europe/Helsinki", "Europe/Kyiv", "Africa/Cairo", "Africa/Johannesburg", "Europe/Istanbul", "Europe/Moscow", "Africa/Nairobi", "Asia/Dubai",
	"Asia/Tehran", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai", "Asia/Singapore", "Australia/Perth", "Asia/Tokyo",
	"Asia/Seoul", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
}

// earliest is how long before UTC the first clock of the world shows an hour.
const earliest = 14 * time.Hour

// zone returns a time zone by its name, Invalid if there is none.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fault.New(fault.Invalid, "a time zone is like Europe/Berlin")
	}
	where, err := time.LoadLocation(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "there is no time zone %q; one is like Europe/Berlin", name)
	}
	return where, nil
}

// Zone is the time zone in which the controller reads times.
func (n *Newsletter) Zone() string { return n.env.Policy().Zone().String() }

// perReader reports whether a campaign leaves at each reader's own hour: it was
// asked for, and the policy lets their time zones be known.
func perReader(a *policy.Activity, w When) bool { return w.Local && a.Has(fieldZone) }

// begin is when the first letter may leave.
func (w When) begin(a *policy.Activity) time.Time {
	if !perReader(a, w) {
		return w.At
	}
	return w.wall(time.UTC).Add(-earliest)
}

// wall is the moment at which the clock in a place shows what it shows in the
// campaign's own zone at its time.
func (w When) wall(where *time.Location) time.Time {
	own, err := zone(w.Zone)
	if err != nil {
		own = time.UTC
	}
	t := w.At.In(own)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, where).UTC()
}

// dueFor is when the letter to a reader leaves: at the campaign's time, or when
// their own clock shows it. Whose zone is not known gets it in the campaign's.
func (w When) dueFor(a *policy.Activity, theirs string) time.Time {
	if !perReader(a, w) {
		return w.At
	}
	where, err := zone(theirs)
	if err != nil {
		return w.At
	}
	return w.wall(where)
}
