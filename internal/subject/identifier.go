package subject

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/vault"
)

// The kinds of identifier that lead to a subject now.
const (
	Visitor  = "visitor"  // the pseudonym of a browser that is measured
	Decision = "decision" // the id of a consent decision
	Email    = "email"    // a mail address, normalised (mail.Normalise)
	Phone    = "phone"    // a phone number: + and digits
	Account  = "account"  // the id of a signed-in account
	Customer = "customer" // a company whose data is processed on its behalf, by the operator's key for it
)

const valueContext = "subject_identifier.value"

// Identifier is one thing that leads to a subject.
type Identifier struct {
	Kind, Value string
	At          time.Time
}

// Find returns the subject that an identifier leads to, NotFound if none. The
// caller normalises the value.
func (r *Registry) Find(ctx context.Context, q store.Querier, kind, value string) (id string, err error) {
	err = q.QueryRowContext(ctx, "select subject from subject_identifier where lookup = $1", r.lookup(kind, value)).Scan(&id)
	if err = store.Classify(err); fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.NotFound, "this %s is not known: %w", kind, err)
	}
	if err != nil {
		return "", fmt.Errorf("find a subject: %w", err)
	}
	return id, nil
}

// Ensure returns the subject of an identifier and makes it if there is none.
func (r *Registry) Ensure(ctx context.Context, tx *store.Tx, kind, value string) (id string, created bool, err error) {
	id, err = r.Find(ctx, tx, kind, value)
	if !fault.Is(err, fault.NotFound) {
		return id, false, err
	}
	d := r.Draft(kind, value)
	inserted, err := r.identify(ctx, tx, d)
	if err != nil {
		return "", false, fmt.Errorf("make a subject: %w", err)
	}
	if !inserted { // another transaction was first
		id, err = r.Find(ctx, tx, kind, value)
		return id, false, err
	}
	if err := r.insert(ctx, tx, d.ID); err != nil {
		return "", false, fmt.Errorf("make a subject: %w", err)
	}
	return d.ID, true, nil
}

// Link lets one more identifier lead to a subject: no change if it does
// already, Conflict if it leads to another one.
func (r *Registry) Link(ctx context.Context, tx *store.Tx, subject, kind, value string) error {
	d := r.Draft(kind, value)
	d.ID = subject
	inserted, err := r.identify(ctx, tx, d)
	if err != nil {
		return fmt.Errorf("link a %s: %w", kind, err)
	}
	if inserted {
		return nil
	}
	id, err := r.Find(ctx, tx, kind, value)
	if err == nil && id != subject {
		err = fault.New(fault.Conflict, "this %s leads to another person", kind)
	}
	return err
}

// Move lets a new identifier lead to subject in place of an old one, as a
// correction does: the old one leads nowhere afterwards. With an old one that does
// not lead to subject the new one is added. Conflict if the new one leads to
// somebody else.
func (r *Registry) Move(ctx context.Context, tx *store.Tx, subject, kind, from, to string) error {
	if err := r.Link(ctx, tx, subject, kind, to); err != nil {
		return err
	}
	if from == "" || from == to {
		return nil
	}
	_, err := tx.ExecContext(ctx, "delete from subject_identifier where lookup = $1 and subject = $2", r.lookup(kind, from), subject)
	if err != nil {
		return fmt.Errorf("end a %s: %w", kind, store.Classify(err))
	}
	return nil
}

// Identifiers returns everything that leads to subject, oldest first.
func (r *Registry) Identifiers(ctx context.Context, subject string) (found []Identifier, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("identifiers of a subject: %w", err)
		}
	}()
	rows, err := r.db.QueryContext(ctx, "select kind, value, created_at from subject_identifier where subject = $1 order by created_at, kind, lookup", subject)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			i      Identifier
			sealed []byte
			at     store.Time
		)
		if err := rows.Scan(&i.Kind, &sealed, &at); err != nil {
			return nil, err
		}
		value, err := r.vault.Open(ctx, key(subject), valueContext, sealed)
		if err != nil {
			return nil, err
		}
		i.Value, i.At = string(value), at.Time
		found = append(found, i)
	}
	return found, store.Classify(rows.Err())
}

// Draft is a subject with its first identifier, not yet stored. A writer of
// many makes drafts, prepares the keys of all in one commit of the vault
// (Draft.Key) and inserts them in one transaction.
type Draft struct {
	ID          string
	kind, value string
}

// Draft returns a new subject for an identifier that nobody has.
func (r *Registry) Draft(kind, value string) Draft {
	return Draft{ID: store.NewID(), kind: kind, value: value}
}

// Key is the key that inserting the draft will need.
func (d Draft) Key() vault.Ref { return key(d.ID) }

// Insert stores a draft: Conflict if its identifier leads to somebody already.
func (r *Registry) Insert(ctx context.Context, tx *store.Tx, d Draft) error {
	inserted, err := r.identify(ctx, tx, d)
	if err == nil && !inserted {
		err = fault.New(fault.Conflict, "this %s leads to a person already", d.kind)
	}
	if err == nil {
		err = r.insert(ctx, tx, d.ID)
	}
	if err != nil {
		return fmt.Errorf("store a subject: %w", err)
	}
	return nil
}

func (r *Registry) insert(ctx context.Context, tx *store.Tx, id string) error {
	now := store.At(r.clock.Now())
	_, err := tx.ExecContext(ctx, "insert into subject (id, created_at, checked_at) values ($1, $2, $2)", id, now)
	return store.Classify(err)
}

// identify stores the draft's identifier unless it leads to somebody already.
func (r *Registry) identify(ctx context.Context, tx *store.Tx, d Draft) (inserted bool, err error) {
	sealed, err := r.vault.Seal(ctx, d.Key(), valueContext, []byte(d.value))
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, `insert into subject_identifier (lookup, kind, value, subject, created_at)
		values ($1, $2, $3, $4, $5) on conflict (lookup) do nothing`,
		r.lookup(d.kind, d.value), d.kind, sealed, d.ID, store.At(r.clock.Now()))
	if err != nil {
		return false, store.Classify(err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

func (r *Registry) lookup(kind, value string) []byte { return r.vault.Index("subject/"+kind, value) }
