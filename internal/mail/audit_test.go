package mail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/duty/audit"
	"kept/internal/mail"
)

// TestTheAuditFindsNothingInThePostRoom has mails wait, leave, be refused, come
// in from people known and unknown, and end with their time.
func TestTheAuditFindsNothingInThePostRoom(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		auditor, err := audit.Open(ctx, audit.Config{
			DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy,
		})
		if err != nil {
			t.Fatal(err)
		}
		look := func(when string) {
			t.Helper()
			if _, err := h.Ledger.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
			r, err := auditor.Run(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings() {
				if strings.Contains(f.Table, "mail") || f.Table == "" && strings.Contains(f.What, "mail") {
					t.Errorf("%s: %+v", when, f)
				}
			}
		}
		h.inbox("contact")
		h.Sink.Answer = func(to string) *smtp.SMTPError {
			if strings.HasPrefix(to, "gone") {
				return &smtp.SMTPError{Code: 550, Message: "gone"}
			}
			return nil
		}
		anne, gone := h.person("anne@example.org"), h.person("gone@example.org")
		staff := letter("", "staff@example.org")
		staff.Why, staff.Stop = "", ""
		for _, m := range []mail.Message{letter(anne, "anne@example.org"), letter(gone, "gone@example.org"), staff} {
			h.enqueue(m)
		}
		for _, from := range []string{"anne@example.org", "stranger@example.org"} {
			raw := strings.ReplaceAll(incoming, "anne@example.org", from)
			if err := h.Mail.Bring(ctx, from, []string{"contact@kept.example"}, []byte(raw)); err != nil {
				t.Fatal(err)
			}
		}
		look("while they wait")
		h.work()
		look("once they have left")
		h.Clock.Advance(29 * 24 * time.Hour)
		h.Sweep()
		look("after 29 days")
		h.Clock.Advance(2 * 24 * time.Hour)
		h.Sweep()
		look("after 31 days")
		for _, table := range []string{"mail_outbox", "mail_incoming"} {
			if n := h.text("select count(*) from " + table); n != "0" {
				t.Errorf("%s rows are left in %s", n, table)
			}
		}
		for _, who := range []string{anne, gone} {
			refs, err := h.Vault.Refs(ctx, who)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range refs {
				if strings.HasPrefix(r.Rule, mail.Name) {
					t.Errorf("the key %s is left", r.Rule)
				}
			}
		}
	})
}
