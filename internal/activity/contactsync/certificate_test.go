package contactsync_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/vault"
)

// A certificate that ends is told a month ahead: by one mail, and by the test of the
// access.
func TestTheEndOfACertificateIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Work()
		o.hire("ada", "Ada Lovelace", "Sales")
		leaf, text := credentialUntil(t, noon.Add(31*24*time.Hour))
		o.tenant.RegisterCertificate("app", leaf)
		certified := func(s *contactsync.Setup) {
			c := s.Connections["office"]
			c.Administrator, c.Password, c.Certificate = "boss@muster.example", vault.Secret{}, vault.NewSecret(text)
			s.Connections["office"], s.Language = c, "en"
		}
		id := o.hourly(certified)
		mails := func() int { return len(o.Sink.To("boss@muster.example")) }
		o.tick(61 * time.Minute)
		if o.tick(0); mails() != 0 {
			t.Fatal("told too early")
		}
		o.probes(t, id, "sign-in fine office 0/0, certificate fine office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/1, mailboxes fine phones 0/1")
		o.Clock.Advance(24 * time.Hour)
		for range 3 {
			o.tick(time.Hour)
		}
		if mails() != 1 {
			t.Fatalf("%d mails", mails())
		}
		if m := o.Sink.To("boss@muster.example")[0].Read(); !strings.Contains(strings.ReplaceAll(m.Text, "\u00a0", " "), "ends on 3 December 2026") {
			t.Errorf("the mail: %s", m.Text)
		}
		if all, err := o.synchroniser().Probe(t.Context(), id); err != nil || !strings.Contains(all[1].Says("de"), "endet am 3.\u00a0Dezember 2026") {
			t.Errorf("in words: %s, %v", all[1].Says("de"), err)
		}
		o.probes(t, id, "sign-in fine office 0/0, certificate soon office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/1, mailboxes fine phones 0/1")
		if leaf, text = credentialUntil(t, noon.Add(400*24*time.Hour)); leaf != nil {
			o.tenant.RegisterCertificate("app", leaf)
			o.hourly(certified)
		}
		if o.tick(time.Hour); mails() != 1 {
			t.Errorf("%d mails after another one was stored", mails())
		}
	})
}
