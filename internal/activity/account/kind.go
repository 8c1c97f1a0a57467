package account

import (
	"context"
	"embed"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/password"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/remote/oidc"
	"kept/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Kind is the customer account as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error { return db.Migrate(ctx, Name, files) }

// Writes says that the kind writes to people by mail.
func (Kind) Writes() {}

// Open starts the kind; what runs is an *Accounts.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	return Open(env), nil
}

// Accounts are those who have an account, and the customers for whom they act. It is
// safe for concurrent use.
type Accounts struct {
	env   activity.Env
	tries *password.Tries // of passwords and codes
	asks  *password.Tries // of mails that somebody may cause
	hooks hooks

	// Microsoft is the operator's application at Microsoft Entra; the zero Application:
	// nobody signs in with Microsoft.
	Microsoft oidc.Application
	clientsMu sync.Mutex
	clients   map[string]*oidc.Client // by recipient
}

// The jobs.
const (
	letterJob = "account.letter" // writes to an address that somebody typed, known or not
	looseJob  = "account.loose"  // destroys the keys of somebody of whom nothing is held any more
	tidyJob   = "account.tidy"   // ends what was not confirmed, ended sessions, used numbers
)

// hourly is how often what is over is looked for.
var hourly = period.Period{Clock: time.Hour}

// Open starts the accounts.
func Open(env activity.Env) *Accounts {
	a := &Accounts{env: env, tries: password.NewTries(env.Clock), asks: password.NewTries(env.Clock)}
	env.Jobs.Handle(letterJob, a.letter, job.Options{})
	env.Jobs.Handle(looseJob, a.loose, job.Options{})
	env.Jobs.Every(tidyJob, hourly, a.tidy, job.Options{})
	return a
}

// Close ends the accounts: what was acknowledged is durable already.
func (a *Accounts) Close(context.Context) error { return nil }

// Entries are its lines of the console's navigation.
func (a *Accounts) Entries() []page.Entry {
	if _, err := a.entry(); err != nil {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "account.nav.customers"}}
}

// PortalEntries are its lines of the portal's navigation: those of other kinds stand
// behind the first.
func (a *Accounts) PortalEntries() []page.Entry {
	return []page.Entry{{Path: "/", Word: "account.nav.overview"}, {Path: peoplePath, Word: "account.nav.people"}, {Path: accountPath, Word: "account.nav.account"}}
}

// entry returns the policy's entry; NotFound if there is none, or one that may not
// hold the address by which an account is found.
func (a *Accounts) entry() (*policy.Activity, error) {
	for _, e := range a.env.Policy().OfKind(Name) {
		if e.Has(fieldEmail) {
			return e, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there are no accounts here")
}

// fields are those without which a way to sign in cannot work.
var fields = map[string]string{byPassword: fieldPassword, byPasskey: fieldPasskeys, byMicrosoft: fieldMicrosoft}

// offers reports whether an entry of the policy offers a way to sign in, and this
// instance can serve it.
func (a *Accounts) offers(e *policy.Activity, way string) bool {
	if !slices.Contains(e.Settings.Strings(signIn), way) || !e.Has(fields[way]) {
		return false
	}
	return way != byMicrosoft || e.Settings.String(microsoft) != "" && a.Microsoft.ID != ""
}

// stamp is a time of signing in as it is stored: to the day unless the policy lists
// such times.
func stamp(e *policy.Activity, t time.Time) store.Time {
	if !e.Has(fieldSignIn) {
		t = day(t)
	}
	return store.At(t)
}

// day is the day of a time.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// secure reports whether people reach the portal by https.
func (a *Accounts) secure() bool { return strings.HasPrefix(a.env.PortalURL, "https://") }

// roleOf is the role that a row names: who has none may do everything, since a policy
// that lists no roles has but one. Who has one that nobody knows may do nothing.
func roleOf(stored string) access.Role {
	switch r := access.Role(stored); {
	case stored == "":
		return access.CustomerOwner
	case slices.Contains(access.CustomerRoles(), r):
		return r
	}
	return access.Nobody
}

// roleStored is a role as it is stored: null where the policy lists none.
func roleStored(e *policy.Activity, r access.Role) any {
	if !e.Has(fieldRole) {
		return nil
	}
	return string(r)
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
