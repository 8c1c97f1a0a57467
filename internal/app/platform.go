package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"kept/internal/activity"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/account"
	"kept/internal/activity/analytics"
	"kept/internal/activity/booking"
	"kept/internal/activity/contact"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/meeting"
	"kept/internal/activity/newsletter"
	"kept/internal/activity/subscription"
	"kept/internal/activity/usage"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/audit"
	"kept/internal/duty/dataset"
	"kept/internal/duty/request"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/gateway"
	"kept/internal/inforce"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/staff"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Kinds are the kinds of activity that this build can perform.
func Kinds() []activity.Kind {
	return []activity.Kind{accesslog.Kind{}, analytics.Kind{}, usage.Kind{}, newsletter.Kind{}, contact.Kind{}, booking.Kind{}, meeting.Kind{}, account.Kind{}, subscription.Kind{}, contactsync.Kind{}}
}

// Manifests are what every room declares, kinds first.
func Manifests() []manifest.Manifest {
	var all []manifest.Manifest
	for _, k := range Kinds() {
		all = append(all, k.Manifest())
	}
	all = append(all, Declared()...)
	all = append(all, Planned()...)
	return append(all,
		consent.Manifest(), subject.Manifest(), rights.Manifest(), request.Manifest(), staff.Manifest(), mail.Manifest(), // built-in activities
		store.Manifest(), ledger.Manifest(), job.Manifest(), egress.Manifest(), inforce.Manifest(),
		retain.Manifest(), dataset.Manifest(), audit.Manifest(), gateway.Manifest(),
	)
}

// Vocabulary is the words that a policy can use in this build.
func Vocabulary() policy.Vocabulary { return manifest.Vocabulary(Manifests()) }

// Place says where an instance lies.
type Place struct {
	Data     string // folder: the database on SQLite, the journal and the keys unless told otherwise
	Database string // postgres://…; empty: SQLite in Data
	Vault    string // postgres://… of the keys, beside a PostgreSQL database
	Master   string // where the master key comes from: a file, env:NAME or exec:COMMAND; empty: Data/master.key
	// Connections is the file that says how other systems are reached; empty: none is.
	Connections string
}

// Platform is an instance's rooms below the kinds, opened.
type Platform struct {
	Place    Place
	Clock    clock.Clock
	Log      *slog.Logger
	DB       *store.DB
	Vault    *vault.Vault
	Ledger   *ledger.Ledger
	Jobs     *job.Queue
	Subjects *subject.Registry
	Events   *event.Store
	InForce  *inforce.Register
	Staff    *staff.Staff
}

// OpenPlatform opens the instance at place on the machine's clock. NotFound if
// there is none; to make one, serve.
func OpenPlatform(ctx context.Context, place Place) (*Platform, error) {
	if err := exists(place); err != nil {
		return nil, err
	}
	return openPlatform(ctx, place, clock.System, slog.New(slog.DiscardHandler))
}

// exists returns Invalid unless an instance was made at place: a tool makes none.
// Its trace in the folder is the database or, beside PostgreSQL, the keys.
func exists(place Place) error {
	trace := "kept.db"
	if place.Database != "" {
		trace = "keys/keys.db"
		if place.Vault != "" {
			return nil
		}
	}
	if _, err := os.Stat(filepath.Join(place.Data, trace)); err != nil {
		return fault.New(fault.Invalid, "there is no instance in %s; name its folder with --data: %w", place.Data, err)
	}
	return nil
}

func openPlatform(ctx context.Context, place Place, c clock.Clock, log *slog.Logger) (_ *Platform, err error) {
	p := &Platform{Place: place, Clock: c, Log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.DB, err = store.Open(ctx, store.Config{Dir: place.Data, URL: place.Database}); err != nil {
		return nil, err
	}
	if err := p.openVault(ctx); err != nil {
		return nil, err
	}
	if err := p.openLedger(ctx); err != nil {
		return nil, err
	}
	if p.Jobs, err = job.Open(ctx, p.DB, c, log); err != nil {
		return nil, err
	}
	if p.Subjects, err = subject.Open(ctx, p.DB, p.Vault, p.Ledger, c); err != nil {
		return nil, err
	}
	if p.Events, err = event.Open(ctx, p.DB, p.Vault, c, eventTables()); err != nil {
		return nil, err
	}
	if p.InForce, err = inforce.Open(ctx, p.DB, p.Ledger, c); err != nil {
		return nil, err
	}
	if p.Staff, err = staff.Open(ctx, p.DB, p.Vault, p.Ledger, c); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Platform) openVault(ctx context.Context) error {
	master, err := masterKey(p.Place)
	if err != nil {
		return err
	}
	p.Vault, err = vault.Open(ctx, vault.Config{Dir: filepath.Join(p.Place.Data, "keys"), URL: p.Place.Vault, Master: master, Clock: p.Clock})
	return err
}

// masterKey reads the master key from where the place says; without a word it
// lies in the data folder and is made there.
func masterKey(place Place) (vault.Master, error) {
	if place.Master != "" {
		return namedMaster(place.Master, false)
	}
	if err := os.MkdirAll(place.Data, 0o700); err != nil {
		return vault.Master{}, fault.New(fault.Unavailable, "the data folder %s cannot be made: %w", place.Data, err)
	}
	// Where keys are, a new master key would open none of them.
	_, err := os.Stat(filepath.Join(place.Data, "keys", "keys.db"))
	return vault.MasterFromFile(filepath.Join(place.Data, "master.key"), err != nil)
}

// namedMaster reads the master key from FILE, env:NAME or exec:COMMAND.
func namedMaster(name string, create bool) (vault.Master, error) {
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		return vault.MasterFromEnv(variable)
	}
	if command, ok := strings.CutPrefix(name, "exec:"); ok {
		return vault.MasterFromCommand(strings.Fields(command)...)
	}
	return vault.MasterFromFile(name, create)
}

// openLedger names the log after its key: the name can never change, and an
// instance may move to another host.
func (p *Platform) openLedger(ctx context.Context) error {
	seed, err := p.Vault.Secret(ctx, "ledger", 32)
	if err != nil {
		return fmt.Errorf("ledger key: %w", err)
	}
	name := sha256.Sum256(append([]byte("kept ledger name\n"), seed...))
	journal := filepath.Join(p.Place.Data, "journal")
	if err := os.MkdirAll(journal, 0o700); err != nil {
		return fault.New(fault.Unavailable, "the journal folder %s cannot be made: %w", journal, err)
	}
	p.Ledger, err = ledger.Open(ctx, p.DB, ledger.Config{
		Origin: "kept/" + hex.EncodeToString(name[:8]), Key: seed, Clock: p.Clock,
		Published: filepath.Join(journal, "checkpoint"),
	})
	if fault.Is(err, fault.Invalid) {
		return fault.New(fault.Invalid, "the log in the database is not signed with the keys in %s: name the folder of its keys with --data, "+
			"or find out who changed the log: %w", p.Place.Data, err)
	}
	return err
}

func eventTables() []manifest.Table {
	var tables []manifest.Table
	for _, m := range Manifests() {
		for _, t := range m.Tables {
			if t.Shape != manifest.Rows {
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// Close closes what was opened, in the opposite order.
func (p *Platform) Close() error {
	var failed error
	if p.Events != nil {
		failed = p.Events.Close(context.Background())
	}
	if p.Vault != nil {
		failed = errors.Join(failed, p.Vault.Close())
	}
	if p.DB != nil {
		failed = errors.Join(failed, p.DB.Close())
	}
	return failed
}
