package booking

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/emersion/go-ical"

	"kept/internal/i18n"
)

// product names us to other calendars (RFC 5545, 3.7.3).
const product = "-//Kept//Booking//EN"

// uid names an appointment to every calendar, for good.
func (d *Diary) uid(id string) string { return id + "@" + cmp.Or(d.env.Mail.Domain(), "kept") }

// invitation writes an appointment as iCalendar: a request, or the end of one (RFC
// 5546).
func (d *Diary) invitation(ap Appointment, t *Type, c *Calendar, lang i18n.Lang) (ics []byte, method string, err error) {
	p := d.env.Policy()
	cal, e := d.event(ap, c, t.Title.In(lang)+" – "+p.Controller.Name)
	method = "REQUEST"
	if !ap.stands() {
		method = "CANCEL"
	}
	set(cal.Props, ical.PropMethod, method)
	e.Props.SetText(ical.PropDescription, i18n.T(lang, "booking.mail.change")+"\n"+d.env.Mail.Link(d.path(ap.ID)))
	if t.Place != "" {
		e.Props.SetText(ical.PropLocation, t.Place)
	}
	if p.Controller.Email != "" {
		organiser := ical.NewProp(ical.PropOrganizer)
		organiser.Value = "mailto:" + p.Controller.Email
		organiser.Params.Set(ical.ParamCommonName, headerSafe(p.Controller.Name))
		e.Props.Set(organiser)
	}
	guest := ical.NewProp(ical.PropAttendee)
	guest.Value = "mailto:" + ap.Email
	guest.Params.Set(ical.ParamParticipationStatus, "ACCEPTED") // they chose the time themselves
	guest.Params.Set(ical.ParamRSVP, "FALSE")
	if name := calledBy(ap); name != "" {
		guest.Params.Set(ical.ParamCommonName, name)
	}
	e.Props.Set(guest)
	var out bytes.Buffer
	if err := ical.NewEncoder(&out).Encode(cal); err != nil {
		return nil, "", fmt.Errorf("write an invitation: %w", err)
	}
	return out.Bytes(), method, nil
}

// event begins an event with what every calendar needs: name, times, zone.
func (d *Diary) event(ap Appointment, c *Calendar, summary string) (*ical.Calendar, *ical.Component) {
	cal := ical.NewCalendar()
	set(cal.Props, ical.PropProductID, product)
	set(cal.Props, ical.PropVersion, "2.0")
	cal.Children = append(cal.Children, zoneDefinition(c.Zone, ap.Start))
	e := ical.NewComponent(ical.CompEvent)
	set(e.Props, ical.PropUID, d.uid(ap.ID))
	set(e.Props, ical.PropSequence, strconv.Itoa(ap.Revision))
	e.Props.SetDateTime(ical.PropDateTimeStamp, d.env.Clock.Now().UTC())
	for name, at := range map[string]time.Time{ical.PropDateTimeStart: ap.Start, ical.PropDateTimeEnd: ap.End} {
		when := ical.NewProp(name)
		when.Value = at.In(c.Zone).Format("20060102T150405")
		when.Params.Set(ical.ParamTimezoneID, c.Zone.String())
		if again(at, c.Zone) { // the clock shows it twice: only UTC tells which
			when.Value = at.UTC().Format("20060102T150405Z")
			when.Params.Del(ical.ParamTimezoneID)
		}
		e.Props.Set(when)
	}
	status := "CONFIRMED"
	if !ap.stands() {
		status = "CANCELLED"
	}
	set(e.Props, ical.PropStatus, status)
	set(e.Props, ical.PropTransparency, "OPAQUE")
	e.Props.SetText(ical.PropSummary, summary)
	cal.Children = append(cal.Children, e)
	return cal, e
}

// again reports whether the clock of a zone showed the same an hour before, or will
// in an hour: when summer time ends.
func again(t time.Time, zone *time.Location) bool {
	return clock(t, zone) != t.In(zone).Format("15:04")
}

func set(props ical.Props, name, value string) {
	p := ical.NewProp(name)
	p.Value = value
	props.Set(p)
}

// zoneDefinition defines the zone around a moment: the change before it and the one
// after (RFC 5545, 3.6.5).
func zoneDefinition(zone *time.Location, around time.Time) *ical.Component {
	def := ical.NewComponent(ical.CompTimezone)
	set(def.Props, ical.PropTimezoneID, zone.String())
	begins, ends := around.In(zone).ZoneBounds()
	if begins.IsZero() {
		begins = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC).In(zone)
	}
	def.Children = append(def.Children, observance(begins))
	if !ends.IsZero() {
		def.Children = append(def.Children, observance(ends))
	}
	return def
}

// observance is what holds from a change on. Its beginning is told by the clock as
// it was before.
func observance(change time.Time) *ical.Component {
	name, after := change.Zone()
	_, before := change.Add(-time.Second).Zone()
	kind := ical.CompTimezoneStandard
	if change.IsDST() {
		kind = ical.CompTimezoneDaylight
	}
	o := ical.NewComponent(kind)
	set(o.Props, ical.PropDateTimeStart, change.UTC().Add(time.Duration(before)*time.Second).Format("20060102T150405"))
	set(o.Props, ical.PropTimezoneOffsetFrom, offsetText(before))
	set(o.Props, ical.PropTimezoneOffsetTo, offsetText(after))
	set(o.Props, ical.PropTimezoneName, name)
	return o
}

func offsetText(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
}
