package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// inviteLife is how long an invitation is good for.
const inviteLife = 7 * 24 * time.Hour

// mostInvited is how many invitations of a customer are open at once.
const mostInvited = 50

// Invite asks somebody by mail to act for the customer of s. The answer is the same
// whether the address has an account. Invalid if it is no address or no role.
func (a *Accounts) Invite(ctx context.Context, client netip.Addr, s Session, email string, role access.Role, lang string) error {
	if !isRole(role) {
		return fault.New(fault.Invalid, "a role is owner, admin or billing")
	}
	return a.arrive(ctx, client, arrival{Wish: invites, Email: email, Language: lang, Account: s.Account, Customer: s.Customer, Role: role})
}

// answerInvitation writes the invitation, at most one in ten minutes to an address for
// one customer: the link of the one before is good for what was said last. To somebody whose data is restricted nothing is
// written, and nothing of it is kept.
func (a *Accounts) answerInvitation(ctx context.Context, tx *store.Tx, e *policy.Activity, w arrival) error {
	if may, err := a.governs(ctx, tx, w.Account, w.Customer); err != nil || !may {
		return err
	}
	k, err := a.byEmail(ctx, tx, w.Email)
	if err == nil {
		all, err := a.acting(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Customer == w.Customer {
				return nil // they act for it already
			}
		}
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	var open int
	if err := tx.QueryRowContext(ctx, "select count(*) from account_invitation where customer = $1", w.Customer).Scan(&open); err != nil || open >= mostInvited {
		return store.Classify(err)
	}
	who, _, err := a.env.Subjects.Ensure(ctx, tx, subject.Email, w.Email)
	if err != nil {
		return err
	}
	restricted, err := a.env.Subjects.Restricted(ctx)
	if err != nil || restricted[who] {
		return err
	}
	w.slot = a.slot("invite/"+w.Customer, w.Email)
	written, err := a.env.Mail.Written(ctx, tx, w.slot)
	if err != nil {
		return err
	}
	if written {
		_, err := tx.ExecContext(ctx, "update account_invitation set role = $1, inviter = $2 where customer = $3 and subject = $4", roleStored(e, w.Role), w.Account, w.Customer, who)
		return store.Classify(err)
	}
	inviter, err := find(ctx, tx, "id = $1", w.Account)
	if err != nil {
		return err
	}
	var sealed []byte
	if err := tx.QueryRowContext(ctx, "select email from account where id = $1", w.Account).Scan(&sealed); err != nil {
		return store.Classify(err)
	}
	o := a.env.Opener(ctx, inviter.Subject)
	by := o.Text("account.email", sealed)
	if o.Err() != nil {
		return o.Err()
	}
	return a.writeInvitation(ctx, tx, e, who, by, w)
}

// writeInvitation keeps an invitation and writes it. by is who invites, in words;
// w.Account is their account, empty if it is the operator.
func (a *Accounts) writeInvitation(ctx context.Context, tx *store.Tx, e *policy.Activity, who, by string, w arrival) error {
	s := a.env.Sealer(ctx, e, who)
	email := s.Text(invitationTable+".email", fieldEmail, w.Email)
	if s.Err() != nil {
		return s.Err()
	}
	token, mark := a.env.Mail.NewToken("account/invite")
	_, err := tx.ExecContext(ctx, `insert into account_invitation (id, subject, customer, token, inviter, role, email, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (customer, subject) do update set token = excluded.token, inviter = excluded.inviter, role = excluded.role, created_at = excluded.created_at`,
		store.NewID(), who, w.Customer, mark, w.Account, roleStored(e, w.Role), email, store.At(a.env.Clock.Now()))
	if err != nil {
		return store.Classify(err)
	}
	what := "invite"
	if w.Account == "" {
		what = "installed"
	}
	return a.post(ctx, tx, e, letter{What: what, To: w.Email, Subject: who, Lang: w.Language, Link: "/join/" + token, Key: w.slot, Unasked: true, Args: []any{by}})
}

// governs reports whether an account is still an owner of a customer that stands.
func (a *Accounts) governs(ctx context.Context, q store.Querier, account, customer string) (bool, error) {
	all, err := a.acting(ctx, q, account)
	if err != nil {
		return false, err
	}
	var stands int
	if err := q.QueryRowContext(ctx, "select count(*) from account where id = $1 and "+standing, account).Scan(&stands); err != nil {
		return false, store.Classify(err)
	}
	for _, m := range all {
		if stands == 1 && m.Customer == customer && m.Role.May(access.Govern) {
			return true, nil
		}
	}
	return false, nil
}

// Invited is an invitation that is open.
type Invited struct {
	ID      string
	Email   string
	Role    access.Role
	At      time.Time
	Account bool // the address has an account

	subject, customer, inviter string
}

// Invitations returns the open invitations of a customer, the latest first.
func (a *Accounts) Invitations(ctx context.Context, customer string) ([]Invited, error) {
	return a.invited(ctx, a.env.DB, "customer = $1 order by created_at desc, id", customer)
}

func (a *Accounts) invited(ctx context.Context, q store.Querier, which string, args ...any) (all []Invited, err error) {
	rows, err := q.QueryContext(ctx, "select id, subject, customer, inviter, coalesce(role, ''), email, created_at from account_invitation where "+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", store.Classify(err))
	}
	defer rows.Close()
	var sealed [][]byte
	for rows.Next() {
		var i Invited
		var email []byte
		var role string
		var at store.Time
		if err := rows.Scan(&i.ID, &i.subject, &i.customer, &i.inviter, &role, &email, &at); err != nil {
			return nil, fmt.Errorf("read invitations: %w", err)
		}
		i.Role, i.At = roleOf(role), at.Time
		all, sealed = append(all, i), append(sealed, email)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	for i := range all {
		o := a.env.Opener(ctx, all[i].subject)
		if all[i].Email = o.Text(invitationTable+".email", sealed[i]); o.Err() != nil {
			return nil, o.Err()
		}
	}
	return all, nil
}

// still returns Forbidden if who is signed in is no owner of their customer any more: they
// may have been one when their request came. The lock keeps it so until the end.
func (a *Accounts) still(ctx context.Context, tx *store.Tx, s Session) error {
	if err := lock(ctx, tx, s.Customer); err != nil {
		return err
	}
	may, err := a.governs(ctx, tx, s.Account, s.Customer)
	if err == nil && !may {
		err = fault.New(fault.Forbidden, "you may not do this for the customer any more")
	}
	return err
}

// TakeBack ends an open invitation of the customer of s.
func (a *Accounts) TakeBack(ctx context.Context, s Session, id string) error {
	return a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.still(ctx, tx, s); err != nil {
			return err
		}
		return a.uninvite(ctx, tx, "id = $1 and customer = $2", id, s.Customer)
	})
}

// invitee names whom a job is about.
type invitee struct {
	Subject string `json:"subject"`
}

// uninvite ends invitations, and has the keys go of whoever was invited and is not known
// here by anything else.
func (a *Accounts) uninvite(ctx context.Context, tx *store.Tx, which string, args ...any) error {
	whom, err := store.Texts(ctx, tx, "delete from account_invitation where "+which+" returning subject", args...)
	if err != nil {
		return fmt.Errorf("end an invitation: %w", err)
	}
	for _, who := range whom {
		if _, err := a.env.Jobs.Enqueue(ctx, tx, job.New{Kind: looseJob, Key: who, Payload: invitee{who}}); err != nil {
			return err
		}
	}
	return nil
}

// loose is the job.
func (a *Accounts) loose(ctx context.Context, j job.Job) error {
	var i invitee
	if err := j.Decode(&i); err != nil {
		return err
	}
	e, err := a.entry()
	if err != nil {
		return nil //nolint:nilerr // the keys go with the entry
	}
	return a.forget(ctx, e, i.Subject)
}

// Invitation returns what a link invites to. NotFound if it is unknown, used, older than
// a week, or if who invited may do so no more.
func (a *Accounts) Invitation(ctx context.Context, token string) (Invited, error) {
	return a.invitation(ctx, a.env.DB, token)
}

func (a *Accounts) invitation(ctx context.Context, q store.Querier, token string) (Invited, error) {
	found, err := a.invited(ctx, q, "token = $1 and created_at > $2", a.env.Mail.TokenMark("account/invite", token), store.At(a.env.Clock.Now().Add(-inviteLife)))
	if err != nil {
		return Invited{}, err
	}
	gone := fault.New(fault.NotFound, "this invitation was used, taken back, or is older than a week")
	if len(found) == 0 || found[0].Email == "" {
		return Invited{}, gone
	}
	i := found[0]
	may, err := standsStill(ctx, q, i.customer)
	if i.inviter != "" { // not the operator's
		may, err = a.governs(ctx, q, i.inviter, i.customer)
	}
	if err != nil {
		return Invited{}, err
	} else if !may {
		return Invited{}, gone
	}
	_, err = a.byEmail(ctx, q, i.Email)
	i.Account = err == nil
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return i, err
}

// useUp ends an invitation that is accepted. NotFound if another request was first.
func useUp(ctx context.Context, tx *store.Tx, id string) error {
	n, err := changed(tx.ExecContext(ctx, "delete from account_invitation where id = $1", id))
	if err != nil {
		return store.Classify(err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "this invitation was used")
	}
	return nil
}

// Accept has whoever holds the link act for the customer. Who has an account signs in to
// it as ever: session is empty then. Who has none gets one, as Confirm makes it.
func (a *Accounts) Accept(ctx context.Context, token, typed, lang string) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	first, err := a.Invitation(ctx, token)
	if err != nil {
		return "", err
	}
	var hashed []byte
	if !first.Account {
		if hashed, err = a.newPassword(ctx, e, typed); err != nil {
			return "", err
		}
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		i, err := a.invitation(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := useUp(ctx, tx, i.ID); err != nil {
			return err
		}
		account, fresh := "", !i.Account
		if fresh {
			if account, err = a.create(ctx, tx, e, i.Email, hashed, "", lang); err != nil {
				return err
			}
		} else {
			k, err := a.byEmail(ctx, tx, i.Email)
			if err != nil {
				return err
			}
			account = k.ID
		}
		if err := a.join(ctx, tx, e, account, i.customer, i.Role); err != nil {
			return err
		}
		if _, err := a.env.Ledger.Append(ctx, tx, "customer.joined", map[string]any{"account": account, "customer": i.customer, "role": string(i.Role)}); err != nil {
			return err
		}
		if fresh {
			session, err = a.open(ctx, tx, e, account, true)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("accept an invitation: %w", err)
	}
	return session, nil
}
