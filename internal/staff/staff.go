package staff

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/password"
	"kept/internal/store"
	"kept/internal/vault"
)

// CookieName is the cookie of a console session.
const CookieName = "kept_staff"

// rule is the vault's name for the keys of this room.
const rule = "administration"

const (
	linkLife     = 24 * time.Hour
	sessionIdle  = 12 * time.Hour     // without a request
	sessionLife  = 7 * 24 * time.Hour // in all
	seenGrain    = time.Minute        // how exactly the last request is kept
	sessionsMost = 10                 // of one person at a time
)

// Person is somebody who signed in.
type Person struct {
	ID          string
	Email       string
	Role        access.Role
	HasPassword bool
}

// Staff is the operator's people. It is safe for concurrent use.
type Staff struct {
	db     *store.DB
	vault  *vault.Vault
	ledger *ledger.Ledger
	clock  clock.Clock
	tries  *password.Tries
}

// Open makes the tables and returns the room.
func Open(ctx context.Context, db *store.DB, v *vault.Vault, l *ledger.Ledger, c clock.Clock) (*Staff, error) {
	if err := db.Migrate(ctx, "staff", files); err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	return &Staff{db: db, vault: v, ledger: l, clock: c, tries: password.NewTries(c)}, nil
}

// Redeem turns a link's token into a session, once. NotFound for a token that
// is unknown, used or too old.
func (s *Staff) Redeem(ctx context.Context, token string) (session string, err error) {
	now := s.clock.Now()
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var id string
		err := store.Classify(tx.QueryRowContext(ctx, `update staff_link set used_at = $1
			where token = $2 and used_at is null and created_at > $3
			returning staff`, store.At(now), digest(token), store.At(now.Add(-linkLife))).Scan(&id))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "this link was used or is too old; make a new one with: kept user invite")
		} else if err != nil {
			return err
		}
		session, err = s.open(ctx, tx, id, "link")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("redeem a link: %w", err)
	}
	return session, nil
}

// SignIn opens a session for an address and its password. Forbidden, with one
// wording and the same work, whatever of the two is wrong; TooMany after ten
// wrong tries within a quarter of an hour from one client, or after two at an
// account that many try. A one-time link always lets in.
func (s *Staff) SignIn(ctx context.Context, client netip.Addr, email, typed string) (session string, err error) {
	refused := fault.New(fault.Forbidden, "this address and password do not belong together")
	email, err = normal(email)
	if err != nil {
		email = ""
	}
	if !s.tries.Allow(client, email) {
		return "", fault.New(fault.TooMany, "too many tries; wait a quarter of an hour")
	}
	id, stored := "", password.Nobodys
	row := s.db.QueryRowContext(ctx, "select id, coalesce(password, $1) from staff where email_index = $2 and left_at is null", password.Nobodys, s.index(email))
	err = store.Classify(row.Scan(&id, &stored))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fmt.Errorf("sign in: %w", err)
	}
	ok, err := password.Matches(ctx, typed, stored)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", refused
	}
	s.tries.Right(client, email)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		session, err = s.open(ctx, tx, id, "password")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return session, nil
}

func (s *Staff) open(ctx context.Context, tx *store.Tx, id, by string) (session string, err error) {
	session = store.NewID()
	now := store.At(s.clock.Now())
	if _, err := tx.ExecContext(ctx, "insert into staff_session (token, staff, created_at, seen_at) values ($1, $2, $3, $3)", digest(session), id, now); err != nil {
		return "", err
	}
	// Who signs in once more than that leaves the session that was idle longest.
	_, err = tx.ExecContext(ctx, `delete from staff_session where staff = $1 and token not in (
		select token from staff_session where staff = $1 order by seen_at desc, created_at desc, token limit $2)`, id, sessionsMost)
	if err != nil {
		return "", err
	}
	_, err = s.ledger.Append(ctx, tx, "staff.signed-in", map[string]any{"staff": id, "by": by})
	return session, err
}

// Session returns who holds the session. NotFound if it ended.
func (s *Staff) Session(ctx context.Context, session string) (Person, error) {
	now := s.clock.Now()
	var p Person
	var sealed []byte
	var seen store.Time
	row := s.db.QueryRowContext(ctx, `select s.id, s.email, s.role, s.password is not null, n.seen_at
		from staff_session n join staff s on s.id = n.staff
		where n.token = $1 and s.left_at is null and n.created_at > $2 and n.seen_at > $3`,
		digest(session), store.At(now.Add(-sessionLife)), store.At(now.Add(-sessionIdle)))
	if err := row.Scan(&p.ID, &sealed, &p.Role, &p.HasPassword, &seen); err != nil {
		return Person{}, fmt.Errorf("session: %w", store.Classify(err))
	}
	email, err := s.vault.Open(ctx, vault.Ref{Subject: p.ID, Rule: rule}, "staff.email", sealed)
	if err != nil {
		return Person{}, fmt.Errorf("session: %w", err)
	}
	p.Email = string(email)
	if now.Sub(seen.Time) >= seenGrain {
		if _, err := s.db.ExecContext(ctx, "update staff_session set seen_at = $1 where token = $2", store.At(now), digest(session)); err != nil {
			return Person{}, fmt.Errorf("session: %w", store.Classify(err))
		}
	}
	return p, nil
}

// SignOut ends the session. Ending one that has ended is no error.
func (s *Staff) SignOut(ctx context.Context, session string) error {
	if _, err := s.db.ExecContext(ctx, "delete from staff_session where token = $1", digest(session)); err != nil {
		return fmt.Errorf("sign out: %w", store.Classify(err))
	}
	return nil
}

// SetPassword sets a person's password and ends all sessions of that person,
// this one too (ASVS 5.0 V7.4.3), and the links that were not used. Forbidden if the person has a password
// and old is not it; Invalid if the new one is too short.
func (s *Staff) SetPassword(ctx context.Context, person, old, typed string) error {
	hashed, err := password.New(ctx, typed)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var stored sql.NullString
		if err := tx.QueryRowContext(ctx, "select password from staff where id = $1", person).Scan(&stored); err != nil {
			return store.Classify(err)
		}
		if stored.Valid {
			if ok, err := password.Matches(ctx, old, stored.String); err != nil {
				return err
			} else if !ok {
				return fault.New(fault.Forbidden, "the present password is another one")
			}
		}
		if _, err := tx.ExecContext(ctx, "update staff set password = $1 where id = $2", hashed, person); err != nil {
			return err
		}
		if err := shut(ctx, tx, person); err != nil {
			return err
		}
		_, err := s.ledger.Append(ctx, tx, "staff.password-set", map[string]any{"staff": person})
		return err
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// shut ends a person's sessions and open links.
func shut(ctx context.Context, tx *store.Tx, person string) error {
	if _, err := tx.ExecContext(ctx, "delete from staff_session where staff = $1", person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "delete from staff_link where staff = $1 and used_at is null", person)
	return err
}

func (s *Staff) index(email string) []byte { return s.vault.Index("staff.email", email) }

// digest is what the database keeps of a token. A token has 128 random bits, so
// one round of SHA-256 is enough.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func normal(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 {
		return "", fault.New(fault.Invalid, "this is not an e-mail address")
	}
	return email, nil
}
