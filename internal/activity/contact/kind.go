package contact

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/pace"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Kind is correspondence as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error { return db.Migrate(ctx, Name, files) }

// Writes says that the kind writes to people by mail.
func (Kind) Writes() {}

// Open starts the kind; what runs is a *Correspondence.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) { return Open(env) }

// Correspondence is what people and the house write to each other. It is safe for
// concurrent use.
type Correspondence struct {
	env   activity.Env
	door  *activity.Entrance // of the form
	taken *pace.Limiter      // messages that the form took
	held  tally
}

// mailbox is the local part of our address for conversations: alone, with a
// conversation's token behind a +, or with the key of an entry.
const mailbox = "contact"

// The jobs.
const (
	takeJob     = "contact.take"     // settles a message that the form took
	concludeJob = "contact.conclude" // concludes what paused too long
	sweepJob    = "contact.sweep"    // forgets spent forms
)

// hourly is how often what paused is looked for: periods are days.
var hourly = period.Period{Clock: concludeEvery}

// Open starts the correspondence.
func Open(env activity.Env) (*Correspondence, error) {
	door, err := env.Entrance(askedAtMost, 10*time.Minute)
	if err != nil {
		return nil, err
	}
	c := &Correspondence{env: env, door: door, taken: pace.New()}
	env.Jobs.Handle(takeJob, c.take, job.Options{})
	env.Jobs.Every(concludeJob, hourly, c.concludePaused, job.Options{})
	env.Jobs.Every(sweepJob, hourly, c.sweepSpent, job.Options{})
	env.Mail.Receive(mailbox, c.letter)
	for _, e := range []mail.Event{mail.Sent, mail.Refused, mail.Bounced} {
		env.Mail.On(e, c.became)
	}
	return c, nil
}

// Close ends the correspondence. What it acknowledged is durable already; what it
// counted is now.
func (c *Correspondence) Close(ctx context.Context) error { return c.writeHeld(ctx) }

// Entries are its lines of the console's navigation.
func (c *Correspondence) Entries() []page.Entry {
	if len(c.entries()) == 0 {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "contact.nav"}}
}

// entries returns the policy's entries that take messages, in the order of the
// file. One that may not hold a message has nothing to take.
func (c *Correspondence) entries() []*policy.Activity {
	return slices.DeleteFunc(slices.Clone(c.env.Policy().OfKind(Name)), func(a *policy.Activity) bool { return !a.Has(fieldMessage) })
}

// entry returns the entry called key, the first with an empty key; NotFound if
// there is none.
func (c *Correspondence) entry(key string) (*policy.Activity, error) {
	for _, a := range c.entries() {
		if key == "" || a.Key == key {
			return a, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no contact form here")
}

// Routes are the kind's lines of the access table.
func (c *Correspondence) Routes() []access.Route {
	show := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: http.MethodGet, Pattern: Path + pattern, Right: access.Anyone, Handle: h}
	}
	send := func(pattern string, h access.Handler) access.Route { // checks the declared origins itself
		return access.Route{Door: access.Site, Method: http.MethodPost, Pattern: Path + pattern, Right: access.Anyone, Handle: h,
			MaxBody: maxBody, Patience: patience, CrossOrigin: true}
	}
	return append(c.deskRoutes(),
		show("", c.form),
		send("", c.send),
		show("/work.js", script),
		show("/{entry}", c.form),
		send("/{entry}", c.send),
		show("/{entry}/embed", c.embed),
		show("/{entry}/form.json", c.describe).ForPrograms(),
		send("/{entry}/messages", c.sendByProgram).ForPrograms(),
		show("/{entry}/end/{token}", c.askEnd),
		access.Route{Door: access.Site, Method: http.MethodPost, Pattern: Path + "/{entry}/end/{token}", Right: access.Anyone, Handle: c.doEnd},
	)
}
