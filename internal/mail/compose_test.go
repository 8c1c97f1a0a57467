package mail

import (
	"bytes"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"bufio"

	"pgregory.net/rapid"
)

// fieldsOf reads the head of a mail as a strict receiver would: every line is a
// field that begins with a known name, or is folded.
func fieldsOf(t testing.TB, text []byte) textproto.MIMEHeader {
	t.Helper()
	head, _, ok := bytes.Cut(text, []byte("\r\n\r\n"))
	if !ok {
		t.Fatalf("no end of the head: %q", text)
	}
	known := regexp.MustCompile(`^(Date|From|To|Reply-To|Subject|Message-ID|In-Reply-To|References|Content-Language|Auto-Submitted|X-Auto-Response-Suppress|List-Id|List-Unsubscribe|List-Unsubscribe-Post|Precedence|MIME-Version|Content-Type|Content-Transfer-Encoding|DKIM-Signature): ?[\x20-\x7e]*$|^[ \t][\x20-\x7e]*$`)
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if !known.MatchString(line) {
			t.Errorf("the head has the line %q", line)
		}
		if len(line) > 998 {
			t.Errorf("a line of the head has %d bytes", len(line))
		}
	}
	fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\r\n\r\n"...)))).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range fields {
		if len(values) > 1 {
			t.Errorf("%s stands there %d times", name, len(values))
		}
	}
	return fields
}

var hostile = []string{
	"a\r\nBcc: evil@example.org", "a\nBcc: evil@example.org", "a\rBcc: evil@example.org", "a\x00b", "a\u2028Bcc: x", "\r\n\r\nbody",
	"=?utf-8?q?=0D=0ABcc:_evil?=", "\"><script>", "Anne\" <evil@example.org>, \"", "a\x7fb\x1b[31m", strings.Repeat("ü", 900), strings.Repeat("a", 1000),
	"\u202egpj.exe", "a\tb", "\ufeff", "a\vBcc: x", "a\u0085Bcc: x",
}

func TestNoLineOfANameOrATitleBecomesAHeader(t *testing.T) {
	for _, text := range hostile {
		m := shapes()["rich"]
		m.Title, m.To.Name, m.From = text, text, Address{Name: text, Mail: "post@kept.example"}
		m.ReplyTo = Address{Name: text, Mail: "reply@kept.example"}
		m.Why, m.Stop, m.Lang = text, text, text
		m.InReplyTo, m.References = text, []string{text, "ok@example.org>\r\nBcc: x", "<fine@example.org"}
		m.List = &List{ID: "news", Title: text, Unsubscribe: "https://kept.example/u"}
		m.Attachments[0].Name = text
		out := compose(t, nil, m)
		fieldsOf(t, out)
		if regexp.MustCompile(`(?im)^(Bcc|evil)`).Match(out[:bytes.Index(out, []byte("\r\n\r\n"))]) {
			t.Errorf("%q became a header:\n%s", text, out)
		}
		if in := Read(out); len(in.To) != 1 || in.To[0].Mail != "anne@xn--exmple-cua.org" || in.From.Mail != "post@kept.example" {
			t.Errorf("%q: to %v, from %v", text, in.To, in.From)
		}
	}
}

func TestAnyMailReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := shapes()["plain"]
		m.Title = "t" + rapid.String().Draw(r, "title")
		m.Text = "x" + rapid.StringOf(rapid.RuneFrom([]rune("a b\n\t.äß\u4e2d=?_-\r"))).Draw(r, "text")
		m.To.Name = rapid.String().Draw(r, "name")
		l := head
		out, err := l.write(&m, "0123456789abcdefghjkmnpqrs", "", start2026)
		if err != nil {
			r.Fatal(err)
		}
		in := Read(out)
		want := strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(m.Text, "\r\n", "\n"), "\r", "\n"), "\n")
		if strings.TrimRight(in.Text, "\n") != want {
			r.Fatalf("text %q came back as %q", want, in.Text)
		}
		if squeeze(in.Title) != squeeze(strings.ReplaceAll(clean(m.Title), "=?", "= ?")) {
			r.Fatalf("title %q came back as %q", m.Title, in.Title)
		}
		if bytes.Contains(bytes.ReplaceAll(out, []byte("\r\n"), nil), []byte("\n")) || bytes.Contains(bytes.ReplaceAll(out, []byte("\r\n"), nil), []byte("\r")) {
			r.Fatalf("a line ends in half: %q", out)
		}
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestAListSaysHowToLeaveIt(t *testing.T) {
	fields := fieldsOf(t, compose(t, nil, shapes()["list"]))
	for name, want := range map[string]string{
		"List-Id":               `"Neues, und mehr" <news.kept.example>`,
		"List-Unsubscribe":      "<https://kept.example/privacy/newsletter/stop/abc>, <mailto:news+abc@kept.example>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted":        "auto-generated",
	} {
		if got := fields.Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAPersonsOwnMailIsNotMarkedAsAutomatic(t *testing.T) {
	m := shapes()["plain"]
	if in := Read(compose(t, nil, m)); !in.Auto {
		t.Error("a machine's mail does not say so")
	}
	m.ByHand = true
	if in := Read(compose(t, nil, m)); in.Auto {
		t.Error("a person's mail is marked as a machine's")
	}
}

func TestTheFooterStandsUnderTextAndHTML(t *testing.T) {
	m := shapes()["rich"]
	m.Stop = "Ende & <aus>: https://kept.example/stop?a=1&b=2"
	in := Read(compose(t, nil, m))
	if !strings.HasSuffix(in.Text, "-- \nYou ordered it.\nEnde & <aus>: https://kept.example/stop?a=1&b=2\n") {
		t.Errorf("text %q", in.Text)
	}
	if !strings.Contains(in.HTML, `Ende &amp; &lt;aus&gt;: <a href="https://kept.example/stop?a=1&amp;b=2">`) || !strings.HasSuffix(strings.TrimSpace(in.HTML), "</p></body></html>") {
		t.Errorf("page %q", in.HTML)
	}
}

func TestAnInvitationStandsBesideTheText(t *testing.T) {
	in := Read(compose(t, nil, shapes()["rich"]))
	if len(in.Attachments) != 2 {
		t.Fatalf("%d files", len(in.Attachments))
	}
	for _, f := range in.Attachments {
		switch {
		case strings.HasPrefix(f.Type, "text/calendar"):
			if !strings.Contains(f.Type, "method=REQUEST") || string(f.Data) != "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" {
				t.Errorf("%s %q", f.Type, f.Data)
			}
		case f.Name != "Preisliste März.pdf" || len(f.Data) != 1200:
			t.Errorf("%s, %d bytes", f.Name, len(f.Data))
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"ada@example.org": "ada@example.org", "Ada <Ada.L@Example.ORG>": "ada.l@example.org", "jürgen@exämple.de": "jürgen@xn--exmple-cua.de",
		"a+b@example.org": "a+b@example.org", `"Müller, Anne" <a@example.org>`: "a@example.org",
	} {
		a, err := ParseAddress(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if normal, err := Normalise(a.Mail); err != nil || normal != want {
			t.Errorf("%s: %s, %v", text, normal, err)
		}
	}
	for _, text := range []string{
		"", "a", "a@", "@example.org", "a@b@example.org", "a b@example.org", "a@example.org\r\nRCPT TO:<b@example.org>", "a@exa mple.org",
		"a@example.org, b@example.org", `"a b"@example.org`, "a..b@example.org", ".a@example.org", "a@-example.org", "a@example..org",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("a.", 130) + "org", "a\x00@example.org", "a@[127.0.0.1]", "<>@example.org", "a@example.org>",
	} {
		if a, err := ParseAddress(text); err == nil {
			t.Errorf("%q is taken as %v", text, a)
		}
	}
}
