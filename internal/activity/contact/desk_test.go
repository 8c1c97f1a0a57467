package contact_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/store"
)

// nasty are texts that somewhere else became code (threats 1 and 5).
var nasty = []string{
	`<script>window.__pwned=1</script>`, `"><img src=x onerror=alert(1)>`, `</pre></textarea><svg onload=alert(1)>`, `javascript:alert(1)`,
	`{{.T "x"}}${7*7}<%= 7*7 %>`, `=HYPERLINK("https://evil.example")`, "\u202etxt.exe",
}

func TestHostileMessagesStayText(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		for n, text := range nasty {
			p := someone(h, n)
			p.first, p.company, p.title, p.text = text, text, text, text
			form := p.fill()
			if status, body := p.attached(form, map[string][]byte{strings.ReplaceAll(strings.ReplaceAll(text, `"`, "'"), "/", "_") + ".html": []byte(text)}); status != http.StatusOK {
				t.Fatalf("%d\n%s", status, body)
			}
			id := p.conversation()
			page := "From: =?utf-8?q?" + "=3Cscript=3E?= <" + p.email + ">\r\nTo: x\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>" + text + "<script>alert(1)</script>\r\n"
			check(t, h.Mail.Bring(t.Context(), p.email, []string{p.replyAddress()}, []byte(page)))
			h.Work()
			for _, path := range []string{"/contact", "/contact/" + id, "/contact/form"} {
				status, body := answered(t, desk(h, http.MethodGet, path, nil))
				if status != http.StatusOK {
					t.Errorf("%s: %d", path, status)
				}
				for _, markup := range []string{"<script", "<img", "<svg", "<%=", "</pre></textarea>"} {
					if strings.Contains(body, markup) {
						t.Errorf("%s holds %s:\n%s", path, markup, body)
					}
				}
			}
			if _, body := answered(t, desk(h, http.MethodPost, "/contact", url.Values{"search": {text}})); strings.Contains(body, "<script") || strings.Contains(body, "<img") {
				t.Error("what is searched for became markup")
			}
			if v := look(h, id); len(v.Written) != 2 || !strings.Contains(v.Written[1].Text, "Hello") || strings.Contains(v.Written[1].Text, "<p>") {
				t.Errorf("the mail in HTML reads %+v", v.Written)
			}
		}
	})
}

// A file is handed out to be saved, whatever it says it is.
func TestFilesAreHandedOutAsBytes(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		evil := []byte("<html><script>alert(document.domain)</script>")
		status, body := p.attached(p.fill(), map[string][]byte{"../../page.html": evil})
		if status != http.StatusOK {
			t.Fatalf("%d\n%s", status, body)
		}
		id := p.conversation()
		file := look(h, id).Written[0].Files[0]
		if file.Name != "page.html" || file.Type != "text/html; charset=utf-8" || file.Size != int64(len(evil)) {
			t.Errorf("%+v", file)
		}
		got := desk(h, http.MethodGet, "/contact/"+id+"/files/"+file.ID, nil)
		content, err := io.ReadAll(got.Body)
		check(t, err)
		if !bytes.Equal(content, evil) {
			t.Errorf("%s: %q", got.Status, content)
		}
		for name, want := range map[string]string{"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename=page.html`,
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %s", name, got.Header.Get(name))
			}
		}
		for _, hit := range activitytest.Texts(h.Everything(), "document.domain") {
			t.Errorf("the file lies open: %s", hit)
		}
		// The person's own copy holds it too, byte by byte.
		picture := someone(h, 3)
		if status, _ := picture.attached(picture.fill(), map[string][]byte{"a.png": {0x89, 'P', 'N', 'G', 0xff, 0x00, 0xfe}}); status != http.StatusOK {
			t.Fatal(status)
		}
		picture.conversation()
		if text := h.CopyOf(picture.subject()); !strings.Contains(text, base64.StdEncoding.EncodeToString([]byte{0x89, 'P', 'N', 'G', 0xff, 0x00, 0xfe})) {
			t.Error("the copy does not hold the picture")
		}
		// Through another conversation nobody gets it.
		other := someone(h, 2).begin()
		if got := desk(h, http.MethodGet, "/contact/"+other+"/files/"+file.ID, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("by another conversation: %s", got.Status)
		}
	})
}

func TestFilesAreBounded(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	many := map[string][]byte{}
	for n := range 6 {
		many[fmt.Sprintf("%d.txt", n)] = []byte("x")
	}
	for name, files := range map[string]map[string][]byte{"many": many, "large": {"a": make([]byte, 5_000_001)}, "together": {"a": make([]byte, 5_000_000), "b": make([]byte, 5_000_000), "c": {1}}} {
		if status, body := p.attached(p.fill(), files); status != http.StatusBadRequest || !strings.Contains(body, "too many or too large") {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := p.attached(p.fill(), map[string][]byte{"a": make([]byte, 16<<20)}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond the bound of a request: %d", status)
	}
	// A mail cannot be corrected: what fits is kept, and the rest is counted.
	b := "From: " + p.email + "\r\nTo: x\r\nSubject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHere.\r\n"
	for n := range 7 {
		b += fmt.Sprintf("--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=%d.txt\r\n\r\nx\r\n", n)
	}
	check(t, h.Mail.Bring(t.Context(), p.email, []string{"contact@kept.example"}, []byte(b+"--b--\r\n")))
	h.Work()
	id := p.conversation()
	if m := look(h, id).Written[0]; len(m.Files) != 5 || m.LeftOut != 2 {
		t.Errorf("%+v", m)
	}
	if _, page := answered(t, desk(h, http.MethodGet, "/contact/"+id, nil)); !strings.Contains(page, "2 parts were not kept") {
		t.Error("the page does not say that something is missing")
	}
}

func TestTheInboxSortsAndFinds(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		first, second := someone(h, 1), someone(h, 2)
		one, two := first.begin(), second.begin()
		answer(h, one, "Ja, mit dem Adapter.")
		body := func(method, path string, form url.Values) string {
			_, b := answered(t, desk(h, method, path, form))
			return b
		}
		list := body(http.MethodGet, "/contact", nil)
		if a, b := strings.Index(list, second.last), strings.Index(list, first.last); a < 0 || b < 0 || a > b {
			t.Errorf("who waits does not come first:\n%s", list)
		}
		if mine := body(http.MethodGet, "/contact?shelf=mine", nil); !strings.Contains(mine, first.last) || strings.Contains(mine, second.last) {
			t.Errorf("mine:\n%s", mine)
		}
		for _, c := range []struct{ search, finds, not string }{
			{strings.ToUpper(second.email), second.last, first.last},
			{"adapter", first.last, second.last},
			{"modell2 STECKER", second.last, first.last},
			{"stranger@person.example", "", first.last},
			{"nothing", "", first.last},
		} {
			found := body(http.MethodPost, "/contact", url.Values{"search": {c.search}})
			if !strings.Contains(found, c.finds) || strings.Contains(found, c.not) {
				t.Errorf("%q:\n%s", c.search, found)
			}
		}
		desk(h, http.MethodPost, "/contact/"+two+"/assign", url.Values{"do": {"take"}})
		if v := look(h, two); v.Assigned != staff {
			t.Errorf("assigned to %q", v.Assigned)
		}
		if got := desk(h, http.MethodPost, "/contact/"+two+"/assign", url.Values{"do": {"hand"}, "to": {"nobody"}}); got.StatusCode != http.StatusBadRequest || look(h, two).Assigned != staff {
			t.Errorf("handed to nobody: %s", got.Status)
		}
		desk(h, http.MethodPost, "/contact/"+two+"/assign", url.Values{"do": {"hand"}, "to": {activitytest.Colleague.ID}})
		if v := look(h, two); v.Assigned != activitytest.Colleague.ID {
			t.Errorf("handed to %q", v.Assigned)
		}
		if shown := body(http.MethodGet, "/contact/"+two, nil); !strings.Contains(shown, activitytest.Colleague.Email) {
			t.Errorf("the page does not say who deals with it:\n%s", shown)
		}
		desk(h, http.MethodPost, "/contact/"+two+"/assign", url.Values{"do": {"return"}})
		got := desk(h, http.MethodPost, "/contact/"+two+"/answer", url.Values{"answer": {"Nein."}, "once": {store.NewID()}, "do": {"conclude"}})
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/contact" {
			t.Errorf("%s %s", got.Status, got.Header.Get("Location"))
		}
		h.Work()
		if len(second.conversations()) != 0 || len(second.mails()) != 2 {
			t.Error("the answer did not leave, or the conversation stays")
		}
		if got := desk(h, http.MethodGet, "/contact/"+two, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("what is gone: %s", got.Status)
		}
	})
}

// Whatever staff does with a person is in the ledger, and nothing of the person.
func TestEachActOfStaffIsALeaf(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		if status, _ := p.attached(p.fill(), map[string][]byte{"a.txt": []byte("x")}); status != http.StatusOK {
			t.Fatal(status)
		}
		id := p.conversation()
		file := look(h, id).Written[0].Files[0].ID
		desk(h, http.MethodGet, "/contact", nil)
		desk(h, http.MethodPost, "/contact", url.Values{"search": {p.email}})
		desk(h, http.MethodGet, "/contact/"+id+"/files/"+file, nil)
		desk(h, http.MethodPost, "/contact/"+id+"/note", url.Values{"note": {"call back"}})
		desk(h, http.MethodPost, "/contact/"+id+"/assign", url.Values{"do": {"take"}})
		answer(h, id, "Yes.")
		var archive bytes.Buffer
		files, err := correspondence(h).Export(t.Context(), id, staff, &archive)
		check(t, err)
		inspect(t, archive.Bytes(), files, p)
		desk(h, http.MethodPost, "/contact/"+id+"/conclude", nil)
		_, err = h.Ledger.Sequence(t.Context())
		check(t, err)
		leaves, err := h.Ledger.Recent(t.Context(), 100)
		check(t, err)
		var kinds []string
		for _, l := range leaves {
			kinds = append(kinds, l.Kind)
		}
		for _, kind := range []string{"opened", "listed", "searched", "downloaded", "noted", "assigned", "answered", "exported", "concluded"} {
			if !slices.Contains(kinds, "contact."+kind) {
				t.Errorf("no leaf says %s: %v", kind, kinds)
			}
		}
	})
}

func inspect(t *testing.T, archive []byte, files int, p *person) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	check(t, err)
	if files != 1 || len(z.File) != 2 || z.File[1].Name != "files/1/1-a.txt" {
		t.Errorf("%d files, %d entries", files, len(z.File))
	}
	f, err := z.File[0].Open()
	check(t, err)
	var v struct {
		Email   string
		Written []struct{ Text string }
	}
	check(t, json.NewDecoder(f).Decode(&v))
	if v.Email != p.email || len(v.Written) != 2 {
		t.Errorf("%+v", v)
	}
}

// Who runs the site learns by mail that somebody waits, and nothing of who or what; at
// most once an hour.
func TestTheOperatorLearnsThatSomebodyWaits(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, q := someone(h, 1), someone(h, 2)
		p.write()
		q.write()
		h.Work()
		told := h.Sink.To("privacy@agentur.example")
		if len(told) != 1 {
			t.Fatalf("the operator got %d mails", len(told))
		}
		for _, word := range []string{p.email, p.first, p.last, p.title, p.text, q.email} {
			if strings.Contains(string(told[0].Raw), word) || strings.Contains(told[0].Read().Text, word) {
				t.Errorf("the mail to the operator says %q", word)
			}
		}
		h.Clock.Advance(time.Hour)
		someone(h, 3).write()
		h.Work()
		if told = h.Sink.To("privacy@agentur.example"); len(told) != 2 {
			t.Errorf("an hour later the operator has %d mails", len(told))
		}
	})
}
