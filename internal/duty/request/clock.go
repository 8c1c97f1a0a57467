package request

import (
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/period"
)

// Zone is where the controller of p counts days.
func Zone(p *policy.Policy) *time.Location { return p.Zone() }

// Art. 12(3): a month, and two further months where that is necessary.
const (
	month    = 1
	extended = 3
)

// Due returns the first moment at which an answer is too late (Art. 12(3), as
// Regulation 1182/71 counts). Of the time in which the clock stood still whole
// days count, so that the answer is never late.
func Due(p *policy.Policy, received time.Time, longer bool, stood time.Duration) time.Time {
	term := period.Period{Months: month, Days: int(stood / (24 * time.Hour))}
	if longer {
		term.Months = extended
	}
	return p.Calendar().End(received.In(Zone(p)), term)
}

// day writes a day as the controller counts it.
func (d *Desk) day(t time.Time, lang string) string { return i18n.DateIn(t, Zone(d.Policy()), lang) }

// Arrived returns the moment that stands for a day on which a letter or a call
// came in: its noon, or now if that is still to come. Invalid if it is no day.
func (d *Desk) Arrived(day string) (time.Time, error) {
	noon, err := time.ParseInLocation("2006-01-02 15", day+" 12", Zone(d.Policy()))
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "the day of receipt is written like 2026-11-20: %w", err)
	}
	now := d.Clock.Now()
	if noon.After(now) && noon.Sub(now) < 24*time.Hour && noon.Format(time.DateOnly) == now.In(noon.Location()).Format(time.DateOnly) {
		return now, nil
	}
	return noon, nil
}

// clockOf returns the due moment of a case as its clock stands now.
func (d *Desk) clockOf(c Case) time.Time {
	return Due(d.Policy(), c.Received, !c.Extended.IsZero(), c.Paused)
}

// pause stops the clock.
func (c *Case) pause(now time.Time, why Pausing) { c.PausedSince, c.PauseWhy = now, why }

// resume lets it go on.
func (c *Case) resume(now time.Time) {
	if c.PausedSince.IsZero() {
		return
	}
	c.Paused += now.Sub(c.PausedSince)
	c.PausedSince, c.PauseWhy = time.Time{}, ""
}

// mayExtend reports whether the person can still be told that it takes longer:
// inside the first month, once.
func (c Case) mayExtend(now time.Time) bool {
	return c.Open() && c.Extended.IsZero() && now.Before(c.Due)
}
