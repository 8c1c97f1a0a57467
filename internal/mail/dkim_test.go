package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"
)

// keys are one of each kind.
func keys(t *testing.T) map[string]*Signer {
	t.Helper()
	ed := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*Signer{}
	for name, key := range map[string]crypto.Signer{"ed25519": ed, "rsa": rs} {
		if found[name], err = NewSigner(key, "2026a", "kept.example"); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// shapes are mails of every shape that the room writes.
func shapes() map[string]Message {
	plain := Message{To: Address{Name: "Änne Müller", Mail: "anne@exämple.org"}, Title: "Grüße aus Köln, und was seit dem letzten Brief in unserem Hause geschehen ist", Text: "Guten Tag\n\n\n", Lang: "de"}
	list := plain
	list.Text, list.Title = "Dear reader,  two spaces\n.\n..dots\nFrom here \t\n", "News"
	list.List = &List{ID: "news", Title: "Neues, und mehr", Unsubscribe: "https://kept.example/privacy/newsletter/stop/abc", UnsubscribeMail: "news+abc@kept.example"}
	list.Why, list.Stop = "You ordered it.", "Stop: https://kept.example/stop"
	rich := list
	rich.HTML = "<html><body><p>Grüße</p></body></html>"
	rich.Attachments = []Attachment{
		{Name: "Preisliste März.pdf", Type: "application/pdf", Data: bytes.Repeat([]byte{0, 1, 2, 255}, 300)},
		{Name: "invite.ics", Type: "text/calendar; method=REQUEST", Data: []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")},
	}
	rich.InReplyTo, rich.References = "a.b@example.org", []string{"first@example.org", "a.b@example.org"}
	return map[string]Message{"plain": plain, "list": list, "rich": rich}
}

var head = letterhead{from: Address{Name: "Kept & Söhne", Mail: "post@kept.example"}, domain: "kept.example"}

func compose(t *testing.T, s *Signer, m Message) []byte {
	t.Helper()
	l := head
	l.signer = s
	text, err := l.write(&m, "0123456789abcdefghjkmnpqrs", "<thread.1@kept.example>", time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSignaturesHoldBeforeAForeignVerifier(t *testing.T) {
	for kind, s := range keys(t) {
		name, record := s.Record()
		lookup := func(asked string) ([]string, error) {
			if asked != name {
				t.Errorf("asked for %s, published is %s", asked, name)
			}
			return []string{record}, nil
		}
		for shape, m := range shapes() {
			text := compose(t, s, m)
			found, err := dkim.VerifyWithOptions(bytes.NewReader(text), &dkim.VerifyOptions{LookupTXT: lookup})
			if err != nil || len(found) != 1 || found[0].Err != nil {
				t.Errorf("%s, %s: %v %v\n%s", kind, shape, err, found[0].Err, text)
				continue
			}
			covered := strings.ToLower(strings.Join(found[0].HeaderKeys, " "))
			for _, must := range []string{"from", "to", "subject", "date", "message-id"} {
				if !strings.Contains(covered, must) {
					t.Errorf("%s, %s: %s is not covered", kind, shape, must)
				}
			}
			if m.List != nil && (!strings.Contains(covered, "list-unsubscribe ") || !strings.Contains(covered, "list-unsubscribe-post")) {
				t.Errorf("%s, %s: the button of RFC 8058 is not covered: %s", kind, shape, covered)
			}
			for what, changed := range map[string][]byte{
				"another text":    bytes.Replace(text, []byte("\r\n\r\n"), []byte("\r\n\r\nPay here.\r\n"), 1),
				"another sender":  bytes.Replace(text, []byte("From: "), []byte("From: Evil "), 1),
				"a second sender": append([]byte("From: evil@example.org\r\n"), text...),
			} {
				found, err := dkim.VerifyWithOptions(bytes.NewReader(changed), &dkim.VerifyOptions{LookupTXT: lookup})
				if err == nil && len(found) == 1 && found[0].Err == nil {
					t.Errorf("%s, %s: the signature holds with %s", kind, shape, what)
				}
			}
		}
	}
}

// TestSignaturesHoldBeforeDkimpy asks the verifier that mailing lists use.
func TestSignaturesHoldBeforeDkimpy(t *testing.T) {
	const script = `
import sys, dkim
record = open(sys.argv[2], "rb").read()
ok = dkim.verify(open(sys.argv[1], "rb").read(), dnsfunc=lambda name, timeout=5: record)
sys.exit(0 if ok else 1)
`
	python := debianPython(t, "import dkim, nacl")
	dir := t.TempDir()
	for kind, s := range keys(t) {
		_, record := s.Record()
		for shape, m := range shapes() {
			mail, key := filepath.Join(dir, "mail"), filepath.Join(dir, "key")
			if err := os.WriteFile(mail, compose(t, s, m), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(key, []byte(record), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(python, "-c", script, mail, key).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v %s", kind, shape, err, out)
			}
		}
	}
}

// debianPython returns the system's Python if it can do what is asked: what apt
// installs is its own.
func debianPython(t *testing.T, statement string) string {
	t.Helper()
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", statement).CombinedOutput(); err != nil {
		t.Skipf("run ./scripts/setup to install what this needs: %v %s", err, out)
	}
	return python
}

// The words of RFC 6376, 3.4.4, one after the other.
func TestTheBodyIsHashedAsItsRuleSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := strings.ReplaceAll(rapid.StringOf(rapid.SampledFrom([]rune("ab .\t \n\n"))).Draw(t, "body"), "\n", "\r\n")
		want := regexp.MustCompile(`[ \t]+\r\n`).ReplaceAllString(body+"\r\n", "\r\n")
		want = regexp.MustCompile(`[ \t]+`).ReplaceAllString(want, " ")
		if want = strings.TrimRight(want, "\r\n"); want != "" {
			want += "\r\n"
		}
		if hashBody([]byte(body)) != sha256.Sum256([]byte(want)) {
			t.Fatalf("%q is not hashed as %q", body, want)
		}
	})
}
