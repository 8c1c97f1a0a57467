package request

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
)

// Asking is what somebody asks.
type Asking struct {
	Rights   []rights.Right // none: a person has to read the words
	Activity string         // what an objection or a withdrawal is about; else what the request is limited to
	Channel  Channel
	Lang     string
	Received time.Time // of a letter or a call; the zero time: now
	Contact  Contact
	Wish     Wish
	// Proven are identifiers that the way itself has shown: the pseudonym that the
	// browser holds, those of a signed-in account.
	Proven []Identity
	By     string // of the staff who entered it; empty: the person
	Source string // at most one case has it; empty: none
}

// Bounds of what somebody writes, in bytes.
const (
	longestWords = 20_000
	longestName  = 500
	mostFixes    = 50
)

// Ask takes a request in: the clock runs from its receipt. A code goes to the
// address that was given, whether or not anything is known of it. Invalid if it
// is no request.
func (d *Desk) Ask(ctx context.Context, a Asking) (Case, error) {
	c, err := d.begin(a)
	if err != nil {
		return c, err
	}
	contact, err := d.seal(ctx, c.ID, "request_case.contact", a.Contact)
	if err != nil {
		return c, err
	}
	wish, err := d.seal(ctx, c.ID, "request_case.wish", a.Wish)
	if err != nil {
		return c, err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if a.Source != "" {
			known, err := scanCase(tx.QueryRowContext(ctx, "select "+caseColumns+" from request_case where source = $1", a.Source))
			if !fault.Is(err, fault.NotFound) {
				c = known
				return err
			}
		}
		if err := d.insert(ctx, tx, c, a.Source, contact, wish); err != nil {
			return err
		}
		if err := d.note(ctx, tx, c.ID, string(Received), a.By, ""); err != nil {
			return err
		}
		return d.prove(ctx, tx, &c, a)
	})
	if err != nil {
		return Case{}, fmt.Errorf("take a request in: %w", err)
	}
	return c, nil
}

// begin checks what somebody asks and makes the case.
func (d *Desk) begin(a Asking) (Case, error) {
	now := d.Clock.Now()
	c := Case{ID: store.NewID(), Activity: a.Activity, Channel: a.Channel, Lang: a.Lang, State: Received, Received: a.Received}
	c.Number = numberOf(c.ID)
	var err error
	if c.Rights, err = ordered(a.Rights); err != nil {
		return c, err
	}
	if c.Received.IsZero() {
		c.Received = now
	}
	if c.Lang != i18n.German && c.Lang != i18n.English {
		c.Lang = i18n.English
		if languages := d.Policy().Notice.Languages; len(languages) > 0 {
			c.Lang = languages[0]
		}
	}
	switch {
	case !slices.Contains(Channels(), c.Channel):
		return c, fault.New(fault.Invalid, "a request comes by page, mail, letter, call or program")
	case c.Received.After(now):
		return c, fault.New(fault.Invalid, "a request was received in the past; give the day on which it arrived")
	case a.Activity != "" && d.Policy().Activity(a.Activity) == nil:
		return c, fault.New(fault.Invalid, "the policy has no activity %.80q", a.Activity)
	case a.Contact.Mail == "" && a.By == "" && len(a.Proven) == 0:
		return c, fault.New(fault.Invalid, "a mail address is needed, to answer and to see who asks")
	}
	if err := a.check(); err != nil {
		return c, err
	}
	c.Due = Due(d.Policy(), c.Received, false, 0)
	return c, nil
}

func (a *Asking) check() error {
	if a.Contact.Mail != "" {
		if _, err := mail.Normalise(a.Contact.Mail); err != nil {
			return err
		}
	}
	if a.Wish.ToMail != "" {
		if _, err := mail.Normalise(a.Wish.ToMail); err != nil {
			return err
		}
	}
	for _, s := range []string{a.Contact.Name, a.Contact.Phone, a.Wish.To, a.Wish.Seal} {
		if len(s) > longestName {
			return fault.New(fault.TooLarge, "a name has at most %d bytes", longestName)
		}
	}
	if a.Wish.For != nil && (strings.TrimSpace(a.Wish.For.Name) == "" || !slices.Contains([]As{Attorney, Guardian, Heir}, a.Wish.For.As)) {
		return fault.New(fault.Invalid, "who asks for another says for whom, and as attorney, guardian or heir")
	}
	if len(a.Wish.Words)+len(a.Wish.Decision)+len(a.Contact.Post) > longestWords || len(a.Wish.Corrections) > mostFixes {
		return fault.New(fault.TooLarge, "a request has at most %d bytes of text and %d corrections", longestWords, mostFixes)
	}
	return nil
}

// prove begins to find out who asks. The clock stands still while a code is on
// its way: it was sent at once, so the time is the person's.
func (d *Desk) prove(ctx context.Context, tx *store.Tx, c *Case, a Asking) error {
	for _, i := range a.Proven {
		if err := d.addIdentity(ctx, tx, c.ID, i); err != nil {
			return err
		}
	}
	represented := a.Wish.For != nil // a person looks at the power of attorney
	switch {
	case open(c.Rights):
		if err := d.step(ctx, tx, c, Identify, Law, ""); err != nil {
			return err
		}
	case len(a.Proven) > 0 && a.Proven[0].Proof == ByAccount && !represented:
		if err := d.identified(ctx, tx, c, ""); err != nil {
			return err
		}
	case a.Contact.Mail != "" && a.By == "" && d.Writes():
		before := c.progress()
		c.pause(d.Clock.Now(), ForProof)
		c.Unproven = c.PausedSince
		if err := save(ctx, tx, *c, before); err != nil {
			return err
		}
	}
	if a.Contact.Mail != "" && d.Writes() {
		if _, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: codeJob, Key: c.ID, Payload: coding{Number: c.Number, First: true}}); err != nil {
			return err
		}
	}
	return d.goOn(ctx, tx, c.ID)
}

// numberOf is what letters call a case: 40 of its 128 random bits, so that it says
// nothing about how many there are.
func numberOf(id string) string {
	n := strings.ToUpper(id[:8])
	return n[:4] + "-" + n[4:]
}

// Number returns the number that somebody typed as letters write it.
func Number(typed string) string {
	n := strings.ToUpper(strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == '-' || r == ' ' }), ""))
	if len(n) != 8 {
		return n
	}
	return n[:4] + "-" + n[4:]
}
