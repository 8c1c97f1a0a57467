package contactsync

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Sync is a stored synchronisation.
type Sync struct {
	ID       string
	Customer string // subject id of the customer
	Activity string
	Setup    Setup
	Made     time.Time
	Expires  time.Time // zero: it does not
	Next     time.Time // when it runs next by itself; zero: only by hand
	Verified time.Time // when it was looked at last what people changed
	Failed   int64     // how often in a row it failed as a whole
	Problem  string    // with what, by kind

	Ending    time.Time // since when, or from when on, mailboxes are cleared before all is deleted
	EndingFor string    // expiry or request
}

const sealedSettings = setupTable + ".settings"

// Set stores a set-up and returns its id: a new one, or in place of the customer's
// one of the same name, whose contacts stay as they are until the next run.
func (y *Synchroniser) Set(ctx context.Context, activity string, s Setup) (id string, err error) {
	a, err := y.entry(activity)
	if err != nil {
		return "", err
	}
	if err := s.Check(a); err != nil {
		return "", err
	}
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		customer, err := y.customer(ctx, tx, s.Customer)
		if err != nil {
			return err
		}
		id, err = y.put(ctx, tx, a, customer, s)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("set a synchronisation up: %w", err)
	}
	return id, nil
}

// customer returns the subject of a customer: who has an account is named by its id,
// anybody else by a key that the operator chose.
func (y *Synchroniser) customer(ctx context.Context, tx *store.Tx, name string) (string, error) {
	if y.env.Customers != nil {
		_, _, err := y.env.Customers.Registered(ctx, name)
		if err == nil {
			return name, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return "", err
		}
	}
	id, _, err := y.env.Subjects.Ensure(ctx, tx, subject.Customer, name)
	return id, err
}

func (y *Synchroniser) put(ctx context.Context, tx *store.Tx, a *policy.Activity, customer string, s Setup) (string, error) {
	settings, err := json.Marshal(sealedSetup{s, secrets(s), s.accounts(func(c Connection) string { return c.Certificate.Reveal() })})
	if err != nil {
		return "", err
	}
	seal := y.env.Sealer(ctx, a, customer)
	values := []any{
		seal.Bytes(sealedSettings, "", settings),
		seal.JSON(setupTable+".service_account", "service_account", s.accounts(func(c Connection) string { return c.Account })),
		seal.JSON(setupTable+".service_password", "service_password", s.accounts(Connection.passwordOfAccount)),
		seal.JSON(setupTable+".administrator", "administrator", s.accounts(func(c Connection) string { return c.Administrator })),
	}
	if seal.Err() != nil {
		return "", seal.Err()
	}
	var id string
	err = store.Classify(tx.QueryRowContext(ctx, "select id from sync_setup where subject = $1 and activity = $2 and name = $3", customer, a.Key, s.Name).Scan(&id))
	switch {
	case err == nil:
		if err := y.moves(ctx, tx, id, s); err != nil {
			return "", err
		}
		_, err = tx.ExecContext(ctx, "update sync_setup set settings = $1, service_account = $2, service_password = $3, administrator = $4 where id = $5", append(values, id)...)
	case fault.Is(err, fault.NotFound):
		id = store.NewID()
		_, err = tx.ExecContext(ctx, `insert into sync_setup (settings, service_account, service_password, administrator, id, subject, activity, name, made_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, append(values, id, customer, a.Key, s.Name, store.At(y.env.Clock.Now()))...)
	}
	if err == nil {
		err = y.plan(ctx, tx, id, s)
	}
	if err == nil {
		err = y.unneeded(ctx, tx, id, s)
	}
	if err != nil {
		return "", store.Classify(err)
	}
	_, err = y.env.Ledger.Append(ctx, tx, "sync.set-up", map[string]any{"synchronisation": id, "activity": a.Key})
	return id, err
}

// sealedSetup is a set-up with the secrets of its applications, which stand in no
// column of their own.
type sealedSetup struct {
	Setup   Setup             `json:"setup"`
	Secrets map[string]string `json:"secrets,omitempty"` // of applications, by connection
	Keys    map[string]string `json:"keys,omitempty"`    // their certificates
}

// secrets are those of applications: no person's account.
func secrets(s Setup) map[string]string {
	return s.accounts(func(c Connection) string {
		if c.Account != "" {
			return ""
		}
		return c.Password.Reveal()
	})
}

func (c Connection) passwordOfAccount() string {
	if c.Account == "" {
		return ""
	}
	return c.Password.Reveal()
}

// accounts returns what of says of each connection that it says something of.
func (s Setup) accounts(of func(Connection) string) map[string]string {
	all := map[string]string{}
	for key, c := range s.Connections {
		if text := of(c); text != "" {
			all[key] = text
		}
	}
	return all
}

const syncColumns = "id, subject, activity, made_at, expires_at, next_at, verified_at, failed, coalesce(problem, ''), ending_at, coalesce(ending_for, ''), settings, service_account, service_password, administrator"

// Get returns a synchronisation, NotFound if there is none.
func (y *Synchroniser) Get(ctx context.Context, id string) (Sync, error) {
	found, err := y.syncs(ctx, "where id = $1", id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no synchronisation %s; `kept sync list` names them", id)
	}
	if err != nil {
		return Sync{}, err
	}
	return found[0], nil
}

// List returns the synchronisations, the oldest first.
func (y *Synchroniser) List(ctx context.Context) ([]Sync, error) {
	return y.syncs(ctx, "order by made_at, id")
}

func (y *Synchroniser) syncs(ctx context.Context, which string, args ...any) ([]Sync, error) {
	rows, err := y.env.DB.QueryContext(ctx, "select "+syncColumns+" from sync_setup "+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read synchronisations: %w", store.Classify(err))
	}
	defer rows.Close()
	type row struct {
		Sync
		settings, account, password, administrator []byte
	}
	var read []row
	for rows.Next() {
		var r row
		var made, expires, next, verified, ending store.Time
		if err := rows.Scan(&r.ID, &r.Customer, &r.Activity, &made, &expires, &next, &verified, &r.Failed, &r.Problem, &ending, &r.EndingFor, &r.settings, &r.account, &r.password, &r.administrator); err != nil {
			return nil, fmt.Errorf("read synchronisations: %w", store.Classify(err))
		}
		r.Made, r.Expires, r.Next, r.Verified, r.Ending = made.Time, expires.Time, next.Time, verified.Time, ending.Time
		read = append(read, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read synchronisations: %w", store.Classify(err))
	}
	var found []Sync
	for _, r := range read {
		open := y.env.Opener(ctx, r.Customer)
		var s sealedSetup
		open.JSON(sealedSettings, r.settings, &s)
		accounts, passwords, administrators := map[string]string{}, map[string]string{}, map[string]string{}
		open.JSON(setupTable+".service_account", r.account, &accounts)
		open.JSON(setupTable+".service_password", r.password, &passwords)
		open.JSON(setupTable+".administrator", r.administrator, &administrators)
		if open.Err() != nil {
			return nil, fmt.Errorf("read synchronisation %s: %w", r.ID, open.Err())
		}
		if len(s.Setup.Targets) == 0 { // a set-up always has some
			return nil, fault.New(fault.Internal, "the settings of synchronisation %s cannot be opened", r.ID)
		}
		for key, c := range s.Setup.Connections {
			c.Account, c.Administrator = accounts[key], administrators[key]
			c.Password = vault.NewSecret(s.Secrets[key] + passwords[key]) // it stands in one of them
			c.Certificate = vault.NewSecret(s.Keys[key])
			s.Setup.Connections[key] = c
		}
		r.Setup = s.Setup
		found = append(found, r.Sync)
	}
	return found, nil
}
