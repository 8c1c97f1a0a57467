package contact_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contact"
	"kept/internal/store/storetest"
)

func TestAMessageBecomesAConversation(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		status, body := p.write()
		if status != http.StatusOK || !strings.Contains(body, "has arrived") {
			t.Fatalf("%d\n%s", status, body)
		}
		v := look(h, p.conversation())
		if v.Email != p.email || v.First != p.first || v.Person.Title != p.title || len(v.Written) != 1 || v.Written[0].Text != p.text || !v.Waits {
			t.Errorf("%+v", v)
		}
		if n := count(h, "select count(*) from contact_request"); n != 0 {
			t.Errorf("%d requests are left", n)
		}
	})
}

// What is held off comes back to whoever typed it, and is counted without them.
func TestTheFormHoldsMachinesOff(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		quick := func() url.Values { // the form is sent the moment it was fetched
			_, form := p.ask(http.MethodGet, contact.Path, nil)
			filled := p.fill()
			filled.Set("token", token.FindStringSubmatch(form)[1])
			return filled
		}
		old := p.fill()
		h.Clock.Advance(25 * time.Hour)
		for name, form := range map[string]url.Values{
			"form": with(p.fill(), "token", "forged"), "form 2": with(p.fill(), "token", ""), "form 3": old,
			"trap": with(p.fill(), "website", "https://spam.example"), "time": quick(),
		} {
			status, body := p.ask(http.MethodPost, contact.Path, form)
			if status != http.StatusBadRequest || !strings.Contains(body, p.text) || !strings.Contains(body, `name="token"`) {
				t.Errorf("%s: %d\n%s", name, status, body)
			}
		}
		h.Work()
		if n := count(h, "select count(*) from contact_conversation"); n != 0 {
			t.Errorf("%d messages passed", n)
		}
		held, err := correspondence(h).HeldOff(t.Context(), noon.AddDate(0, 0, -1))
		check(t, err)
		if held["form"] != 3 || held["trap"] != 1 || held["time"] != 1 {
			t.Errorf("counted %v", held)
		}
		for _, hit := range activitytest.Texts(h.Everything(), p.email, p.text, p.ip) {
			t.Errorf("of a message that was held off there is %s", hit)
		}
		// Whoever presses once more is no machine.
		if status, body := p.ask(http.MethodPost, contact.Path, p.fill()); status != http.StatusOK {
			t.Errorf("the second press: %d\n%s", status, body)
		}
	})
}

func with(form url.Values, name, value string) url.Values {
	form.Set(name, value)
	return form
}

// A form that is sent twice, by a double click or after a lost answer, is one
// message.
func TestAFormIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		form := p.fill()
		_, first := p.ask(http.MethodPost, contact.Path, form)
		_, second := p.ask(http.MethodPost, contact.Path, form)
		if first != second {
			t.Error("the answers differ")
		}
		p.conversation()
		h.Clock.Advance(8 * 24 * time.Hour)
		h.Work()
		if n := count(h, "select count(*) from contact_spent"); n != 0 {
			t.Errorf("%d spent forms are remembered", n)
		}
	})
}

// Without a script a network sends fewer messages (threat 11); work raises the
// bound, and only work.
func TestOneNetworkSendsSoMuch(t *testing.T) {
	taken := func(work func(token string) string) (n int) {
		p := someone(solo(t), 1)
		for range 25 {
			form := p.fill()
			form.Set("work", work(form.Get("token")))
			status, body := p.ask(http.MethodPost, contact.Path, form)
			if status == http.StatusOK {
				n++
			} else if status != http.StatusTooManyRequests || !strings.Contains(body, p.text) {
				t.Fatalf("%d\n%s", status, body)
			}
		}
		return n
	}
	if n := taken(func(string) string { return "" }); n != 6 {
		t.Errorf("%d of 25 messages without work", n)
	}
	if n := taken(func(string) string { return "12345" }); n != 6 {
		t.Errorf("%d of 25 messages with a number that is no work", n)
	}
	if n := taken(solve); n != 20 {
		t.Errorf("%d of 25 messages with work", n)
	}
}

// solve does the work as the browser does.
func solve(token string) string {
	for n := 0; ; n++ {
		hash := sha256.Sum256(fmt.Appendf(nil, "%s:%d", token, n))
		if hash[0] == 0 && hash[1]>>2 == 0 {
			return fmt.Sprint(n)
		}
	}
}

// A flood is refused before it is read, and costs no transaction each.
func TestAFloodIsRefusedUnread(t *testing.T) {
	p := someone(solo(t), 1)
	refused := 0
	for range 100 {
		if status, _ := p.ask(http.MethodPost, contact.Path, url.Values{"message": {strings.Repeat("x", 10_000)}}); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 40 {
		t.Errorf("%d of 100 requests were refused", refused)
	}
	other := someone(p.h, 2)
	if status, _ := other.write(); status != http.StatusOK {
		t.Errorf("another network: %d", status)
	}
}

func TestTheFormSaysWhatIsWrong(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	for field, c := range map[string]struct{ value, says string }{
		"email": {"nobody", "Enter an e-mail address"}, "message": {"  ", "Please fill this in"}, "subject": {strings.Repeat("x", 201), "This is too long"},
	} {
		status, body := p.ask(http.MethodPost, contact.Path, with(p.fill(), field, c.value))
		if status != http.StatusBadRequest || !strings.Contains(body, c.says) || !strings.Contains(body, `aria-describedby="`+field+`-wrong"`) {
			t.Errorf("%s: %d\n%s", field, status, body)
		}
	}
	german := func(r *http.Request) { r.Header.Set("Accept-Language", "de") }
	if _, body := p.ask(http.MethodGet, contact.Path, nil, german); !strings.Contains(body, "Ihre Nachricht") || !strings.Contains(body, "Vorname (freiwillig)") {
		t.Errorf("the German form:\n%s", body)
	}
}

// What a stranger typed stays text in the form (threat 1), and a name never
// becomes a line of a mail.
func TestHostileInputStaysTextInTheForm(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	p.first, p.title, p.email = `"><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`
	status, body := p.write()
	if status != http.StatusBadRequest || strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") || strings.Contains(body, "<svg") {
		t.Errorf("%d\n%s", status, body)
	}
	p = someone(h, 2)
	p.first, p.title = "Eve\r\nBcc: everybody@person.example", "Hello\r\nBcc: everybody@person.example"
	if status, _ := p.write(); status != http.StatusBadRequest {
		t.Errorf("a name of two lines: %d", status)
	}
	p.first, p.title = "Eve =?utf-8?q?=0d=0aBcc:_x@person.example?=", "Hello"
	answer(h, p.begin(), "Yes.")
	if raw := string(p.latest().Raw); strings.Contains(raw, "\r\nBcc") {
		t.Errorf("a name became a line of the head:\n%s", raw)
	}
}

// The same answer, the same work and the same trace, whether the address is known
// or not (threat 12).
func TestNobodyLearnsWhoIsKnown(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		known, fresh := someone(h, 1), someone(h, 2)
		known.begin()
		_, a := known.write()
		_, b := fresh.write()
		if a != b {
			t.Errorf("the answers differ:\n%s\n%s", a, b)
		}
		if n := count(h, "select count(*) from contact_request"); n != 2 {
			t.Errorf("%d messages wait", n)
		}
		for _, token := range []string{"0123456789abcdef0123456789abcdef", "nothing"} { // links that nobody has (threat 6)
			path := contact.Path + "/contact/end/" + token
			if status, _ := fresh.ask(http.MethodGet, path, nil); status != http.StatusOK {
				t.Errorf("GET %s: %d", path, status)
			}
			if status, _ := fresh.ask(http.MethodPost, path, url.Values{"do": {"yes"}}); status != http.StatusOK {
				t.Errorf("POST %s: %d", path, status)
			}
		}
	})
}

// Other sites cannot write in a person's name (threat 8).
func TestAnotherSiteCannotSend(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	id := p.begin()
	elsewhere := func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	for _, path := range []string{contact.Path, contact.Path + "/contact", contact.Path + "/contact/messages", contact.Path + "/contact/end/x"} {
		if status, _ := p.ask(http.MethodPost, path, p.fill(), elsewhere); status != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	for _, act := range []string{"", "/" + id + "/answer", "/" + id + "/note", "/" + id + "/assign", "/" + id + "/conclude"} {
		r := httptest.NewRequest(http.MethodPost, "/contact"+act, strings.NewReader(""))
		elsewhere(r)
		if got := h.Staff(r); got.StatusCode != http.StatusForbidden {
			t.Errorf("POST /contact%s: %s", act, got.Status)
		}
	}
}

// A program that names no language gets that of the notice, not one of ours.
func TestAProgramIsToldTheFieldsInALanguageOfTheNotice(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		h.SetPolicy(strings.Replace(policyOf(allFields), "languages: [de, en]", "languages: [en, de]", 1))
		_, described := someone(h, 1).ask(http.MethodGet, contact.Path+"/contact/form.json", nil)
		if !strings.Contains(described, "First name") {
			t.Errorf("a notice that begins with English is described as %s", described)
		}
	})
}

func TestAProgramSendsAMessage(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		_, described := p.ask(http.MethodGet, contact.Path+"/contact/form.json?lang=en", nil)
		var form struct {
			Token  string
			Fields []struct{ Name, Title string }
		}
		if err := json.Unmarshal([]byte(described), &form); err != nil || len(form.Fields) != 7 || form.Fields[2].Title != "E-mail address" {
			t.Fatalf("%v\n%s", err, described)
		}
		send := func(change func(m map[string]any)) int {
			m := map[string]any{"token": form.Token, "email": p.email, "message": p.text, "attachments": []any{map[string]any{"name": "a.txt", "data": []byte("Hello")}}}
			change(m)
			body, err := json.Marshal(m)
			check(t, err)
			r := httptest.NewRequest(http.MethodPost, contact.Path+"/contact/messages", strings.NewReader(string(body)))
			r.RemoteAddr = p.ip + ":40000"
			status, _ := answered(t, h.Serve(r))
			return status
		}
		same := func(map[string]any) {}
		if status := send(same); status != http.StatusConflict {
			t.Errorf("at once: %d", status)
		}
		h.Clock.Advance(5 * time.Second)
		if status := send(func(m map[string]any) { m["ip"] = "192.0.2.1" }); status != http.StatusBadRequest {
			t.Errorf("a field that nobody asked for: %d", status)
		}
		if status := send(func(m map[string]any) { m["email"] = "nobody" }); status != http.StatusBadRequest {
			t.Errorf("no address: %d", status)
		}
		for range 2 { // a program that lost the answer sends again
			if status := send(same); status != http.StatusAccepted {
				t.Errorf("send: %d", status)
			}
		}
		v := look(h, p.conversation())
		if v.Source != contact.ByProgram || len(v.Written[0].Files) != 1 || v.Written[0].Files[0].Name != "a.txt" {
			t.Errorf("%+v", v)
		}
	})
}

func TestTheFormToEmbedPostsToUs(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	_, form := p.ask(http.MethodGet, contact.Path+"/contact/embed", nil)
	for _, part := range []string{`action="https://kept.example/privacy/contact/contact?lang=en"`, `name="message"`, `href="https://kept.example/privacy?lang=en"`} {
		if !strings.Contains(form, part) {
			t.Errorf("the form to embed lacks %s:\n%s", part, form)
		}
	}
	if strings.Contains(form, "<script") || strings.Contains(form, "style=") {
		t.Error("the form needs more than HTML")
	}
}

// A form of a page that nobody fetched has no token: its first press leads to our
// own page, with everything that was typed.
func TestAFormThatWasCopiedWorks(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	copied := p.fill()
	copied.Del("token")
	status, body := p.ask(http.MethodPost, contact.Path+"/contact", copied)
	found := token.FindStringSubmatch(body)
	if status != http.StatusBadRequest || found == nil || !strings.Contains(body, p.text) {
		t.Fatalf("%d\n%s", status, body)
	}
	h.Clock.Advance(5 * time.Second)
	if status, body := p.ask(http.MethodPost, contact.Path+"/contact", with(copied, "token", found[1])); status != http.StatusOK {
		t.Errorf("%d\n%s", status, body)
	}
}

const second = `  applications:
    kind: contact
    title: {de: Bewerbungen, en: Applications}
    purpose: essential.service.operations.support
    basis: contract
    data: [email, message, correspondence]
    retention:
      - {from: collection, keep: 1 month, then: delete}
`

// Each entry has its form, its mailbox, its fields and its rules.
func TestEachEntryHasItsOwnForm(t *testing.T) {
	h := house(t, storetest.SQLite(t), pausing()+second)
	p := someone(h, 1)
	h.Clock.Advance(-time.Minute)
	_, form := p.ask(http.MethodGet, contact.Path+"/applications", nil)
	h.Clock.Advance(time.Minute)
	if !strings.Contains(form, "<h1>Applications</h1>") || strings.Contains(form, `name="phone"`) {
		t.Fatalf("the form asks for more than its entry:\n%s", form)
	}
	filled := with(p.fill(), "token", token.FindStringSubmatch(form)[1])
	if status, body := p.ask(http.MethodPost, contact.Path, filled); status != http.StatusBadRequest {
		t.Errorf("the token of another form: %d\n%s", status, body)
	}
	if status, body := p.ask(http.MethodPost, contact.Path+"/applications", filled); status != http.StatusOK {
		t.Fatalf("%d\n%s", status, body)
	}
	p.send("contact+applications@kept.example", "Application", "Here it is.")
	p.writes()
	for _, id := range p.conversations() {
		if v := look(h, id); v.Activity == "applications" && (v.Phone != "" || v.Person.Title != "" || v.First != "") {
			t.Errorf("an application holds more than its entry: %+v", v)
		}
	}
	if n := count(h, "select count(*) from contact_conversation where activity = 'applications'"); n != 2 {
		t.Errorf("%d applications", n)
	}
	if status, _ := p.ask(http.MethodGet, contact.Path+"/nothing", nil); status != http.StatusNotFound {
		t.Errorf("a form of no entry: %d", status)
	}
	h.Clock.Advance(40 * 24 * time.Hour)
	h.Sweep()
	if n := count(h, "select count(*) from contact_conversation where activity = 'applications'"); n != 0 {
		t.Errorf("%d applications are left after a month", n)
	}
}

// Many networks together have no more mailboxes written to than one bound allows. What
// they write arrives all the same, by the form and by mail, and the page says so.
func TestManyStrangersAreHeldOff(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		h.Mail.Settings.Crowd = 2
		for n := 1; n <= 3; n++ {
			p := someone(h, n)
			status, body := p.write()
			if status != http.StatusOK || strings.Contains(body, "no mail says") != (n == 3) {
				t.Errorf("%d: %d\n%s", n, status, body)
			}
			if got := len(p.mails()); got != min(1, 3-n) {
				t.Errorf("%d mails to %s", got, p.email)
			}
			if len(p.conversations()) != 1 {
				t.Errorf("the message of %s did not arrive", p.email)
			}
		}
		p := someone(h, 4)
		p.send("contact@"+h.Mail.Domain(), "Frage", "Guten Tag")
		if len(p.mails()) != 0 || len(p.conversations()) != 1 {
			t.Errorf("%d mails, %d conversations", len(p.mails()), len(p.conversations()))
		}
	})
}
