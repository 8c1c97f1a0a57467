package mail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/store/storetest"
)

// TestAMailboxIsReadAndEmptied sends through one of Debian's servers and reads
// from the other, as an operator with a mailbox at a provider does.
func TestAMailboxIsReadAndEmptied(t *testing.T) {
	relay, starttls, tls := mail.Servers(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	for name, box := range map[string]*mail.Server{"starttls": starttls, "tls": tls} {
		t.Run(name, func(t *testing.T) {
			h := house{activitytest.Env(t, storetest.SQLite(t), rules, clock.At(start)), t}
			h.Mail.Settings.Mailbox = box
			told := h.outcomes()
			contact := h.inbox("contact")
			id := h.enqueue(letter(h.person("anne@example.org"), "anne@example.org"))
			h.work()
			for _, raw := range []string{
				incoming,
				strings.ReplaceAll(incoming, "contact@kept.example", "somebody@kept.example"),
				report("delivery-status", id, "5.1.1"),
			} {
				if r, err := mail.Reaches(ctx, relay, "kept@kept.example", []byte(raw)); err != nil || r.Code != 250 {
					t.Fatalf("%+v, %v", r, err)
				}
			}
			for _, want := range []int{2, 0} {
				if taken, err := h.Mail.Fetch(ctx); err != nil || taken != want {
					t.Fatalf("%d mails were taken, not %d: %v", taken, want, err)
				}
			}
			h.work()
			if len(*contact) != 1 || (*contact)[0].From.Mail != "anne@example.org" || (*contact)[0].Auto {
				t.Errorf("%+v", *contact)
			}
			bounced := 0
			for _, o := range *told {
				if o.Event == mail.Bounced && o.Message == id && o.Hard {
					bounced++
				}
			}
			if bounced != 1 {
				t.Errorf("told %+v", *told)
			}
		})
	}
}
