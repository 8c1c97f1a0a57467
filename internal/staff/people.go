package staff

import (
	"context"
	"fmt"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/vault"
)

// Invite returns the token of a link that lets the person with this address in
// once, within a day. An unknown address gets an account with the role, and so
// does that of a person who left; for a known one the role stays as it is.
// Invalid if the address is not one.
func (s *Staff) Invite(ctx context.Context, email string, role access.Role) (token string, err error) {
	email, err = normal(email)
	if err != nil {
		return "", err
	}
	known, err := s.byEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fmt.Errorf("invite: %w", err)
	}
	id := known
	if id == "" {
		id = store.NewID()
	}
	sealed, err := s.vault.Seal(ctx, vault.Ref{Subject: id, Rule: rule}, "staff.email", []byte(email))
	if err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	token = store.NewID()
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		joined, err := s.join(ctx, tx, id, email, sealed, role)
		if err != nil {
			return err
		}
		if joined {
			if _, err := s.ledger.Append(ctx, tx, "staff.joined", map[string]any{"staff": id, "role": string(role)}); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "insert into staff_link (token, staff, created_at) values ($1, $2, $3)", digest(token), id, store.At(s.clock.Now()))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("invite: %w", store.Classify(err))
	}
	return token, nil
}

// join makes the account, or opens that of a person who left; joined is false
// for an account that stands.
func (s *Staff) join(ctx context.Context, tx *store.Tx, id, email string, sealed []byte, role access.Role) (joined bool, err error) {
	changed, err := tx.ExecContext(ctx, `insert into staff (id, email_index, email, role, created_at) values ($1, $2, $3, $4, $5)
		on conflict (id) do update set left_at = null, password = null, role = excluded.role, created_at = excluded.created_at
		where staff.left_at is not null`, id, s.index(email), sealed, string(role), store.At(s.clock.Now()))
	if err != nil {
		return false, err
	}
	n, err := changed.RowsAffected()
	return n > 0, err
}

// byEmail finds an account, also of a person who left and is not forgotten yet.
func (s *Staff) byEmail(ctx context.Context, email string) (id string, err error) {
	err = s.db.QueryRowContext(ctx, "select id from staff where email_index = $1", s.index(email)).Scan(&id)
	return id, store.Classify(err)
}

// Assign gives a person another role and ends their sessions. NotFound if nobody
// with this address is there, Invalid if there is no such role; Conflict if it is
// the last owner.
func (s *Staff) Assign(ctx context.Context, email string, role access.Role) error {
	email, err := normal(email)
	if err != nil {
		return err
	}
	if !role.Known() {
		return fault.New(fault.Invalid, "a role is owner, officer or clerk")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update staff set role = role where left_at is null"); err != nil {
			return err
		}
		var id string
		err := store.Classify(tx.QueryRowContext(ctx, "update staff set role = $1 where email_index = $2 and left_at is null returning id", string(role), s.index(email)).Scan(&id))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "nobody with this address may sign in; see: kept user list")
		} else if err != nil {
			return err
		}
		if err := lastOwner(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from staff_session where staff = $1", id); err != nil {
			return err
		}
		_, err = s.ledger.Append(ctx, tx, "staff.role", map[string]any{"staff": id, "role": string(role)})
		return err
	})
	if err != nil {
		return fmt.Errorf("assign a role: %w", store.Classify(err))
	}
	return nil
}

// lastOwner returns Conflict if nobody is left who may do everything.
func lastOwner(ctx context.Context, tx *store.Tx) error {
	var owners int
	if err := tx.QueryRowContext(ctx, "select count(*) from staff where role = $1 and left_at is null", string(access.Owner)).Scan(&owners); err != nil {
		return err
	}
	if owners == 0 {
		return fault.New(fault.Conflict, "this is the last owner; invite another first: kept user invite")
	}
	return nil
}

// Remove ends a person's access: sessions and links end now, the account after
// the time that the policy keeps it from departure. NotFound if nobody with this
// address is there; Conflict if it is the last one who may do everything.
func (s *Staff) Remove(ctx context.Context, email string) error {
	email, err := normal(email)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// Every account is locked, so that two owners cannot remove each other at
		// the same moment.
		if _, err := tx.ExecContext(ctx, "update staff set role = role where left_at is null"); err != nil {
			return err
		}
		var id string
		err := store.Classify(tx.QueryRowContext(ctx, "update staff set left_at = $1 where email_index = $2 and left_at is null returning id",
			store.At(s.clock.Now()), s.index(email)).Scan(&id))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "nobody with this address may sign in; see: kept user list")
		} else if err != nil {
			return err
		}
		if err := lastOwner(ctx, tx); err != nil {
			return err
		}
		if err := shut(ctx, tx, id); err != nil {
			return err
		}
		_, err = s.ledger.Append(ctx, tx, "staff.left", map[string]any{"staff": id})
		return err
	})
	if err != nil {
		return fmt.Errorf("remove: %w", store.Classify(err))
	}
	return nil
}

// Member is a person with the account's times.
type Member struct {
	Person
	Since time.Time
	Seen  time.Time // last request of an open session, zero if there is none
}

// List returns everybody who may sign in, who came first before others.
func (s *Staff) List(ctx context.Context) ([]Member, error) {
	rows, err := s.db.QueryContext(ctx, `select id, email, role, password is not null, created_at,
		(select max(seen_at) from staff_session n where n.staff = staff.id)
		from staff where left_at is null order by created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Member
	sealed := map[string][]byte{}
	for rows.Next() {
		var m Member
		var email []byte
		var since, seen store.Time
		if err := rows.Scan(&m.ID, &email, &m.Role, &m.HasPassword, &since, &seen); err != nil {
			return nil, fmt.Errorf("list staff: %w", store.Classify(err))
		}
		m.Since, m.Seen = since.Time, seen.Time
		sealed[m.ID] = email
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list staff: %w", store.Classify(err))
	}
	for i := range all {
		email, err := s.vault.Open(ctx, vault.Ref{Subject: all[i].ID, Rule: rule}, "staff.email", sealed[all[i].ID])
		if err != nil {
			return nil, fmt.Errorf("list staff: %w", err)
		}
		all[i].Email = string(email)
	}
	return all, nil
}
