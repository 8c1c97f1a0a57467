package booking

import (
	"strconv"
	"strings"
	"time"

	"kept/internal/i18n"
)

// day writes a day of a zone in words: "Tuesday, 1 December 2026".
func day(t time.Time, zone *time.Location, lang i18n.Lang) string {
	local := onWall(t.In(zone))
	return i18n.T(lang, "booking.weekday."+strconv.Itoa(int(local.Weekday()))) + ", " + i18n.Date(local, lang)
}

// clock writes the time of a zone, with the zone's short name where the clock shows
// it twice on that day.
func clock(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	text := local.Format("15:04")
	if start, end := local.ZoneBounds(); near(local, start) || near(local, end) {
		for _, d := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
			if local.Add(d).Format("15:04") == text {
				return text + " " + local.Format("MST")
			}
		}
	}
	return text
}

func near(t, change time.Time) bool {
	return !change.IsZero() && t.Sub(change).Abs() <= 2*time.Hour
}

// when writes day, times and zone of an appointment.
func when(start, end time.Time, zone *time.Location, lang i18n.Lang) string {
	return i18n.T(lang, "booking.when", day(start, zone, lang), clock(start, zone), clock(end, zone), zoneName(zone))
}

// zoneName is a zone as people read it.
func zoneName(zone *time.Location) string { return strings.ReplaceAll(zone.String(), "_", " ") }

// zones are those that the pages offer, beside the calendar's own.
var zones = []string{
	"Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Athens", "Europe/Kyiv", "Europe/Istanbul",
	"Atlantic/Reykjavik", "Africa/Lagos", "Africa/Cairo", "Africa/Johannesburg", "Africa/Nairobi",
	"Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Bangkok", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo",
	"Australia/Perth", "Australia/Adelaide", "Australia/Sydney", "Pacific/Auckland",
	"America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago",
	"America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "UTC",
}
