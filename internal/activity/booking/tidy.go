package booking

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// tidy is the job: it frees the time of appointments that are gone, by erasure or
// by a rule, and has what stands for them elsewhere taken away.
func (d *Diary) tidy(ctx context.Context, _ job.Job) error {
	err := d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := d.freeOrphans(ctx, tx, ""); err != nil {
			return err
		}
		return d.overdue(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("free the time of what is gone: %w", err)
	}
	return nil
}

// freeOrphans frees the places of appointments that are gone. An empty key stands
// for every calendar. What was still to come is cancelled by that, and the operator
// is told.
func (d *Diary) freeOrphans(ctx context.Context, tx *store.Tx, calendar string) (freed int, err error) {
	gone, err := d.orphans(ctx, tx, calendar)
	if err != nil {
		return 0, err
	}
	for _, o := range gone {
		if err := d.release(ctx, tx, o.appointment); err != nil {
			return 0, err
		}
		if !o.start.After(d.env.Clock.Now()) {
			continue
		}
		t, err := d.typeOf(ctx, tx, o.kind)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if _, err := d.env.Ledger.Append(ctx, tx, leafCancelled, map[string]any{"activity": t.Activity, "appointment": o.appointment, "by": byErasure}); err != nil {
			return 0, err
		}
		if err := d.tellErased(ctx, tx, t, o); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

// orphan is a place whose appointment is gone.
type orphan struct {
	appointment, kind, calendar string
	start, end                  time.Time
}

func (d *Diary) orphans(ctx context.Context, q store.Querier, calendar string) (all []orphan, err error) {
	rows, err := q.QueryContext(ctx, `select t.appointment, s.type, s.calendar, s.starts_at, s.ends_at from booking_seat t join booking_session s on s.id = t.session
		where (s.calendar = $1 or $1 = '') and not `+alive+" order by t.appointment", calendar)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var o orphan
		var start, end store.Time
		if err := rows.Scan(&o.appointment, &o.kind, &o.calendar, &start, &end); err != nil {
			return nil, err
		}
		o.start, o.end = start.Time, end.Time
		all = append(all, o)
	}
	return all, store.Classify(rows.Err())
}

// tellErased writes to the operator that an erasure cancelled an appointment.
func (d *Diary) tellErased(ctx context.Context, tx *store.Tx, t *Type, o orphan) error {
	a := d.env.Policy().Activity(t.Activity)
	if a == nil {
		return nil
	}
	c, err := d.calendar(ctx, tx, o.calendar)
	if err != nil {
		return err
	}
	return d.tell(ctx, tx, a, Appointment{ID: o.appointment, Start: o.start, End: o.end}, t, c, "erased", false)
}

// tell writes to the operator what became of an appointment, and whether whoever booked
// was not written to (silent). It names nobody: who it is stands in the console.
func (d *Diary) tell(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, t *Type, c *Calendar, what string, silent bool) error {
	p := d.env.Policy()
	if p.Controller.Email == "" || !d.env.Mail.Sends() {
		return nil
	}
	lang := p.Notice.Languages[0]
	text := i18n.T(lang, "booking.tell."+what, t.Title.In(lang), c.Name) + "\n\n" + when(ap.Start, ap.End, c.Zone, lang)
	if silent {
		text += "\n\n" + i18n.T(lang, "booking.tell.silent")
	}
	_, err := d.env.Mail.Enqueue(ctx, tx, mail.Message{
		Activity: a.Key, Lang: lang, To: mail.Address{Mail: p.Controller.Email},
		Title: i18n.T(lang, "booking.tell."+what+".title", t.Title.In(lang)), Text: text,
		Why:    i18n.T(lang, "booking.tell.why"),
		Thread: "booking/" + ap.ID, Key: fmt.Sprintf("booking/tell/%s/%s/%d", what, ap.ID, ap.Revision),
	})
	return err
}
