package booking

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// Person is what somebody says of themselves who books.
type Person struct {
	Email    string `json:"email"`
	First    string `json:"first_name,omitempty"`
	Last     string `json:"last_name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Company  string `json:"company,omitempty"`
	Message  string `json:"message,omitempty"`
	Zone     string `json:"time_zone,omitempty"`
	Language string `json:"language,omitempty"`
}

// Order is an appointment that somebody wants.
type Order struct {
	Activity string
	Type     string
	Start    time.Time
	Person   Person
}

// Booked is an appointment that was made.
type Booked struct {
	ID    string    `json:"id"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Link  string    `json:"link"` // to look at it, move it and cancel it
	Path  string    `json:"-"`    // of the same page, on the site's door
}

// Bounds of what is typed.
const (
	longestField   = 200
	longestMessage = 2000
)

// check returns Invalid if p cannot be taken.
func (p *Person) check() error {
	if _, err := mail.Normalise(p.Email); err != nil {
		return err
	}
	for _, text := range []string{p.First, p.Last, p.Company, p.Phone} {
		if !plain(text, longestField) {
			return fault.New(fault.Invalid, "a name or number has at most %d letters in one line", longestField)
		}
	}
	if len(p.Phone) > 0 && strings.Trim(p.Phone, "+0123456789 ()/.-") != "" {
		return fault.New(fault.Invalid, "a phone number has digits and + ( ) / . - alone")
	}
	if len(p.Message) > longestMessage || !utf8.ValidString(p.Message) {
		return fault.New(fault.Invalid, "a message has at most %d letters", longestMessage)
	}
	if p.Zone != "" {
		if _, err := ZoneOf(p.Zone); err != nil {
			return err
		}
	}
	return nil
}

// values are the fields that a person fills.
func (p *Person) values() map[string]*string {
	return map[string]*string{fieldFirst: &p.First, fieldLast: &p.Last, fieldPhone: &p.Phone, fieldCompany: &p.Company,
		fieldMessage: &p.Message, fieldZone: &p.Zone, fieldLanguage: &p.Language}
}

// only drops what the policy does not list.
func (p *Person) only(a *policy.Activity) {
	for field, value := range p.values() {
		if !a.Has(field) {
			*value = ""
		}
	}
}

// content is what a booking says, until it is known whose it is.
type content struct {
	Person
	Type string `json:"type"`
	// Reads is the language of the page, for the first mail alone where the policy
	// does not let it be kept.
	Reads string `json:"reads"`
}

// Free returns the slots of a type on days from first to last of the calendar's
// own zone, as they are now. NotFound if it is not offered.
func (d *Diary) Free(ctx context.Context, activity, key string, first, last time.Time) ([]Slot, *Type, *Calendar, error) {
	t, c, err := d.offer(ctx, activity, key)
	if err != nil {
		return nil, nil, nil, err
	}
	slots, err := d.free(ctx, d.env.DB, c, t, first, last)
	return slots, t, c, err
}

func (d *Diary) free(ctx context.Context, q store.Querier, c *Calendar, t *Type, first, last time.Time) ([]Slot, error) {
	from := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, c.Zone).AddDate(0, 0, -2)
	to := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, c.Zone).AddDate(0, 0, 3)
	all, err := d.taken(ctx, q, c.Key, from, to)
	if err != nil {
		return nil, err
	}
	return free(c, t, first, last, d.env.Clock.Now(), all), nil
}

// offer returns a type that can be booked, with its calendar.
func (d *Diary) offer(ctx context.Context, activity, key string) (*Type, *Calendar, error) {
	t, err := d.Type(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	if t.Off || t.Activity != activity {
		return nil, nil, fault.New(fault.NotFound, "there is no such type of appointment")
	}
	c, err := d.Calendar(ctx, t.Calendar)
	return t, c, err
}

// Book makes an appointment; a job confirms it. NotFound if nothing of the kind is
// offered, Invalid if the details cannot be taken or the calendar never begins an
// appointment then, Conflict if the time is taken, TooMany while more is booked than
// can be confirmed.
func (d *Diary) Book(ctx context.Context, o Order) (Booked, error) {
	a, err := d.declared(o.Activity)
	if err != nil {
		return Booked{}, err
	}
	if err := o.Person.check(); err != nil {
		return Booked{}, err
	}
	t, c, err := d.offer(ctx, a.Key, o.Type)
	if err != nil {
		return Booked{}, err
	}
	if !offers(c, t, o.Start, d.env.Clock.Now()) {
		return Booked{}, fault.New(fault.Invalid, "no appointment of this type begins then; choose one of the times that are shown")
	}
	if err := d.env.Mail.Stranger(ctx, a.Key); err != nil {
		return Booked{}, fmt.Errorf("book: %w", err)
	}
	reads := d.reads(o.Person.Language)
	o.Person.only(a)
	plain, err := json.Marshal(content{Person: o.Person, Type: t.Key, Reads: reads})
	if err != nil {
		return Booked{}, fmt.Errorf("book: %w", err)
	}
	id := store.NewID()
	sealed, err := d.env.Vault.Seal(ctx, key(id), requestTable+".content", plain)
	if err != nil {
		return Booked{}, fmt.Errorf("book: %w", err)
	}
	err = d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := d.unoccupied(ctx, tx, c, t, o.Start); err != nil {
			return err
		}
		if err := d.take(ctx, tx, t, o.Start, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "insert into booking_request (id, activity, requested_at, starts_at, ends_at, content) values ($1, $2, $3, $4, $5, $6)",
			id, a.Key, store.At(d.env.Clock.Now()), store.At(o.Start), store.At(o.Start.Add(t.length())), sealed)
		if err != nil {
			return store.Classify(err)
		}
		_, err = d.env.Jobs.Enqueue(ctx, tx, job.New{Kind: settleJob, Key: id, Payload: pending{Appointment: id}})
		return err
	})
	if err != nil {
		return Booked{}, d.unmade(ctx, id, err)
	}
	path := d.path(id)
	return Booked{ID: id, Start: o.Start, End: o.Start.Add(t.length()), Link: d.env.Mail.Link(path), Path: path}, nil
}

// unmade takes back the key of a booking that came to nothing.
func (d *Diary) unmade(ctx context.Context, id string, why error) error {
	if err := d.env.Vault.Destroy(ctx, id); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	return why
}

// unoccupied returns Conflict if a slot has no place. It only saves work and looks
// at the calendar elsewhere: among bookings the keys of take decide.
func (d *Diary) unoccupied(ctx context.Context, tx *store.Tx, c *Calendar, t *Type, at time.Time) error {
	whole := t.around(at)
	all, err := d.taken(ctx, tx, c.Key, whole.From, whole.To)
	if err != nil {
		return err
	}
	if place(t, at, all) == 0 {
		return errTaken()
	}
	return nil
}

// pending names the appointment that a job is about.
type pending struct {
	Appointment string `json:"appointment"`
	By          string `json:"by,omitempty"`
}

// linkSpace keeps the tokens of this room apart from others.
const linkSpace = "booking/link"

// token is the secret of an appointment's links: 128 bits that only this instance's
// key gives, so that they are in every mail and stored nowhere.
func (d *Diary) token(id string) string {
	return base64.RawURLEncoding.EncodeToString(d.env.Vault.Index(linkSpace, id))
}

// path is the page of an appointment, for whoever booked it.
func (d *Diary) path(id string) string { return minePath + d.token(id) }
