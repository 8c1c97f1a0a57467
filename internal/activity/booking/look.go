package booking

import (
	"context"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// Line is an appointment without a word on whose it is.
type Line struct {
	ID        string    `json:"id"`
	Activity  string    `json:"activity"`
	Type      string    `json:"type"`
	Calendar  string    `json:"calendar"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Cancelled time.Time `json:"cancelled,omitzero"`
	// Clash says that the calendar elsewhere has something else at that time, which
	// was not there when the appointment was made.
	Clash bool `json:"clash,omitempty"`
}

// mostLines is how many appointments a list shows.
const mostLines = 500

// List returns the appointments that begin between two moments, cancelled ones too.
func (d *Diary) List(ctx context.Context, from, to time.Time) (all []Line, err error) {
	rows, err := d.env.DB.QueryContext(ctx, `select a.id, a.activity, coalesce(s.type, ''), coalesce(s.calendar, ''), a.starts_at, a.ends_at, a.cancelled_at,
		exists (select 1 from booking_busy b where b.calendar = s.calendar and b.ends_at > a.starts_at and b.starts_at < a.ends_at)
		from booking_appointment a left join booking_seat t on t.appointment = a.id left join booking_session s on s.id = t.session
		where a.starts_at >= $1 and a.starts_at < $2 order by a.starts_at, a.id limit $3`, store.At(from), store.At(to), mostLines)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Line
		var start, end, cancelled store.Time
		if err := rows.Scan(&l.ID, &l.Activity, &l.Type, &l.Calendar, &start, &end, &cancelled, &l.Clash); err != nil {
			return nil, err
		}
		l.Start, l.End, l.Cancelled = start.Time, end.Time, cancelled.Time
		all = append(all, l)
	}
	return all, store.Classify(rows.Err())
}

// Look opens an appointment with whose it is; that is recorded in the ledger. by is
// who looks. Of a person whose data is restricted it shows that there is one, and no
// word on whose.
func (d *Diary) Look(ctx context.Context, id, by string) (ap Appointment, err error) {
	err = d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if ap, err = d.appointment(ctx, tx, "a.id", id); err != nil {
			return err
		}
		restricted, err := d.env.Subjects.Restricted(ctx)
		if err != nil {
			return err
		}
		if restricted[ap.Subject] {
			ap.hide()
			return nil
		}
		_, err = d.env.Ledger.Append(ctx, tx, "booking.opened", map[string]any{"by": by, "appointment": id})
		return err
	})
	return ap, err
}

// hide drops what is told of a person (Art. 18(2) GDPR).
func (ap *Appointment) hide() { ap.Person, ap.Restricted = Person{}, true }

// Sheet opens the appointments of a day of a zone that stand, with who comes; that
// is recorded in the ledger. by is who looks. Whose data is restricted stays unnamed.
func (d *Diary) Sheet(ctx context.Context, day time.Time, zone *time.Location, by string) (all []Appointment, err error) {
	from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	to := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone)
	err = d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err = d.appointments(ctx, tx, "where a.cancelled_at is null and a.starts_at >= $1 and a.starts_at < $2 order by a.starts_at, a.id", store.At(from), store.At(to))
		if err != nil || len(all) == 0 {
			return err
		}
		restricted, err := d.env.Subjects.Restricted(ctx)
		if err != nil {
			return err
		}
		for i := range all {
			if restricted[all[i].Subject] {
				all[i].hide()
			}
		}
		_, err = d.env.Ledger.Append(ctx, tx, "booking.sheet-opened", map[string]any{"by": by, "day": day.Format(time.DateOnly), "count": len(all)})
		return err
	})
	return all, err
}

// Zone is the zone in which the operator reads times: that of the first calendar.
func (d *Diary) Zone(ctx context.Context) (*time.Location, error) {
	all, err := d.Calendars(ctx)
	if err != nil || len(all) == 0 {
		return time.UTC, err
	}
	return all[0].Zone, nil
}

// dayOf reads a day of an address.
func dayOf(text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, fault.New(fault.NotFound, "there is no such day")
	}
	return at, nil
}
