package mail

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
)

func TestATrialSaysWhatIsPublished(t *testing.T) {
	relay, _, _ := servers(t)
	signer := keys(t)["ed25519"]
	name, record := signer.Record()
	published := map[string][]string{
		"kept.example": {"google-site-verification=x", "v=spf1 a:mail.kept.example -all"}, name: {strings.ReplaceAll(record, "p=", "p= ")},
	}
	trial := Trial{
		Settings: Settings{Relay: relay, From: Address{Mail: "post@kept.example"}, Domain: "kept.example", DKIM: signer},
		Dial:     dialer, Clock: clock.At(start2026),
		Lookup: func(_ context.Context, name string) ([]string, error) {
			if texts := published[name]; texts != nil {
				return texts, nil
			}
			return nil, fault.New(fault.NotFound, "no text")
		},
	}
	run := func(to string) (said string, err error) {
		err = trial.Send(context.Background(), Address{Mail: to}, func(s Step) { said += fmt.Sprintf("%t %s: %s\n", s.Good, s.What, s.Hint) })
		return said, err
	}
	said, err := run("anne@example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"TLS 1.3", "true mail to anne@example.org: taken: 250", "true SPF of kept.example: v=spf1 a:", "true DKIM key at 2026a._domainkey.kept.example: it is the one", "false DMARC of kept.example: publish",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, said)
		}
	}
	published[name] = []string{"v=DKIM1; k=ed25519; p=AAAA"}
	if said, err := run("anne@example.org"); err != nil || !strings.Contains(said, "false DKIM key at 2026a._domainkey.kept.example: another key") {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := run("nobody@example.org"); !fault.Is(err, fault.Refused) || strings.Contains(said, "true mail to") {
		t.Errorf("%v\n%s", err, said)
	}
}

func TestSettingsThatDoNotFitTogether(t *testing.T) {
	for name, o := range map[string]Options{
		"no sender":          {SMTP: secret("smtp://mail.example.org")},
		"another scheme":     {SMTP: secret("https://user:geheim@mail.example.org"), From: "post@example.org"},
		"no host":            {SMTP: secret("mail.example.org:25"), From: "post@example.org"},
		"no address":         {SMTP: secret("smtp://mail.example.org"), From: "post"},
		"key, no selector":   {SMTP: secret("smtp://mail.example.org"), From: "post@example.org", DKIMKey: "x.pem"},
		"key that is none":   {SMTP: secret("smtp://mail.example.org"), From: "post@example.org", DKIMKey: "/dev/null", DKIMSelector: "a"},
		"listens for nobody": {Listen: "127.0.0.1:2525"},
		"no port":            {Listen: "127.0.0.1", Domain: "example.org"},
		"no domain":          {From: "post@example.org", Domain: "exa mple"},
		"no mailbox":         {IMAP: secret("pop3://user:geheim@mail.example.org"), From: "post@example.org"},
	} {
		if _, err := Configure(o); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := Configure(Options{SMTP: secret("smtps://user%40example.org:p%2Fw@mail.example.org"), From: "Example <post@Example.org>", IMAP: secret("imaps://u:p@mail.example.org/Kept")})
	if err != nil || s.Relay.User != "user@example.org" || s.Relay.Password.Reveal() != "p/w" || s.Relay.Address() != "mail.example.org:465" || !s.Relay.TLS || s.Domain != "example.org" || s.Mailbox.Folder != "Kept" || s.Relay.Plain {
		t.Errorf("%+v, %v", s, err)
	}
	if out := fmt.Sprintf("%+v %#v", s, s.Relay); strings.Contains(out, "p/w") {
		t.Errorf("the password is printed: %s", out)
	}
}
