package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// settle is the job: it finds out whose booking it is, writes the appointment, and
// confirms it.
func (d *Diary) settle(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	err := d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ap, said, err := d.request(ctx, tx, p.Appointment)
		if fault.Is(err, fault.NotFound) { // settled before, or past its time
			return nil
		}
		if err != nil {
			return err
		}
		if a := d.env.Policy().Activity(ap.Activity); a != nil && d.unable(a) == nil {
			if err := d.begin(ctx, tx, a, ap, said); err != nil {
				return err
			}
		} else if err := d.release(ctx, tx, p.Appointment); err != nil { // the policy changed meanwhile
			return err
		}
		_, err = tx.ExecContext(ctx, "delete from booking_request where id = $1", p.Appointment)
		return store.Classify(err)
	})
	if err != nil {
		return fmt.Errorf("settle a booking: %w", err)
	}
	return d.env.Vault.Destroy(ctx, p.Appointment)
}

func (d *Diary) request(ctx context.Context, tx *store.Tx, id string) (ap Appointment, said content, err error) {
	var sealed []byte
	var requested, start, end store.Time
	err = store.Classify(tx.QueryRowContext(ctx, "select id, activity, requested_at, starts_at, ends_at, content from booking_request where id = $1", id).
		Scan(&ap.ID, &ap.Activity, &requested, &start, &end, &sealed))
	if err != nil {
		return ap, said, err
	}
	ap.Requested, ap.Start, ap.End = requested.Time, start.Time, end.Time
	plain, err := d.env.Vault.Open(ctx, key(id), requestTable+".content", sealed)
	if err != nil {
		return ap, said, err
	}
	if err := json.Unmarshal(plain, &said); err != nil {
		return ap, said, fmt.Errorf("read a booking: %w", err)
	}
	ap.Person = said.Person
	return ap, said, nil
}

// begin writes the appointment and everything that follows from it.
func (d *Diary) begin(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, said content) error {
	address, err := mail.Normalise(ap.Email)
	if err != nil {
		return err
	}
	if ap.Subject, _, err = d.env.Subjects.Ensure(ctx, tx, subject.Email, address); err != nil {
		return err
	}
	t, err := d.typeOf(ctx, tx, said.Type)
	if err != nil {
		return err
	}
	c, err := d.calendar(ctx, tx, t.Calendar)
	if err != nil {
		return err
	}
	ap.Title = t.Title.In(said.Reads)
	ap.Type, ap.Calendar = t.Key, c.Key
	ap.Person.only(a)
	if err := d.insert(ctx, tx, ap); err != nil {
		return err
	}
	if ap.Language == "" { // it is not kept, so the page says it this once
		ap.Language = said.Reads
	}
	silent, err := d.write(ctx, tx, a, ap, t, c, confirmed)
	if err != nil {
		return err
	}
	if err := d.tell(ctx, tx, a, ap, t, c, "booked", silent); err != nil {
		return err
	}
	if err := d.plan(ctx, tx, a, ap, c); err != nil {
		return err
	}
	return d.later(ctx, tx, ap.ID)
}

func (d *Diary) insert(ctx context.Context, tx *store.Tx, ap Appointment) error {
	values := ap.sealed()
	args := []any{ap.ID, ap.Activity, ap.Subject, d.env.Mail.TokenMark(linkSpace, d.token(ap.ID)), store.At(ap.Requested), store.At(ap.Start), store.At(ap.End), orNull(ap.Language)}
	for i, column := range sealedColumns {
		if values[i] == "" {
			args = append(args, nil)
			continue
		}
		sealed, err := d.env.Vault.Seal(ctx, key(ap.Subject), appointmentTable+"."+column, []byte(values[i]))
		if err != nil {
			return err
		}
		args = append(args, sealed)
	}
	_, err := tx.ExecContext(ctx, `insert into booking_appointment (id, activity, subject, link, requested_at, starts_at, ends_at, language, revision,
		title, first_name, last_name, email, phone, company, message, time_zone) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $13, $14, $15, $16)`, args...)
	return store.Classify(err)
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// plan has a reminder written at its time, if the policy declares one and that is
// still to come.
func (d *Diary) plan(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, c *Calendar) error {
	at, ok := reminder(a, ap, c)
	if !ok || !at.After(d.env.Clock.Now()) {
		return nil
	}
	_, err := d.env.Jobs.Enqueue(ctx, tx, job.New{Kind: remindJob, Key: ap.ID, At: at, Payload: pending{Appointment: ap.ID}})
	return err
}

// reminder is when somebody is reminded; false if nobody is.
func reminder(a *policy.Activity, ap Appointment, c *Calendar) (time.Time, bool) {
	before := a.Settings.Period("remind")
	return before.Before(ap.Start.In(c.Zone)), !before.IsZero()
}

// remind is the job: it reminds of an appointment that stands, whoever may be
// written to.
func (d *Diary) remind(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	now := d.env.Clock.Now()
	err := d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ap, err := d.appointment(ctx, tx, "a.id", p.Appointment)
		if fault.Is(err, fault.NotFound) || err == nil && (!ap.stands() || !ap.Start.After(now)) {
			return nil
		}
		if err != nil {
			return err
		}
		a, t, c, err := d.about(ctx, tx, ap)
		if err != nil || a == nil {
			return err
		}
		at, ok := reminder(a, ap, c)
		if !ok {
			return nil
		}
		if at.After(now) { // it was moved
			return d.plan(ctx, tx, a, ap, c)
		}
		_, err = d.write(ctx, tx, a, ap, t, c, reminded)
		return err
	})
	if err != nil {
		return fmt.Errorf("remind of an appointment: %w", err)
	}
	return nil
}
