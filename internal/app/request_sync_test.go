package app

import (
	"context"
	"net/http"
	"net/smtp"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/duty/request"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/subject"
)

// customer gives somebody an account, as the registration leaves one.
func (h *house) customer(email, last string) (who string) {
	h.t.Helper()
	a := h.Requests.Policy().Activity("account")
	fatal(h.t, h.DB.Write(h.t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		who, _, err = h.Subjects.Ensure(ctx, tx, subject.Email, email)
		return err
	}))
	seal := func(field, value string) []byte {
		sealed, err := h.Vault.Seal(h.t.Context(), activity.KeyOf(a, who, field), "account."+field, []byte(value))
		fatal(h.t, err)
		return sealed
	}
	at := store.At(h.clock.Now())
	_, err := h.DB.ExecContext(h.t.Context(), "insert into account (id, subject, email_index, email, last_name, created_at, seen_at) values ($1, $2, $3, $4, $5, $6, $6)",
		store.NewID(), who, h.Vault.Index("account/email", email), seal("email", email), seal("last_name", last), at)
	fatal(h.t, err)
	return who
}

// writes sends a mail to the privacy address, opens the code that comes back, and
// returns the case.
func (a *asker) writes(title, text string) request.Case {
	a.t.Helper()
	before := len(a.mails())
	to := "privacy@" + mailtest.Domain
	letter := "From: " + a.email + "\r\nTo: " + to + "\r\nSubject: " + title + "\r\nMessage-ID: <" + title + "@person.example>\r\n\r\n" + text + "\r\n"
	fatal(a.t, smtp.SendMail(a.h.Config.Mail.Listen, nil, a.email, []string{to}, []byte(letter)))
	a.h.settle()
	link, number := "", ""
	for _, m := range a.mails()[before:] {
		if found := proveLink.FindString(m.Read().Text); found != "" {
			link, number = found, askedNumber.FindStringSubmatch(m.Read().Text)[1]
		}
	}
	a.wants(a.post(link, nil), http.StatusSeeOther)
	a.h.settle()
	c, err := a.h.Requests.Case(a.t.Context(), number)
	fatal(a.t, err)
	return c
}

var enteredAs = regexp.MustCompile(`done=([0-9A-Z]{4}-[0-9A-Z]{4})`)

// sends has the officer enter a letter, and what showed who wrote it.
func (a *asker) sends(more url.Values) request.Case {
	a.t.Helper()
	form := url.Values{"channel": {"letter"}, "received": {a.h.clock.Now().Format(time.DateOnly)}, "lang": {"en"}, "name": {"Ada"}, "post": {"Weg 1"}}
	for name, values := range more {
		form[name] = values
	}
	got := a.officer.post(a.h.ConsoleURL()+"/requests/new", form)
	a.wants(got, http.StatusSeeOther)
	c, err := a.h.Requests.Case(a.t.Context(), enteredAs.FindStringSubmatch(got.Header.Get("Location"))[1])
	fatal(a.t, err)
	a.act(c, "/identify", url.Values{"kind": {"email"}, "value": {a.email}, "evidence": {"the signature of the contract"}})
	return c
}

// Anyone asks by mail or by letter whether and which data is stored, and has it
// corrected or deleted.
func TestPromise_CS13_AnyoneAsksByMailOrLetter(t *testing.T) {
	on(t, []string{"contactsync"}, func(t *testing.T, h *house) {
		a := h.asker("ada@person.example")
		who := h.customer(a.email, "Lovelance")
		h.customer("grace@person.example", "Hopper")

		c := a.writes("Auskunft", "")
		a.says(a.answered(c, nil), "- ")
		if _, text := a.file(c); !strings.Contains(text, "Lovelance") || strings.Contains(text, "Hopper") {
			t.Error("the package does not hold what is stored, and that alone")
		}
		nobody := h.asker("nobody@person.example")
		nobody.says(nobody.answered(nobody.writes("Auskunft", ""), nil), "nichts")

		c = a.sends(url.Values{"right": {"rectification"}})
		a.act(c, "/correct", url.Values{"field": {"last_name"}, "old": {"Lovelance"}, "new": {"Lovelace"}})
		a.act(c, "/correct", url.Values{"field": {"first_name"}, "new": {"Ada"}})
		a.act(c, "/approve", nil)
		if held := a.held(); !strings.Contains(held, "Lovelace") || !strings.Contains(held, `"Ada"`) || strings.Contains(held, "Lovelance") {
			t.Errorf("after the correction: %s", held)
		}

		a.answered(a.writes("Loeschung", "Bitte loeschen Sie alles"), nil)
		if held := a.held(); strings.Contains(held, "Lovelace") {
			t.Errorf("after the deletion: %s", held)
		}
		var rows, others int
		fatal(t, h.DB.QueryRowContext(t.Context(), "select count(*), count(case when subject <> $1 then 1 end) from account", who).Scan(&rows, &others))
		if rows != 1 || others != 1 {
			t.Errorf("%d accounts are left, %d of somebody else", rows, others)
		}
	})
}
