package activity

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"strconv"
	"time"

	"kept/internal/consent"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store/event"
)

// Beacon takes in what the script of a page tells of a visitor who agreed to it. What
// may be told differs from kind to kind; when it may be is the same for all, and said
// here. It is safe for concurrent use.
type Beacon struct {
	env     Env
	table   string // of events, all of the kind's
	noise   maphash.Seed
	origins *http.CrossOriginProtection
}

// Beacon opens one that stores in an event table. Invalid if an origin is none.
func (e Env) Beacon(table string) (*Beacon, error) {
	b := &Beacon{env: e, table: table, noise: maphash.MakeSeed(), origins: http.NewCrossOriginProtection()}
	for _, o := range e.Origins {
		if err := b.origins.AddTrustedOrigin(o); err != nil {
			return nil, fault.New(fault.Invalid, "%q is no origin: %w", o, err)
		}
	}
	return b, nil
}

// Admit returns the consent on which a request tells something under an entry of the
// policy: Forbidden from another site, NotFound without an entry, Refused without
// consent.
func (b *Beacon) Admit(r *http.Request, entry *policy.Activity) (consent.State, error) {
	if err := b.origins.Check(r); err != nil {
		return consent.State{}, fault.New(fault.Forbidden, "these events came from another site: %w", err)
	}
	if entry == nil {
		return consent.State{}, fault.New(fault.NotFound, "nothing is counted here")
	}
	st := b.env.Consent.State(r)
	if st.Decision == "" || !st.AllowsGroup(entry.Group) {
		return consent.State{}, fault.New(fault.Refused, "no consent, no statistics")
	}
	return st, nil
}

// Person returns the subject of a decision; Refused if it is gone.
func (b *Beacon) Person(ctx context.Context, decision string) (string, error) {
	person, err := b.env.Consent.Subject(ctx, decision)
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Refused, "no consent, no statistics: %w", err)
	}
	return person, err
}

// Stopped reports whether the person restricted the processing or objected to the
// activity: then nothing may be collected.
func (b *Beacon) Stopped(ctx context.Context, person, activity string) (bool, error) {
	restricted, err := b.env.Subjects.Restricted(ctx)
	if err != nil {
		return false, err
	}
	objectors, err := b.env.Subjects.Objectors(ctx, activity)
	if err != nil {
		return false, err
	}
	return restricted[person] || objectors[person], nil
}

// Read returns a request's body of at most so many bytes: TooLarge if there is more,
// Invalid if it broke off.
func (b *Beacon) Read(r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, fault.New(fault.TooLarge, "a request holds at most %d bytes", most)
	}
	size := r.ContentLength
	if size <= 0 {
		size = 512 // it did not say
	}
	body := make([]byte, 0, size)
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, unread(err)
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// unread gives an error of reading a body its kind: the client's, as a rule.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return fault.New(fault.TooLarge, "a request holds at most %d bytes: %w", large.Limit, err)
	}
	return fault.New(fault.Invalid, "the request broke off: %w", err)
}

// Store makes rows durable. A consent that ended meanwhile takes them back, since the
// deletion that follows a withdrawal may have run before. person is empty if the rows
// are nobody's.
func (b *Beacon) Store(ctx context.Context, activity string, st consent.State, person string, rows ...event.Row) error {
	if len(rows) == 0 {
		return nil
	}
	// Whether the browser waits for the answer or has left, what it sent is stored.
	if err := b.env.Events.Append(context.WithoutCancel(ctx), b.table, rows...); err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	if person == "" || !b.env.Consent.Ended(st) {
		return nil
	}
	if err := b.takeBack(ctx, activity, person); err != nil {
		return fmt.Errorf("take back events of a consent that ended: %w", err)
	}
	return nil
}

// takeBack erases a person's events, unless a hold keeps them: it kept them from
// the withdrawal too.
func (b *Beacon) takeBack(ctx context.Context, activity, person string) error {
	holds, err := b.env.Subjects.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if (h.Activity == "" || h.Activity == activity) && (h.Subject == "" || h.Subject == person) {
			return nil
		}
	}
	_, err = b.env.Events.Erase(ctx, b.table, person)
	return err
}

// The moments that an event's id may name, seen from the server's clock. Within
// believed the browser's moment stands. Clocks that differ more, up to a day
// back and an hour ahead, have their events moved to now: an event must not lie
// before the consent that it rests on.
const (
	believed = 5 * time.Minute
	oldest   = 24 * time.Hour
	ahead    = time.Hour
)

// The bits of an event's id that are not time.
const idBits = 1<<22 - 1

// EventID reads the id that a browser gave an event, a decimal as event.NewID makes it.
// A moment that is not believed becomes this minute; the random part stays, so that a
// retry within the minute is the same event. what is the reason if it can not be taken,
// else empty.
func EventID(text string, now time.Time) (id int64, what string) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, "an id is not a positive whole number"
	}
	at := event.TimeOf(id)
	switch {
	case at.Before(now.Add(-oldest)) || at.After(now.Add(ahead)):
		return 0, "an id names a moment that is not about now; is the clock right?"
	case at.Before(now.Add(-believed)) || at.After(now.Add(believed)):
		id = now.Truncate(time.Minute).UnixMilli()<<22 | id&idBits
	}
	return id, ""
}

// RowID returns the id of a row. Rows that the server adds to an event take its id,
// moved by shift, so that a repeated request stores them once too. Where the time of
// day is not declared (timed is false), noise that a repeated request meets again takes
// its place.
func (b *Beacon) RowID(id, shift int64, timed bool) int64 {
	if timed {
		return id&^idBits | (id+shift)&idBits
	}
	noise := maphash.Comparable(b.noise, id+shift)
	day := event.TimeOf(id).Truncate(24 * time.Hour)
	at := day.Add(time.Duration(noise%(24*3600_000)) * time.Millisecond)
	return at.UnixMilli()<<22 | int64(noise>>42)
}
