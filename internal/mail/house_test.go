package mail_test

import (
	"context"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// start is when every test begins.
var start = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// rules is a policy in which an activity of another system may write.
const rules = `
kept: 1
notice: {version: 2026-11-21, languages: [de, en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
activities:
  answers:
    kind: external
    people: [customer]
    title: {de: Antworten, en: Answers}
    purpose: essential.service.operations.support
    basis: contract
    data: [{name: email, category: user.contact.email, title: {de: E-Mail-Adresse, en: e-mail address}}]
    retention: [{from: collection, keep: 1 year, then: delete}]
`

// house is a post room with everything it stands on.
type house struct {
	*activitytest.House
	t testing.TB
}

func each(t *testing.T, f func(t *testing.T, h house)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, house{activitytest.Env(t, place, rules, clock.At(start)), t})
	})
}

// person returns the subject of an address.
func (h house) person(address string) (id string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = h.Subjects.Ensure(ctx, tx, subject.Email, address)
		return err
	})
	return id
}

func (h house) write(f func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.DB.Write(context.Background(), f); err != nil {
		h.t.Fatal(err)
	}
}

// letter is a mail to a person that says all it must.
func letter(who, to string) mail.Message {
	return mail.Message{
		Activity: "answers", Subject: who, To: mail.Address{Name: "Änne Müller", Mail: to}, Title: "Grüße aus Köln", Lang: "de",
		Text: "Guten Tag,\n\nIhre Anfrage ist angekommen.\n", Why: "Sie bekommen diese E-Mail, weil Sie uns geschrieben haben.", Stop: "Antworten Sie mit „Stopp“, so schreiben wir nicht mehr.",
	}
}

// enqueue stores a mail.
func (h house) enqueue(m mail.Message) (id string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = h.Mail.Enqueue(ctx, tx, m)
		return err
	})
	return id
}

// work does what is due now.
func (h house) work() {
	h.t.Helper()
	for {
		ran, err := h.Jobs.Step(context.Background())
		if err != nil {
			h.t.Fatal(err)
		}
		if !ran {
			return
		}
	}
}

// text reads one value.
func (h house) text(query string, args ...any) (value string) {
	h.t.Helper()
	if err := h.DB.QueryRowContext(context.Background(), query, args...).Scan(&value); err != nil {
		h.t.Fatal(err)
	}
	return value
}
