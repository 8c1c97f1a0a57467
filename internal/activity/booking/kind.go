package booking

import (
	"context"
	"embed"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/remote/caldav"
	"kept/internal/store"
	"kept/internal/vault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Kind is booking as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error {
	return db.Migrate(ctx, Name, migrations)
}

// Writes says that the kind writes to people by mail.
func (Kind) Writes() {}

// Open starts the kind; what runs is a *Diary.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) { return Open(env) }

// Diary keeps appointments. It is safe for concurrent use.
type Diary struct {
	env    activity.Env
	door   *activity.Entrance
	remote atomic.Pointer[caldav.Client] // nil: no calendar elsewhere is connected
}

// The jobs.
const (
	settleJob  = "booking.settle"  // finds out whose booking it is, and confirms it
	remindJob  = "booking.remind"  // reminds of an appointment
	cancelJob  = "booking.cancel"  // cancels what a command asked to be cancelled
	syncJob    = "booking.sync"    // writes an appointment into the calendar elsewhere, or takes it away
	readJob    = "booking.read"    // reads when the calendar elsewhere is taken, and makes up for what could not be written
	outsideJob = "booking.outside" // does so regularly
	tidyJob    = "booking.tidy"    // frees the time of what is gone
	sweepJob   = "booking.sweep"   // does so regularly
)

// The rhythms of what comes back by itself.
var (
	readRhythm = period.Period{Clock: 5 * time.Minute}
	tidyRhythm = period.Period{Clock: 15 * time.Minute}
)

// Open starts the diary.
func Open(env activity.Env) (*Diary, error) {
	door, err := env.Entrance(bookingsAnHour, time.Hour)
	if err != nil {
		return nil, err
	}
	d := &Diary{env: env, door: door}
	env.Jobs.Handle(settleJob, d.settle, job.Options{})
	env.Jobs.Handle(remindJob, d.remind, job.Options{})
	env.Jobs.Handle(cancelJob, d.cancelByJob, job.Options{})
	env.Jobs.Handle(syncJob, d.sync, job.Options{MaxAttempts: 3, Backoff: 10 * time.Second}) // the regular one goes on
	env.Jobs.Handle(tidyJob, d.tidy, job.Options{})
	env.Jobs.Handle(readJob, d.outside, job.Options{Lease: 4 * time.Minute})
	env.Jobs.Every(sweepJob, tidyRhythm, d.tidy, job.Options{})
	env.Jobs.Every(outsideJob, readRhythm, d.outside, job.Options{Lease: 4 * time.Minute})
	env.Subjects.OnForget(func(ctx context.Context, tx *store.Tx, _ string) error {
		_, err := env.Jobs.Enqueue(ctx, tx, job.New{Kind: tidyJob, Key: tidyJob, Payload: struct{}{}})
		return err
	})
	return d, nil
}

// Connect has the diary read and write a calendar elsewhere, from now on.
func (d *Diary) Connect(ctx context.Context, c *caldav.Client) error {
	d.remote.Store(c)
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.env.Jobs.Enqueue(ctx, tx, job.New{Kind: readJob, Key: readJob, Payload: struct{}{}})
		return err
	})
}

// Close ends the diary: what it acknowledged is durable already.
func (d *Diary) Close(context.Context) error { return nil }

// Entries are its lines of the console's navigation.
func (d *Diary) Entries() []page.Entry {
	if len(d.entries()) == 0 {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "booking.nav"}}
}

// entries returns the policy's entries of the kind, in the order of the file.
func (d *Diary) entries() []*policy.Activity { return d.env.Policy().OfKind(Name) }

// entry returns the policy's entry called key under which appointments are made
// here; with an empty key the only one there is. Refused if the policy has none or
// has them made elsewhere, Invalid if it has several and none is named.
func (d *Diary) entry(key string) (*policy.Activity, error) {
	all := d.entries()
	if key == "" && len(all) > 1 {
		return nil, fault.New(fault.Invalid, "the policy has several activities of the kind %s; name one: %s", Name, strings.Join(keys(all), ", "))
	}
	i := slices.IndexFunc(all, func(a *policy.Activity) bool { return a.Key == key || key == "" })
	switch {
	case len(all) == 0:
		return nil, fault.New(fault.Refused, "the policy has no activity of the kind %s: nobody can book anything", Name)
	case i < 0:
		return nil, fault.New(fault.Refused, "the policy has no activity %s of the kind %s; it has: %s", key, Name, strings.Join(keys(all), ", "))
	}
	if why := d.unable(all[i]); why != nil {
		return nil, why
	}
	return all[i], nil
}

func keys(all []*policy.Activity) (names []string) {
	for _, a := range all {
		names = append(names, a.Key)
	}
	return names
}

// unable says why no appointment can be made here under an entry, nil if one can.
func (d *Diary) unable(a *policy.Activity) error {
	if f := Elsewhere(a); f != "" {
		return fault.New(fault.Refused, "the policy says that appointments of %s are made with %s, not here; to take them here, give its setting calendar the protocol %s or leave it out", a.Key, d.nameOf(f), byCalDAV)
	}
	for _, f := range []string{fieldEmail, fieldAppointment} {
		if !a.Has(f) {
			return fault.New(fault.Refused, "the policy does not list %s under %s: without it nobody can book", f, a.Key)
		}
	}
	return nil
}

// nameOf is what a recipient is called.
func (d *Diary) nameOf(recipient string) string {
	if r := d.env.Policy().Recipient(recipient); r != nil {
		return r.Name
	}
	return recipient
}

// Elsewhere returns the recipient on whose own pages the appointments of an entry
// are made, empty if they are made here.
func Elsewhere(a *policy.Activity) string {
	for _, f := range a.Settings.Forwards("calendar") {
		if f.Protocol == elsewhere {
			return f.Recipient
		}
	}
	return ""
}

// CalendarOf returns the recipient whose calendar gets the appointments of an entry,
// empty if none does.
func CalendarOf(a *policy.Activity) string {
	for _, f := range a.Settings.Forwards("calendar") {
		if f.Protocol == byCalDAV {
			return f.Recipient
		}
	}
	return ""
}

// declared is entry for pages: NotFound where nothing can be booked.
func (d *Diary) declared(key string) (*policy.Activity, error) {
	a, err := d.entry(key)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.Invalid) {
		return nil, fault.New(fault.NotFound, "no appointments can be booked here")
	}
	return a, err
}

// key seals what is kept of a person: one key for all of it, which goes with the
// person's last row.
func key(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }
