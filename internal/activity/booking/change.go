package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// Who cancels.
const (
	byPerson   = "person"
	byErasure  = "erasure"
	byOperator = "staff"
)

// CancelBy cancels the appointment that a link is about, for whoever holds it. It
// is no error if it is cancelled already. Conflict once it has begun, NotFound
// without such an appointment.
func (d *Diary) CancelBy(ctx context.Context, token string) error {
	return d.changeBy(ctx, token, func(ctx context.Context, tx *store.Tx, ap Appointment) error { return d.cancel(ctx, tx, ap, byPerson) })
}

// Cancel cancels an appointment in the operator's name; by is who does. Where this
// process cannot write mails, the serving one does it (waits is true).
func (d *Diary) Cancel(ctx context.Context, id, by string) (waits bool, err error) {
	err = d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ap, err := d.appointment(ctx, tx, "a.id", id)
		if err != nil {
			return err
		}
		if err := d.changeable(ap); err != nil {
			return err
		}
		if waits = !d.env.Mail.Sends(); waits {
			_, err := d.env.Jobs.Enqueue(ctx, tx, job.New{Kind: cancelJob, Key: id, Payload: pending{Appointment: id, By: by}})
			return err
		}
		return d.cancel(ctx, tx, ap, by)
	})
	if err != nil {
		return false, fmt.Errorf("cancel an appointment: %w", err)
	}
	return waits, nil
}

// MayCancel returns when an appointment begins that can be cancelled; Conflict if it
// cannot be any more.
func (d *Diary) MayCancel(ctx context.Context, id string) (time.Time, error) {
	ap, err := d.appointment(ctx, d.env.DB, "a.id", id)
	if err != nil {
		return time.Time{}, err
	}
	return ap.Start, d.changeable(ap)
}

func (d *Diary) cancelByJob(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	_, err := d.Cancel(ctx, p.Appointment, p.By)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return nil // it is gone, or over
	}
	return err
}

// changeable returns Conflict if an appointment cannot be changed any more.
func (d *Diary) changeable(ap Appointment) error {
	switch {
	case !ap.stands():
		return fault.New(fault.Conflict, "this appointment is cancelled")
	case !ap.Start.After(d.env.Clock.Now()):
		return fault.New(fault.Conflict, "this appointment has begun or is over")
	}
	return nil
}

func (d *Diary) changeBy(ctx context.Context, token string, f func(context.Context, *store.Tx, Appointment) error) error {
	err := d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ap, err := d.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		return f(ctx, tx, ap)
	})
	if err != nil {
		return fmt.Errorf("change an appointment: %w", err)
	}
	return nil
}

// cancel gives the time back, writes to both sides, and ends what the policy ends
// with a cancellation.
func (d *Diary) cancel(ctx context.Context, tx *store.Tx, ap Appointment, by string) error {
	if !ap.stands() {
		return nil
	}
	if err := d.changeable(ap); err != nil {
		return err
	}
	a, t, c, err := d.about(ctx, tx, ap)
	if err != nil {
		return err
	}
	ap.Revision++
	ap.Cancelled = d.env.Clock.Now()
	if a != nil {
		if err := d.sayCancelled(ctx, tx, a, ap, t, c, by); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "update booking_appointment set cancelled_at = $2, revision = $3 where id = $1", ap.ID, store.At(ap.Cancelled), ap.Revision); err != nil {
		return store.Classify(err)
	}
	if err := d.release(ctx, tx, ap.ID); err != nil {
		return err
	}
	if _, err := d.env.Ledger.Append(ctx, tx, leafCancelled, map[string]any{"activity": ap.Activity, "appointment": ap.ID, "by": by}); err != nil {
		return err
	}
	if err := d.later(ctx, tx, ap.ID); err != nil || a == nil {
		return err
	}
	return d.env.End(ctx, tx, a.Key, "cancelled", appointmentTable, ap.ID)
}

// sayCancelled tells whoever booked, and the operator unless it was one of theirs.
func (d *Diary) sayCancelled(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, t *Type, c *Calendar, by string) error {
	w := cancelled
	if by == byErasure {
		w = erased
	}
	silent, err := d.write(ctx, tx, a, ap, t, c, w)
	if err != nil || by != byPerson && by != byErasure {
		return err
	}
	return d.tell(ctx, tx, a, ap, t, c, string(w), silent)
}

// Ending cancels what a person has booked and is still to come, before their data is
// erased: they and the operator are told, and the calendar elsewhere follows.
func (d *Diary) Ending(ctx context.Context, activity, subject string) error {
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := d.appointments(ctx, tx, "where a.activity = $1 and a.subject = $2 and a.cancelled_at is null and a.starts_at > $3 order by a.starts_at, a.id",
			activity, subject, store.At(d.env.Clock.Now()))
		if err != nil {
			return fmt.Errorf("cancel what is still to come: %w", err)
		}
		for _, ap := range all {
			if err := d.cancel(ctx, tx, ap, byErasure); err != nil {
				return fmt.Errorf("cancel what is still to come: %w", err)
			}
		}
		return nil
	})
}

// leafCancelled is the ledger's word for an appointment that was cancelled.
const leafCancelled = "booking.cancelled"

// Choices returns the slots to which the appointment of a link can be moved on days
// of its calendar's zone.
func (d *Diary) choices(ctx context.Context, ap Appointment, first, last time.Time) ([]Slot, *Type, *Calendar, error) {
	a, t, c, err := d.about(ctx, d.env.DB, ap)
	if err != nil {
		return nil, nil, nil, err
	}
	if a == nil {
		return nil, nil, nil, fault.New(fault.Conflict, "this appointment cannot be moved any more")
	}
	slots, err := d.free(ctx, d.env.DB, c, t, first, last)
	return slots, t, c, err
}

// Move moves the appointment of a link to another start. Conflict if that is taken
// or if it is too late, Invalid if the calendar never begins an appointment then;
// the appointment stands as it was then.
func (d *Diary) Move(ctx context.Context, token string, to time.Time) error {
	return d.changeBy(ctx, token, func(ctx context.Context, tx *store.Tx, ap Appointment) error {
		if err := d.changeable(ap); err != nil || ap.Start.Equal(to) {
			return err
		}
		a, t, c, err := d.about(ctx, tx, ap)
		if err != nil {
			return err
		}
		if a == nil || !offers(c, t, to, d.env.Clock.Now()) {
			return fault.New(fault.Invalid, "no appointment of this type begins then; choose one of the times that are shown")
		}
		if err := d.release(ctx, tx, ap.ID); err != nil { // it may overlap its own new time
			return err
		}
		if err := d.unoccupied(ctx, tx, c, t, to); err != nil {
			return err
		}
		if err := d.take(ctx, tx, t, to, ap.ID); err != nil {
			return err
		}
		return d.moved(ctx, tx, a, ap, t, c, to)
	})
}

// moved writes the new time of an appointment, and tells both sides.
func (d *Diary) moved(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, t *Type, c *Calendar, to time.Time) error {
	ap.Start, ap.End, ap.Revision = to, to.Add(t.length()), ap.Revision+1
	_, err := tx.ExecContext(ctx, "update booking_appointment set starts_at = $2, ends_at = $3, revision = $4 where id = $1", ap.ID, store.At(ap.Start), store.At(ap.End), ap.Revision)
	if err != nil {
		return store.Classify(err)
	}
	silent, err := d.write(ctx, tx, a, ap, t, c, moved)
	if err != nil {
		return err
	}
	if err := d.tell(ctx, tx, a, ap, t, c, "moved", silent); err != nil {
		return err
	}
	if err := d.plan(ctx, tx, a, ap, c); err != nil {
		return err
	}
	return d.later(ctx, tx, ap.ID)
}

// forgets reports whether the policy ends an appointment's data when its owner asks.
func forgets(a *policy.Activity) bool {
	return a != nil && slices.ContainsFunc(a.Retention, func(r policy.Rule) bool { return r.From == "request" && r.Then == policy.Delete })
}

// Forget deletes the appointment of a link because its owner asks for it, and
// cancels it before if it is still to come. Refused if the policy does not grant
// that; no error if there is none.
func (d *Diary) Forget(ctx context.Context, token string) error {
	err := d.changeBy(ctx, token, func(ctx context.Context, tx *store.Tx, ap Appointment) error {
		a := d.env.Policy().Activity(ap.Activity)
		if !forgets(a) {
			return fault.New(fault.Refused, "the policy does not grant an earlier deletion; ask for it at our privacy contact")
		}
		if ap.stands() && ap.Start.After(d.env.Clock.Now()) {
			if err := d.cancel(ctx, tx, ap, byPerson); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "update booking_appointment set request_at = $2 where id = $1", ap.ID, store.At(d.env.Clock.Now()))
		if err != nil {
			return store.Classify(err)
		}
		if err := d.release(ctx, tx, ap.ID); err != nil {
			return err
		}
		if err := d.later(ctx, tx, ap.ID); err != nil {
			return err
		}
		return d.env.End(ctx, tx, a.Key, "request", appointmentTable, ap.ID)
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
