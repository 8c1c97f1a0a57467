package request

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// A code lives ten minutes, is used once, and dies of five wrong ones.
const (
	codeLife  = 10 * time.Minute
	codeTries = 5
	passLife  = time.Hour // how long a proof lets a browser see its case
)

// coding names the case that a code is wanted for, by its number: whether there
// is such a case is found out by the job, so that whoever typed a number learns
// nothing from the answer or its time.
type coding struct {
	Number string `json:"number"`
	First  bool   `json:"first,omitempty"` // the confirmation of receipt goes with it
	New    bool   `json:"new,omitempty"`   // to the address that a correction names, not to the one that is known
}

// alphabet writes 128 bits as 26 characters that can be read aloud.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newSecret() string {
	secret := make([]byte, 16)
	rand.Read(secret) //nolint:errcheck // it never fails (crypto/rand)
	return alphabet.EncodeToString(secret)
}

// codeFor is the code that a job writes: 128 bits that nobody derives without the
// vault, and the same again when the job was stopped before it was noted as done.
func (d *Desk) codeFor(job string) string {
	return alphabet.EncodeToString(d.Vault.Index("request/code-of", job))
}

// mark is what is stored of a code or a pass.
func (d *Desk) mark(what, secret string) []byte {
	return d.Vault.Index("request/"+what, strings.ToLower(strings.Join(strings.FieldsFunc(secret, func(r rune) bool { return r == ' ' || r == '-' }), "")))
}

// Resend has a code sent to the address of a case, if there is such a case. The
// answer is the same either way.
func (d *Desk) Resend(ctx context.Context, number string) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: codeJob, Key: "again/" + token(number), Payload: coding{Number: token(number)}})
		return err
	})
}

// token is what somebody typed as a number, in the letters that jobs may hold.
func token(number string) string {
	n := Number(number)
	if len(n) > 9 || strings.Trim(n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return "none"
	}
	return n
}

// sendCode is the job that writes a code.
func (d *Desk) sendCode(ctx context.Context, j job.Job) error {
	var q coding
	if err := j.Decode(&q); err != nil {
		return err
	}
	code := d.codeFor(j.ID)
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := caseOf(ctx, tx, q.Number)
		if err != nil {
			return err
		}
		contact, err := d.contact(ctx, tx, c.ID)
		if err != nil || contact.Mail == "" {
			return err
		}
		if open(c.Rights) {
			return d.confirm(ctx, tx, c, contact, j.ID, "")
		}
		if q.New {
			if contact.Mail, err = d.newAddress(ctx, tx, c.ID); err != nil || contact.Mail == "" {
				return err
			}
		}
		var lately int
		now := d.Clock.Now()
		if err := tx.QueryRowContext(ctx, "select count(*) from request_code where request = $1 and created_at > $2", c.ID, store.At(now.Add(-window))).Scan(&lately); err != nil {
			return store.Classify(err)
		}
		if lately >= mostMailed {
			return nil
		}
		var elsewhere []byte
		if q.New {
			if elsewhere, err = d.sealText(ctx, c.ID, "request_code.address", contact.Mail); err != nil {
				return err
			}
		}
		made, err := tx.ExecContext(ctx, "insert into request_code (mark, request, address, tries, created_at) values ($1, $2, $3, 0, $4) on conflict (mark) do nothing",
			d.mark("code", code), c.ID, elsewhere, store.At(now))
		if err != nil {
			return store.Classify(err)
		}
		if n, err := made.RowsAffected(); err != nil || n == 0 {
			return err // written before the job was stopped
		}
		if q.First {
			return d.confirm(ctx, tx, c, contact, j.ID, code)
		}
		return d.mailCode(ctx, tx, c, contact, code)
	})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Refused) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.at("wrote a code")
}

// wrongCode is the one answer to every code that is not right.
func wrongCode() error {
	return fault.New(fault.Forbidden, "this code is not valid: it is ten minutes old, was used, or is another one; have a new one sent")
}

// Prove takes a code back: who has it controls the address of the case, which is
// known to be theirs then. pass lets the browser see the case for an hour.
// Forbidden for a code that is wrong, used or too old, with one wording. number
// may be empty where the code came by its link.
func (d *Desk) Prove(ctx context.Context, number, code string) (c Case, pass string, err error) {
	now := d.Clock.Now()
	pass = newSecret()
	tried := false
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var id string
		var elsewhere []byte
		err := store.Classify(tx.QueryRowContext(ctx, `update request_code set used_at = $1
			where mark = $2 and used_at is null and created_at > $3 and tries < $4 returning request, address`,
			store.At(now), d.mark("code", code), store.At(now.Add(-codeLife)), codeTries).Scan(&id, &elsewhere))
		if fault.Is(err, fault.NotFound) {
			tried = true
			return d.miss(ctx, tx, number)
		} else if err != nil {
			return err
		}
		if c, err = caseOf(ctx, tx, id); err != nil {
			return err
		}
		if number != "" && Number(number) != c.Number {
			tried = true
			return nil
		}
		if elsewhere != nil { // it says whose the new address is, and nothing about who asks
			pass = ""
			return d.provenNew(ctx, tx, &c, elsewhere)
		}
		if err := d.proven(ctx, tx, &c); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "insert into request_pass (mark, request, created_at) values ($1, $2, $3)", d.mark("pass", pass), c.ID, store.At(now))
		return store.Classify(err)
	})
	if err == nil && tried {
		err = wrongCode()
	}
	if err != nil {
		return Case{}, "", fmt.Errorf("take a code: %w", err)
	}
	return c, pass, nil
}

// miss counts a wrong try at the codes of a case.
func (d *Desk) miss(ctx context.Context, tx *store.Tx, number string) error {
	_, err := tx.ExecContext(ctx, `update request_code set tries = tries + 1 where used_at is null and created_at > $1
		and request in (select id from request_case where number = $2)`, store.At(d.Clock.Now().Add(-codeLife)), Number(number))
	return store.Classify(err)
}

// proven notes that the address of a case is the person's. Who asks for another
// waits until a person has seen what lets them.
func (d *Desk) proven(ctx context.Context, tx *store.Tx, c *Case) error {
	contact, err := d.contact(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	normal, err := mail.Normalise(contact.Mail)
	if err != nil {
		return err
	}
	if err := d.addIdentity(ctx, tx, c.ID, Identity{Kind: subject.Email, Value: normal, Proof: ByCode}); err != nil {
		return err
	}
	wish, err := d.wish(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if wish.For != nil || c.State != Received {
		c.Unproven = time.Time{}
		if err := save(ctx, tx, *c, c.progress()); err != nil {
			return err
		}
		if err := d.note(ctx, tx, c.ID, "proof", "", ""); err != nil {
			return err
		}
		return d.goOn(ctx, tx, c.ID)
	}
	return d.identified(ctx, tx, c, "")
}

// newAddress is the address that a correction names and that nobody has proven.
func (d *Desk) newAddress(ctx context.Context, q store.Querier, id string) (string, error) {
	w, err := d.wish(ctx, q, id)
	if err != nil {
		return "", err
	}
	shown, err := d.identities(ctx, q, id)
	if err != nil {
		return "", err
	}
	for _, c := range w.Corrections {
		normal, err := mail.Normalise(c.New)
		if err != nil {
			continue
		}
		if !slices.ContainsFunc(shown, func(i Identity) bool { return i.Kind == subject.Email && i.Value == normal }) {
			return normal, nil
		}
	}
	return "", nil
}

// provenNew notes that the address of a correction is the person's too.
func (d *Desk) provenNew(ctx context.Context, tx *store.Tx, c *Case, sealed []byte) error {
	address, err := d.openText(ctx, c.ID, "request_code.address", sealed)
	if err != nil {
		return err
	}
	if err := d.addIdentity(ctx, tx, c.ID, Identity{Kind: subject.Email, Value: address, Proof: ByCode}); err != nil {
		return err
	}
	if err := d.note(ctx, tx, c.ID, "proof", "", ""); err != nil {
		return err
	}
	if c.State == Planned {
		return d.plan(ctx, tx, c)
	}
	return nil
}

// identified takes the step and goes on.
func (d *Desk) identified(ctx context.Context, tx *store.Tx, c *Case, by string) error {
	if err := d.step(ctx, tx, c, Identify, by, ""); err != nil {
		return err
	}
	return d.goOn(ctx, tx, c.ID)
}

// Pass returns the case that a browser has proven lately. NotFound if it has not.
func (d *Desk) Pass(ctx context.Context, pass string) (Case, error) {
	var id string
	err := store.Classify(d.DB.QueryRowContext(ctx, "select request from request_pass where mark = $1 and created_at > $2",
		d.mark("pass", pass), store.At(d.Clock.Now().Add(-passLife))).Scan(&id))
	if err != nil {
		return Case{}, fmt.Errorf("find what a browser has proven: %w", err)
	}
	return d.Case(ctx, id)
}

// Leave ends a pass.
func (d *Desk) Leave(ctx context.Context, pass string) error {
	_, err := d.DB.ExecContext(ctx, "delete from request_pass where mark = $1", d.mark("pass", pass))
	return store.Classify(err)
}

// Seen is what a person of the staff saw that shows who asks.
type Seen struct {
	Kind, Value string // the identifier; empty: none, the letter itself shows who asks
	Evidence    string // what was seen, in words
	By          string
}

// Vouch notes an identifier that a person of the staff found to be the person's,
// with the evidence, and lets the case go on. Invalid without evidence.
func (d *Desk) Vouch(ctx context.Context, name string, s Seen) (Case, error) {
	if strings.TrimSpace(s.Evidence) == "" || s.By == "" {
		return Case{}, fault.New(fault.Invalid, "say what you saw that shows who asks: a call back, a signature, facts that only this person knows")
	}
	if s.Value != "" && !slices.Contains([]string{subject.Email, subject.Visitor, subject.Decision, "phone", "account"}, s.Kind) {
		return Case{}, fault.New(fault.Invalid, "an identifier is an email, phone, account, visitor or decision")
	}
	if s.Kind == subject.Email && s.Value != "" {
		normal, err := mail.Normalise(s.Value)
		if err != nil {
			return Case{}, err
		}
		s.Value = normal
	}
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if final[c.State] {
			return fault.New(fault.Conflict, "a request that is %s takes no proof any more", c.State)
		}
		if s.Value != "" {
			err := d.addIdentity(ctx, tx, c.ID, Identity{Kind: s.Kind, Value: s.Value, Proof: ByStaff, Evidence: s.Evidence, By: s.By})
			if err != nil {
				return err
			}
		}
		if err := d.note(ctx, tx, c.ID, "proof", s.By, s.Evidence); err != nil {
			return err
		}
		return d.vouched(ctx, tx, c, s.By)
	})
}

// vouched goes on with a case whose person is known now. One that was planned
// already is planned again: there may be more data.
func (d *Desk) vouched(ctx context.Context, tx *store.Tx, c *Case, by string) error {
	if c.State == Waiting && c.PauseWhy == ForProof {
		if err := d.step(ctx, tx, c, Resume, by, ""); err != nil {
			return err
		}
	}
	if c.State == Received {
		return d.identified(ctx, tx, c, by)
	}
	if c.State == Planned || c.State == Identified {
		return d.plan(ctx, tx, c)
	}
	return nil
}

// addIdentity stores an identifier of the person, once.
func (d *Desk) addIdentity(ctx context.Context, tx *store.Tx, id string, i Identity) error {
	value, err := d.sealText(ctx, id, "request_identity.value", i.Value)
	if err != nil {
		return err
	}
	evidence, err := d.sealText(ctx, id, "request_identity.evidence", i.Evidence)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into request_identity (id, request, kind, lookup, value, proof, evidence, by_whom, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (request, lookup) do nothing`,
		store.NewID(), id, i.Kind, d.lookup(i.Kind, i.Value), value, string(i.Proof), evidence, null(i.By), store.At(d.Clock.Now()))
	return store.Classify(err)
}

func (d *Desk) lookup(kind, value string) []byte {
	return d.Vault.Index("request/identity/"+kind, value)
}
