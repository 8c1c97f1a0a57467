package mail

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/clock/clocktest"
)

var start2026 = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func crlf(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func TestMailsOfOtherProgramsAreRead(t *testing.T) {
	for name, c := range map[string]struct{ raw, title, text string }{
		"latin-1, encoded head": {
			"From: =?iso-8859-1?Q?J=FCrgen?= <j@example.org>\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nSch=F6n\n",
			"Grüße", "Schön"},
		"windows-1252 in base64":  {"Subject: x\nContent-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: base64\n\ngGV1cm8=\n", "x", "€euro"},
		"iso-2022-jp":             {"Subject: x\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3\x1b(B\n", "x", "こ"},
		"unknown charset":         {"Subject: x\nContent-Type: text/plain; charset=klingon\n\nplain\n", "x", "plain"},
		"broken utf-8":            {"Subject: x\xff\nContent-Type: text/plain; charset=utf-8\n\na\xffb\x00c\n", "x", "a"},
		"only html":               {"Subject: x\nContent-Type: text/html\n\n<style>p{}</style><p>one</p><script>x()</script><p>two &amp; three</p>\n", "x", "one\n\ntwo & three"},
		"nested":                  {nested(3), "deep", "inside"},
		"no head":                 {"\nonly a body\n", "", "only a body"},
		"a broken head":           {"this is no mail at all", "", "this is no mail at all"},
		"a part without an end":   {"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhalf\n", "x", "half"},
		"multipart, no boundary":  {"Subject: x\nContent-Type: multipart/mixed\n\nfree\n", "x", ""},
		"an unknown encoding":     {"Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: x-zip\n\nfree\n", "x", "free"},
		"a type that is no type":  {"Subject: x\nContent-Type: ;;;\n\nfree\n", "x", "free"},
		"two dates, two subjects": {"Subject: one\nSubject: two\n\nfree\n", "", "free"},
	} {
		in := Read(crlf(c.raw))
		if c.title != "" && !strings.HasPrefix(in.Title, c.title) {
			t.Errorf("%s: title %q", name, in.Title)
		}
		if !strings.Contains(in.Text, c.text) {
			t.Errorf("%s: text %q", name, in.Text)
		}
		if strings.ContainsAny(in.Text+in.Title, "\x00") {
			t.Errorf("%s: zero bytes", name)
		}
	}
}

func nested(depth int) string {
	inner := "Content-Type: text/plain\n\ninside\n"
	for i := range depth {
		inner = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n", i, i, inner, i)
	}
	return "Subject: deep\n" + inner
}

func TestHostileMailsCostLittle(t *testing.T) {
	head := "From: a@example.org\nSubject: x\n"
	for name, raw := range map[string]string{
		"parts in parts in parts":   nested(300),
		"ten thousand parts":        head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", 10_000) + "--b--\n",
		"ten thousand files":        head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Disposition: attachment; filename=a\n\nx\n", 10_000) + "--b--\n",
		"a head of 5 MB":            head + "X-Long: " + strings.Repeat("a", 5<<20) + "\n\nx\n",
		"a hundred thousand fields": head + strings.Repeat("X-A: b\n", 100_000) + "\nx\n",
		"10 MB of text":             head + "\n" + strings.Repeat("a line of text\n", 700_000),
		"10 MB of tags":             head + "Content-Type: text/html\n\n" + strings.Repeat("<b><p>", 1_700_000),
		"a thousand recipients":     head + "To: " + strings.Repeat("a@example.org,\n ", 20_000) + "b@example.org\n\nx\n",
		"references without end":    head + "References: " + strings.Repeat("<a@example.org>\n ", 10_000) + "\n\nx\n",
		"a title of 200 kB":         "From: a@example.org\nSubject: " + strings.Repeat("=?utf-8?q?=C3=BC?=\n ", 8_000) + "\n\nx\n",
	} {
		begun := clocktest.Spent(t)
		r := parse(crlf(raw))
		if took := clocktest.Spent(t) - begun; took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		in := r.in
		if len(in.Text) > maxRead+100 || len(in.HTML) > maxRead+100 || len(in.Attachments) > maxFiles || len(in.Title) > maxTitle+10 || len(in.To) > maxParts || len(in.References) > 200 {
			t.Errorf("%s: %d of text, %d of HTML, %d files, %d of title, %d to, %d references", name, len(in.Text), len(in.HTML), len(in.Attachments), len(in.Title), len(in.To), len(in.References))
		}
	}
}

func TestMachinesAreRecognised(t *testing.T) {
	for _, head := range []string{
		"Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated (vacation)", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <a.example.org>",
		"Return-Path: <>", "From: MAILER-DAEMON@example.org", "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
	} {
		if in := Read(crlf(head + "\nSubject: x\n\ntext\n")); !in.Auto {
			t.Errorf("%s is taken for a person", head)
		}
	}
	for _, head := range []string{"Auto-Submitted: no", "From: Anne <anne@example.org>", "Precedence: first-class"} {
		if in := Read(crlf(head + "\nSubject: x\n\ntext\n")); in.Auto {
			t.Errorf("%s is taken for a machine", head)
		}
	}
}

func TestReportsAreUnderstood(t *testing.T) {
	const id = "0123456789abcdefghjkmnpqrs"
	for file, want := range map[string]*Bounce{
		"postfix":    {Message: id, Recipient: "nobody@example.org", Action: "failed", Status: "5.1.1", Hard: true},
		"exchange":   {Message: id, Recipient: "anne@example.org", Action: "failed", Status: "5.2.2"},
		"delayed":    {Message: id, Recipient: "anne@example.org", Action: "delayed", Status: "4.4.1"},
		"complaint":  {Message: id, Action: "complaint", Complaint: true},
		"foreign":    {Recipient: "x@example.org", Action: "failed", Status: "5.1.1", Hard: true},
		"not-report": nil,
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", file+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		got := parse(crlf(string(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))))).bounce("kept.example")
		switch {
		case got == nil || want == nil:
			if got != nil || want != nil {
				t.Errorf("%s: %+v", file, got)
			}
		case *got != *want:
			t.Errorf("%s: %+v, want %+v", file, *got, *want)
		}
	}
}

// FuzzRead has any bytes read within its bounds and without a panic.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(crlf(nested(3)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := parse(raw)
		r.bounce("kept.example")
		if len(r.in.Text) > maxRead+100 || strings.Contains(r.in.Text, "\x00") {
			t.Errorf("%d bytes of text", len(r.in.Text))
		}
	})
}
