package booking

import (
	"context"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Appointment is what somebody booked.
type Appointment struct {
	ID       string `json:"id"`
	Activity string `json:"activity"`
	Subject  string `json:"-"`
	Type     string `json:"type,omitempty"`     // empty once it is cancelled
	Calendar string `json:"calendar,omitempty"` // likewise
	Title    string `json:"title"`              // of the type, when it was booked

	Requested time.Time `json:"requested"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Cancelled time.Time `json:"cancelled,omitzero"`
	Revision  int       `json:"revision"` // 0, and one more with each change
	Person
	Restricted bool `json:"restricted,omitempty"` // whose it is is not shown
}

// stands reports whether it is still meant to take place.
func (ap Appointment) stands() bool { return ap.Cancelled.IsZero() }

// Name is the person's name, empty if they did not say.
func (ap Appointment) Name() string { return strings.TrimSpace(ap.First + " " + ap.Last) }

var sealedColumns = []string{"title", "first_name", "last_name", "email", "phone", "company", "message", "time_zone"}

// sealed are the values of sealedColumns.
func (ap Appointment) sealed() []string {
	return []string{ap.Title, ap.First, ap.Last, ap.Email, ap.Phone, ap.Company, ap.Message, ap.Zone}
}

// appointment reads the one whose column holds a value; NotFound if none does.
func (d *Diary) appointment(ctx context.Context, q store.Querier, column string, value any) (Appointment, error) {
	found, err := d.appointments(ctx, q, "where "+column+" = $1", value)
	if err != nil {
		return Appointment{}, err
	}
	if len(found) == 0 {
		return Appointment{}, fault.New(fault.NotFound, "there is no such appointment")
	}
	return found[0], nil
}

func (d *Diary) appointments(ctx context.Context, q store.Querier, where string, args ...any) ([]Appointment, error) {
	rows, err := q.QueryContext(ctx, `select a.id, a.activity, a.subject, a.requested_at, a.starts_at, a.ends_at, a.cancelled_at, a.revision, coalesce(a.language, ''),
		coalesce(s.type, ''), coalesce(s.calendar, ''), a.title, a.first_name, a.last_name, a.email, a.phone, a.company, a.message, a.time_zone
		from booking_appointment a left join booking_seat t on t.appointment = a.id left join booking_session s on s.id = t.session `+where, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	var all []Appointment
	var sealed [][8][]byte
	for rows.Next() {
		var ap Appointment
		var requested, start, end, cancelled store.Time
		var v [8][]byte
		if err := rows.Scan(&ap.ID, &ap.Activity, &ap.Subject, &requested, &start, &end, &cancelled, &ap.Revision, &ap.Language, &ap.Type, &ap.Calendar,
			&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]); err != nil {
			return nil, closing(rows, err)
		}
		ap.Requested, ap.Start, ap.End, ap.Cancelled = requested.Time, start.Time, end.Time, cancelled.Time
		all, sealed = append(all, ap), append(sealed, v)
	}
	if err := closing(rows, rows.Err()); err != nil {
		return nil, store.Classify(err)
	}
	for i := range all {
		if err := d.open(ctx, &all[i], sealed[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// open opens what is sealed; empty where the key is destroyed.
func (d *Diary) open(ctx context.Context, ap *Appointment, sealed [8][]byte) error {
	into := [8]*string{&ap.Title, &ap.First, &ap.Last, &ap.Email, &ap.Phone, &ap.Company, &ap.Message, &ap.Zone}
	for i, column := range sealedColumns {
		if len(sealed[i]) == 0 {
			continue
		}
		plain, err := d.env.Vault.Open(ctx, key(ap.Subject), appointmentTable+"."+column, sealed[i])
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		*into[i] = string(plain)
	}
	return nil
}

// about returns the entry, type and calendar of an appointment that stands; a nil
// entry if the policy lets nothing be done with it any more.
func (d *Diary) about(ctx context.Context, q store.Querier, ap Appointment) (*policy.Activity, *Type, *Calendar, error) {
	a := d.env.Policy().Activity(ap.Activity)
	if a == nil || a.Kind != Name || d.unable(a) != nil {
		return nil, nil, nil, nil
	}
	t, err := d.typeOf(ctx, q, ap.Type)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := d.calendar(ctx, q, ap.Calendar)
	if err != nil {
		return nil, nil, nil, err
	}
	t.Length = int(ap.End.Sub(ap.Start) / time.Minute) // as it was booked
	return a, t, c, nil
}

// byToken returns the appointment that a link is about; NotFound if there is none.
func (d *Diary) byToken(ctx context.Context, q store.Querier, token string) (Appointment, error) {
	return d.appointment(ctx, q, "a.link", d.env.Mail.TokenMark(linkSpace, token))
}
