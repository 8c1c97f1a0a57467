package mail_test

import (
	"context"
	"strings"
	"testing"

	"kept/internal/mail"
	"kept/internal/store"
)

// What an activity wrote to a person, and what it took from them, is forgotten with
// its keys; what another one wrote, and what another person got, stays.
func TestForgettingTakesTheRecordAndItsKeys(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.SetPolicy(rules + strings.Replace(rules[strings.Index(rules, "  answers:"):], "answers:", "orders:", 1))
		anne, bert := h.person("anne@example.org"), h.person("bert@example.org")
		taken := h.inbox("contact")
		h.enqueue(letter(anne, "anne@example.org"))
		h.enqueue(letter(bert, "bert@example.org"))
		if err := h.Mail.Bring(t.Context(), "anne@example.org", []string{"contact@kept.example"}, []byte(incoming)); err != nil {
			t.Fatal(err)
		}
		h.work()
		if len(*taken) != 1 {
			t.Fatalf("%d mails were taken", len(*taken))
		}
		h.enqueue(letter(anne, "anne@example.org")) // still waits to leave
		forget := func(taking ...string) {
			t.Helper()
			h.write(func(ctx context.Context, tx *store.Tx) error {
				return h.Mail.Forget(ctx, tx, "answers", anne, "contact", taking...)
			})
		}
		order := letter(anne, "anne@example.org")
		order.Activity = "orders"
		h.enqueue(order)
		forget()
		if n := h.text("select count(*) from mail_outbox where subject = $1", anne) + h.text("select count(*) from mail_incoming where subject = $1", anne); n != "10" {
			t.Errorf("of Anne's records the order alone stays, not %s", n)
		}
		if n := h.keys(anne); n != 2 {
			t.Errorf("%d keys of hers are left: the order needs two", n)
		}
		if n := h.text("select count(*) from mail_outbox where subject = $1", bert); n != "1" {
			t.Error("another person's record went")
		}
		h.work()
		if n := len(h.Sink.To("anne@example.org")); n != 2 {
			t.Errorf("%d mails left for Anne: what was forgotten does not leave", n)
		}
		h.write(func(ctx context.Context, tx *store.Tx) error {
			return h.Mail.Forget(ctx, tx, "orders", anne, "contact")
		})
		if n := h.keys(anne); n != 0 {
			t.Errorf("%d keys of nothing are left", n)
		}
	})
}

// keys counts the person's keys of this room.
func (h house) keys(subject string) (n int) {
	h.t.Helper()
	refs, err := h.Vault.Refs(context.Background(), subject)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, ref := range refs {
		if strings.HasPrefix(ref.Rule, mail.Name) {
			n++
		}
	}
	return n
}
