package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"kept/internal/activity/accesslog"
	"kept/internal/activity/account"
	"kept/internal/activity/booking"
	"kept/internal/activity/contact"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/meeting"
	"kept/internal/activity/newsletter"
	"kept/internal/activity/subscription"
	"kept/internal/duty/audit"
	"kept/internal/fault"
	"kept/internal/vault"
)

// OpenStored opens the instance at place under the policy that was last in
// force, without its doors: for commands that look at or work on what is stored,
// also beside a serving process.
func OpenStored(ctx context.Context, place Place) (*App, error) {
	platform, err := OpenPlatform(ctx, place)
	if err != nil {
		return nil, err
	}
	a := &App{Platform: platform, command: true, Config: Config{Place: place, Clock: platform.Clock, Log: platform.Log}}
	if err := errors.Join(a.recallDoors(), a.openStored(ctx)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) openStored(ctx context.Context) error {
	if err := a.openDuties(ctx); err != nil {
		return err
	}
	_, source, err := a.InForce.Last(ctx)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Invalid, "no policy was ever in force here; serve first: %w", err)
	} else if err != nil {
		return err
	}
	p, err := a.reread(source)
	if err != nil {
		return err
	}
	return a.InForce.Resume(ctx, p)
}

// OpenAccessLog opens the access log of a stored instance; Close closes it.
func (a *App) OpenAccessLog(ctx context.Context) (*accesslog.Log, error) {
	if err := (accesslog.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	log, err := accesslog.Open(ctx, a.env())
	if err != nil {
		return nil, err
	}
	a.accesslog = log
	a.running = append(a.running, log)
	return log, nil
}

// OpenMeetings opens the register of conferences of a stored instance. What it
// writes to people leaves with the serving process.
func (a *App) OpenMeetings(ctx context.Context) (*meeting.Register, error) {
	if err := (meeting.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	return meeting.Open(a.env()), nil
}

// OpenContact opens the correspondence of a stored instance. What it has deleted
// loses its keys with the serving process.
func (a *App) OpenContact(ctx context.Context) (*contact.Correspondence, error) {
	if err := (contact.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	return contact.Open(a.env())
}

// OpenBookings opens the appointments of a stored instance. What it writes to people
// leaves with the serving process.
func (a *App) OpenBookings(ctx context.Context) (*booking.Diary, error) {
	if err := (booking.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	return booking.Open(a.env())
}

// OpenNewsletter opens the newsletters of a stored instance. What they write to
// people, and what processors are asked to delete, leaves with the serving process.
func (a *App) OpenNewsletter(ctx context.Context) (*newsletter.Newsletter, error) {
	if err := (newsletter.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	return newsletter.Open(ctx, a.env())
}

// servesCustomers are the kinds that hear of it when a customer's subscription expires,
// or when it wants everything deleted: the one that keeps accounts comes first.
var servesCustomers = []string{account.Name, subscription.Name, contactsync.Name}

// OpenAccounts opens the accounts of a stored instance with the kinds that serve
// customers. What is written to people leaves with the serving process.
func (a *App) OpenAccounts(ctx context.Context) (*account.Accounts, error) {
	for _, k := range Kinds() {
		if !slices.Contains(servesCustomers, k.Manifest().Name) {
			continue
		}
		if err := k.Migrate(ctx, a.DB); err != nil {
			return nil, err
		}
		r, err := k.Open(ctx, a.env())
		if err != nil {
			return nil, err
		}
		a.running = append(a.running, r)
		if accounts, ok := r.(*account.Accounts); ok {
			a.accounts = accounts
		}
	}
	return a.accounts, nil
}

// OpenSync opens the synchronisation of contacts of a stored instance.
func (a *App) OpenSync(ctx context.Context) (*contactsync.Synchroniser, error) {
	if err := (contactsync.Kind{}).Migrate(ctx, a.DB); err != nil {
		return nil, err
	}
	y := contactsync.Open(a.env())
	y.Folder = a.contacts()
	return y, nil
}

// contacts is the folder of files from which contacts are synchronised.
func (a *App) contacts() string { return filepath.Join(a.Config.Place.Data, "contacts") }

// AuditStored audits the instance at place. scriptTag says that its pages are
// served elsewhere.
func AuditStored(ctx context.Context, place Place, scriptTag bool) (audit.Report, error) {
	a, err := OpenStored(ctx, place)
	if err != nil {
		return audit.Report{}, err
	}
	a.Audit.ScriptTag = scriptTag
	report, err := a.Audit.Run(ctx)
	return report, errors.Join(err, a.Close())
}

// RotateMaster wraps every key of the instance at place with the master key that
// to names; a file is made if it does not exist.
func RotateMaster(ctx context.Context, place Place, to string, progress func(done, total int)) error {
	if err := exists(place); err != nil {
		return err
	}
	held, err := lock(place.Data, false)
	if err != nil {
		return err
	}
	defer held.Close()
	now, err := masterKey(place)
	if err != nil {
		return err
	}
	next, err := namedMaster(to, true)
	if err != nil {
		return err
	}
	open := func(m vault.Master) (*vault.Vault, error) {
		return vault.Open(ctx, vault.Config{Dir: filepath.Join(place.Data, "keys"), URL: place.Vault, Master: m})
	}
	v, err := open(now)
	if fault.Is(err, fault.Conflict) { // killed half way before: the new key opens it
		v, err = open(next)
	}
	if err != nil {
		return err
	}
	return errors.Join(v.Rotate(ctx, next, progress), v.Close())
}
