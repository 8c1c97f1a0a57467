package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

// wish is what somebody typed an address for.
type wish string

// The wishes.
const (
	wantsAccount wish = "register"
	wantsEntry   wish = "enter"  // a link that lets in: the password is forgotten
	wantsMove    wish = "move"   // the account's address is to be another one
	invites      wish = "invite" // somebody else is to act for the customer
)

// arrival is what lies sealed until the job takes it, and longer only where the link of
// its mail has to make an account of it.
type arrival struct {
	Wish      wish        `json:"wish"`
	Email     string      `json:"email"`
	Language  string      `json:"language"`
	Microsoft string      `json:"microsoft,omitempty"` // who signed in there and is not known here
	Account   string      `json:"account,omitempty"`   // of who is signed in
	Customer  string      `json:"customer,omitempty"`
	Role      access.Role `json:"role,omitempty"`
	Browser   []byte      `json:"browser,omitempty"` // that was at Microsoft: no other one's link connects it

	slot string // of the mail
}

const linkLife = time.Hour

// arrivalKey seals what was typed until it is known whose it is; no two share a key.
func arrivalKey(id string) vault.Ref { return vault.Ref{Subject: id, Rule: Name} }

// pending names the arrival that a job is about.
type pending struct {
	Arrival string `json:"arrival"`
}

// arrive stores what somebody typed, durably once it returns; a job does the rest. It
// neither knows nor tells whether the address is known. Invalid if it is none, TooMany
// if the client, or too many for one address, ask for mails.
func (a *Accounts) arrive(ctx context.Context, client netip.Addr, w arrival) (err error) {
	if _, err := a.entry(); err != nil {
		return err
	}
	if w.Email, err = mail.Normalise(w.Email); err != nil {
		return err
	}
	if !a.asks.Allow(client, w.Email) {
		return fault.New(fault.TooMany, "too many mails were asked for; wait a quarter of an hour")
	}
	plain, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("take an address: %w", err)
	}
	id := store.NewID()
	sealed, err := a.env.Vault.Seal(ctx, arrivalKey(id), arrivalTable+".content", plain)
	if err != nil {
		return fmt.Errorf("take an address: %w", err)
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into account_arrival (id, received_at, content) values ($1, $2, $3)", id, store.At(a.env.Clock.Now()), sealed)
		if err == nil {
			_, err = a.env.Jobs.Enqueue(ctx, tx, job.New{Kind: letterJob, Key: id, Payload: pending{id}})
		}
		return store.Classify(err)
	})
	if err != nil {
		return errors.Join(fmt.Errorf("take an address: %w", err), a.env.Vault.Destroy(ctx, id))
	}
	return nil
}

// letter is the job: it finds out whose address it is and writes to it.
func (a *Accounts) letter(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	stays := false
	err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := a.arrival(ctx, tx, "id = $1 and token is null", p.Arrival)
		if fault.Is(err, fault.NotFound) { // taken before
			stays = true
			return nil
		}
		if err != nil {
			return err
		}
		if e, err := a.entry(); err == nil {
			if stays, err = a.answer(ctx, tx, e, p.Arrival, w); err != nil {
				return err
			}
		}
		if stays {
			return nil
		}
		_, err = tx.ExecContext(ctx, "delete from account_arrival where id = $1", p.Arrival)
		return store.Classify(err)
	})
	if err != nil || stays {
		return err
	}
	return a.env.Vault.Destroy(ctx, p.Arrival)
}

// arrival reads what was typed; NotFound if there is none.
func (a *Accounts) arrival(ctx context.Context, q store.Querier, which string, args ...any) (w arrival, err error) {
	var id string
	var sealed []byte
	err = store.Classify(q.QueryRowContext(ctx, "select id, content from account_arrival where "+which, args...).Scan(&id, &sealed))
	if err != nil {
		return w, err
	}
	plain, err := a.env.Vault.Open(ctx, arrivalKey(id), arrivalTable+".content", sealed)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(plain, &w)
}

// answer writes to the address as its wish and what is known of it say. stays: the
// arrival waits for the link of its mail.
func (a *Accounts) answer(ctx context.Context, tx *store.Tx, e *policy.Activity, id string, w arrival) (stays bool, err error) {
	switch w.Wish {
	case wantsAccount:
		return a.answerRegistration(ctx, tx, e, id, w)
	case wantsEntry:
		return false, a.answerForgotten(ctx, tx, e, w)
	case wantsMove:
		return false, a.answerMove(ctx, tx, e, w)
	case invites:
		return false, a.answerInvitation(ctx, tx, e, w)
	}
	return false, nil
}

func (a *Accounts) answerRegistration(ctx context.Context, tx *store.Tx, e *policy.Activity, id string, w arrival) (stays bool, err error) {
	k, err := a.byEmail(ctx, tx, w.Email)
	if err == nil {
		return false, a.post(ctx, tx, e, letter{What: "known", To: w.Email, Subject: k.Subject, Lang: w.Language, Link: "/sign-in", Key: a.slot("known", w.Email)})
	}
	if !fault.Is(err, fault.NotFound) {
		return false, err
	}
	token, mark := a.env.Mail.NewToken("account/confirm")
	if _, err := tx.ExecContext(ctx, "update account_arrival set token = $1 where id = $2", mark, id); err != nil {
		return false, store.Classify(err)
	}
	return true, a.post(ctx, tx, e, letter{What: "confirm", To: w.Email, Lang: w.Language, Link: "/confirm/" + token, Key: a.slot("confirm", w.Email)})
}

// answerForgotten sends a link that lets in. To an address without an account nothing
// is written: whoever typed it knows it is not theirs, or can register.
func (a *Accounts) answerForgotten(ctx context.Context, tx *store.Tx, e *policy.Activity, w arrival) error {
	k, err := a.byEmail(ctx, tx, w.Email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	token, err := a.newLink(ctx, tx, k.ID, purposeEnter, "", nil)
	if err != nil {
		return err
	}
	return a.post(ctx, tx, e, letter{What: "enter", To: w.Email, Subject: k.Subject, Lang: w.Language, Link: "/enter/" + token, Key: a.slot("enter", w.Email)})
}

// purpose is what a link is for.
type purpose string

// The purposes.
const (
	purposeEnter purpose = "enter"
	purposeOld   purpose = "move-old" // sent to the address that is left
	purposeNew   purpose = "move-new" // sent to the one that is to be
)

// newLink makes a link of an account. pair names the link that has to be used too.
func (a *Accounts) newLink(ctx context.Context, tx *store.Tx, account string, p purpose, pair string, address []byte) (token string, err error) {
	token, mark := a.env.Mail.NewToken("account/link")
	_, err = tx.ExecContext(ctx, "insert into account_link (id, token, account, purpose, pair, address, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
		store.NewID(), mark, account, string(p), null(pair), address, store.At(a.env.Clock.Now()))
	return token, store.Classify(err)
}

// used is the answer to a link that is unknown, used or too old, with one wording.
func used() error {
	return fault.New(fault.NotFound, "this link was used or is older than an hour; have a new one sent")
}
