package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/remote/caldav"
	"kept/internal/store"
)

// later has an appointment written into the calendar elsewhere, or taken away, by a
// job: nobody who books waits for that calendar.
func (d *Diary) later(ctx context.Context, tx *store.Tx, id string) error {
	_, err := d.env.Jobs.Enqueue(ctx, tx, job.New{Kind: syncJob, Key: id, Payload: pending{Appointment: id}})
	return err
}

// written is an entry in the calendar elsewhere.
type written struct {
	folder   string
	revision int
}

// unwritten is the revision of an entry of which nobody knows whether it arrived.
const unwritten = -1

// standing is the revision of the entry that is to stand elsewhere. While the person's
// data is restricted it is one of its own, whose entry names nobody (Art. 18(2) GDPR).
func standing(revision int, restricted bool) int {
	if restricted {
		return unwritten - 1 - revision
	}
	return revision
}

func eventName(id string) string { return "kept-" + id + ".ics" }

// sync is the job: what stands in the calendar elsewhere becomes what the
// appointment says. Without a connected calendar it waits; the regular job makes up
// for it.
func (d *Diary) sync(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	remote := d.remote.Load()
	if remote == nil {
		return nil
	}
	ap, err := d.appointment(ctx, d.env.DB, "a.id", p.Appointment)
	gone := fault.Is(err, fault.NotFound)
	if err != nil && !gone {
		return err
	}
	before, there, err := d.entryOf(ctx, p.Appointment)
	if err != nil {
		return err
	}
	if gone || !ap.stands() {
		if !there {
			return nil
		}
		return d.takeAway(ctx, remote, p.Appointment, before)
	}
	return d.put(ctx, remote, ap, before, there)
}

func (d *Diary) entryOf(ctx context.Context, id string) (w written, there bool, err error) {
	err = store.Classify(d.env.DB.QueryRowContext(ctx, "select folder, revision from booking_event where appointment = $1", id).Scan(&w.folder, &w.revision))
	if fault.Is(err, fault.NotFound) {
		return w, false, nil
	}
	return w, err == nil, err
}

func (d *Diary) takeAway(ctx context.Context, remote *caldav.Client, id string, w written) error {
	if err := remote.Delete(ctx, w.folder, eventName(id)); err != nil {
		return err
	}
	_, err := d.env.DB.ExecContext(ctx, "delete from booking_event where appointment = $1", id)
	return store.Classify(err)
}

func (d *Diary) put(ctx context.Context, remote *caldav.Client, ap Appointment, before written, there bool) error {
	a, t, c, err := d.about(ctx, d.env.DB, ap)
	if err != nil || a == nil || !ap.End.After(d.env.Clock.Now()) {
		return err
	}
	recipient := CalendarOf(a)
	fields := d.handed(a, recipient)
	if recipient == "" || !slices.Contains(fields, fieldAppointment) {
		return nil // the policy lets that calendar have none
	}
	restricted, err := d.env.Subjects.Restricted(ctx)
	if err != nil {
		return err
	}
	revision := standing(ap.Revision, restricted[ap.Subject])
	if there && before.revision == revision && before.folder == c.Folder {
		return nil
	}
	if restricted[ap.Subject] {
		ap.hide()
	}
	if there && before.folder != c.Folder {
		if err := d.takeAway(ctx, remote, ap.ID, before); err != nil {
			return err
		}
	}
	if err := d.note(ctx, ap.ID, c.Folder, unwritten, nil); err != nil { // it may arrive and the answer be lost
		return err
	}
	if err := remote.Put(ctx, c.Folder, eventName(ap.ID), d.entryFor(ap, t, c, fields)); err != nil {
		return err
	}
	return d.note(ctx, ap.ID, c.Folder, revision, func(ctx context.Context, tx *store.Tx) error {
		return d.delivered(ctx, tx, a, ap, recipient, fields)
	})
}

// note writes which entry stands in the calendar elsewhere.
func (d *Diary) note(ctx context.Context, id, folder string, revision int, also func(context.Context, *store.Tx) error) error {
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into booking_event (appointment, folder, revision, written_at) values ($1, $2, $3, $4)
			on conflict (appointment) do update set folder = excluded.folder, revision = excluded.revision, written_at = excluded.written_at`,
			id, folder, revision, store.At(d.env.Clock.Now()))
		if err != nil || also == nil {
			return store.Classify(err)
		}
		return also(ctx, tx)
	})
}

// handed are the fields that the policy lets a calendar have.
func (d *Diary) handed(a *policy.Activity, recipient string) (fields []string) {
	for _, f := range []string{fieldAppointment, fieldFirst, fieldLast, fieldEmail, fieldPhone, fieldCompany, fieldMessage, fieldZone} {
		if _, err := d.env.Egress.Allowed(a.Key, recipient, map[string]string{f: ""}); err == nil {
			fields = append(fields, f)
		}
	}
	return fields
}

func (d *Diary) delivered(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, recipient string, fields []string) error {
	values := ap.values()
	values[fieldEmail] = &ap.Email
	sent := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f != fieldAppointment && (values[f] == nil || *values[f] == "") })
	_, err := d.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: a.Key, Recipient: recipient, Fields: sent, Count: 1})
	return err
}

// entryFor is the entry for the calendar elsewhere: the operator's view, with the
// declared fields alone. Nobody is named as a guest, or that server would write to
// them itself.
func (d *Diary) entryFor(ap Appointment, t *Type, c *Calendar, fields []string) *ical.Calendar {
	give := func(field, value string) string {
		if !slices.Contains(fields, field) {
			return ""
		}
		return value
	}
	summary := t.Title.In(d.env.Policy().Notice.Languages[0])
	if name := strings.TrimSpace(give(fieldFirst, ap.First) + " " + give(fieldLast, ap.Last)); name != "" {
		summary += " – " + name
	}
	cal, e := d.event(ap, c, summary)
	var said []string
	for _, v := range []string{give(fieldCompany, ap.Company), give(fieldEmail, ap.Email), give(fieldPhone, ap.Phone), give(fieldZone, ap.Zone), give(fieldMessage, ap.Message)} {
		if v != "" {
			said = append(said, v)
		}
	}
	if len(said) > 0 {
		e.Props.SetText(ical.PropDescription, strings.Join(said, "\n"))
	}
	if t.Place != "" {
		e.Props.SetText(ical.PropLocation, t.Place)
	}
	return cal
}

// outside is the regular job: it reads when the calendars are taken elsewhere, and
// has written what could not be.
func (d *Diary) outside(ctx context.Context, _ job.Job) error {
	remote := d.remote.Load()
	if remote == nil || !slices.ContainsFunc(d.entries(), func(a *policy.Activity) bool { return CalendarOf(a) != "" }) {
		return nil
	}
	all, err := d.Calendars(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if err := d.read(ctx, remote, &all[i]); err != nil {
			return fmt.Errorf("read the calendar %s: %w", all[i].Key, err)
		}
	}
	return d.env.DB.Write(ctx, d.overdue)
}

// overdue has every entry brought up to date that is not.
func (d *Diary) overdue(ctx context.Context, tx *store.Tx) error {
	if d.remote.Load() == nil {
		return nil
	}
	late, err := d.outdated(ctx, tx)
	if err != nil {
		return err
	}
	over, err := store.Texts(ctx, tx, `select e.appointment from booking_event e
		where not exists (select 1 from booking_appointment a where a.id = e.appointment and a.cancelled_at is null)`)
	if err != nil {
		return err
	}
	for _, id := range append(late, over...) {
		if err := d.later(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// outdated returns the appointments to come whose entry is missing, or says what it
// said before a change or a restriction.
func (d *Diary) outdated(ctx context.Context, tx *store.Tx) (late []string, err error) {
	restricted, err := d.env.Subjects.Restricted(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `select a.id, a.subject, a.revision, coalesce(e.revision, $2) from booking_appointment a left join booking_event e on e.appointment = a.id
		where a.cancelled_at is null and a.ends_at > $1`, store.At(d.env.Clock.Now()), unwritten)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, subject string
		var revision, stands int
		if err := rows.Scan(&id, &subject, &revision, &stands); err != nil {
			return nil, err
		}
		if stands != standing(revision, restricted[subject]) {
			late = append(late, id)
		}
	}
	return late, store.Classify(rows.Err())
}

// read reads when a calendar is taken elsewhere. If that fails, what was read before
// stands, and the console says so.
func (d *Diary) read(ctx context.Context, remote *caldav.Client, c *Calendar) error {
	now := d.env.Clock.Now()
	own := func(uid string) bool {
		id, domain, _ := strings.Cut(uid, "@")
		return store.IsID(id) && d.uid(id) == id+"@"+domain
	}
	busy, failed := remote.Busy(ctx, c.Folder, now.Add(-24*time.Hour), now.AddDate(0, 0, longestAhead+1), c.Zone, own)
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if failed != nil {
			d.env.Log.Warn("the calendar elsewhere could not be read; bookings go on", "calendar", c.Key, "error", failed)
			_, err := tx.ExecContext(ctx, "update booking_calendar set failed = $2 where id = $1", c.Key, failed.Error())
			return store.Classify(err)
		}
		if _, err := tx.ExecContext(ctx, "delete from booking_busy where calendar = $1", c.Key); err != nil {
			return store.Classify(err)
		}
		for _, b := range busy {
			if _, err := tx.ExecContext(ctx, "insert into booking_busy (calendar, starts_at, ends_at) values ($1, $2, $3)", c.Key, store.At(b.From), store.At(b.To)); err != nil {
				return store.Classify(err)
			}
		}
		_, err := tx.ExecContext(ctx, "update booking_calendar set failed = null, read_at = $2 where id = $1", c.Key, store.At(now))
		return store.Classify(err)
	})
}
