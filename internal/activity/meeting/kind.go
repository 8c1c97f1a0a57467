package meeting

import (
	"context"
	"slices"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

// Kind is the register of conferences as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error {
	return db.Migrate(ctx, Name, migrations)
}

// Open starts the kind; what runs is a *Register.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	return Open(env), nil
}

// Register is what is kept of conferences. It is safe for concurrent use.
type Register struct {
	env activity.Env
	// Fathom is the secret that Fathom shows once when a webhook is made
	// (whsec_…); empty: no message of Fathom is taken.
	Fathom vault.Secret
}

// The jobs.
const (
	letterJob = "meeting.letters" // writes an announcement to those whose address is known
	notesJob  = "meeting.notes"   // hands notes to a recipient
)

// Open starts the register.
func Open(env activity.Env) *Register {
	m := &Register{env: env}
	env.Jobs.Handle(letterJob, m.letters, job.Options{})
	env.Jobs.Handle(notesJob, m.handOver, job.Options{})
	return m
}

// Close ends the register: what it acknowledged is durable already.
func (m *Register) Close(context.Context) error { return nil }

// Entries are its lines of the console's navigation.
func (m *Register) Entries() []page.Entry {
	if len(m.entries()) == 0 {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "meeting.nav"}}
}

// entries returns the policy's entries of the kind, in the order of the file.
func (m *Register) entries() []*policy.Activity { return m.env.Policy().OfKind(Name) }

// entry returns the entry called key; with an empty key the only one there is.
// Refused if the policy has none, Invalid if it has several and none is named.
func (m *Register) entry(key string) (*policy.Activity, error) {
	all := m.entries()
	if key == "" && len(all) == 1 {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(a *policy.Activity) bool { return a.Key == key })
	switch {
	case len(all) == 0:
		return nil, fault.New(fault.Refused, "the policy has no activity of the kind %s: nothing of a conference is kept", Name)
	case key == "":
		return nil, fault.New(fault.Invalid, "the policy has several activities of the kind %s; name one: %s", Name, keys(all))
	case i < 0:
		return nil, fault.New(fault.Refused, "the policy has no such activity of the kind %s; it has: %s", Name, keys(all))
	}
	return all[i], nil
}

func keys(all []*policy.Activity) string {
	text := ""
	for i, a := range all {
		if i > 0 {
			text += ", "
		}
		text += a.Key
	}
	return text
}

// key seals what is kept of a person: one key for all of it, which goes with the
// person's last row.
func key(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }
