package app

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kept/internal/activity/contact"
	"kept/internal/activity/meeting"
	"kept/internal/activity/newsletter"
)

// register is the register of conferences at work.
func (h *house) register() *meeting.Register {
	for _, r := range h.running {
		if m, ok := r.(*meeting.Register); ok {
			return m
		}
	}
	h.t.Fatal("meetings do not run")
	return nil
}

// written has somebody put text into every field that people can fill who write to the
// operator or whom a report names: sign-up, message and answer, booking, conference.
func (h *house) written(n int, text string) {
	h.t.Helper()
	w := h.writer(fmt.Sprintf("eve%d@person.example", n))
	w.header.Set("User-Agent", text)
	if got := w.order(url.Values{"first": {text}, "last": {text}}); got.StatusCode == http.StatusOK {
		w.wants(w.post(w.link("/confirm/"), nil), http.StatusOK)
		h.settle()
		w.post(w.link("/details/"), url.Values{"first": {text}, "last": {text}, "language": {text}})
	}
	if got := w.contacts(url.Values{"first": {text}, "last": {text}, "phone": {text}, "company": {text}, "subject": {text}, "message": {text}}); got.StatusCode == http.StatusOK {
		w.answers(strings.ToValidUTF8(text, ""), text)
	}
	at := slotPath(appointment.Add(time.Duration(n) * time.Hour))
	w.post(at, url.Values{"email": {w.email}, "first": {text}, "last": {text}, "message": {text}, "zone": {"Europe/Berlin"}})
	var report bytes.Buffer
	out := csv.NewWriter(&report)
	fatal(h.t, out.Write([]string{"Meeting title", text}))
	fatal(h.t, out.Write([]string{""}))
	fatal(h.t, out.Write([]string{"Name", "Join Time", "Leave Time", "Email"}))
	fatal(h.t, out.Write([]string{text, "2026-11-20 09:00", "2026-11-20 10:00", w.email}))
	out.Flush()
	if read, problems := meeting.Read(report.Bytes(), meeting.Reading{Name: text + ".csv"}); len(problems) == 0 {
		_, err := h.register().Import(h.t.Context(), meeting.Order{Activity: "teams", Report: read, Source: []byte(text), By: "staff"})
		fatal(h.t, err)
	}
	h.settle()
}

// addressed are the pages of the console that show what people wrote: the ids of a
// table in place of a wildcard.
func (h *house) addressed(pattern, table string) (paths []string) {
	h.t.Helper()
	rows, err := h.DB.QueryContext(h.t.Context(), "select id from "+table+" order by id")
	fatal(h.t, err)
	defer rows.Close()
	for rows.Next() {
		id := ""
		fatal(h.t, rows.Scan(&id))
		paths = append(paths, fmt.Sprintf(pattern, id))
	}
	fatal(h.t, rows.Err())
	return paths
}

// What people write to the operator by any of the four ways is text on every page that
// shows it, in the mails that repeat it, and in the files that hold it (threats 1, 2, 5).
func TestWhatPeopleWriteToTheOperatorStaysText(t *testing.T) {
	h := solo(t, smtpDispatch)
	h.opens()
	for n, text := range hostile {
		h.written(n, text)
	}
	pages := []string{"/newsletter", "/newsletter/subscribers", "/newsletter/lists", "/contact", "/contact?shelf=mine", "/bookings", "/bookings/day/" + appointment.Format(time.DateOnly), "/meetings", "/requests"}
	for _, of := range []struct{ pattern, table string }{
		{"/newsletter/subscriber/%s", "newsletter_subscriber"}, {"/newsletter/proof/%s", "newsletter_proof"}, {"/contact/%s", "contact_conversation"},
		{"/bookings/%s", "booking_appointment"}, {"/meetings/%s", "meeting_conference"},
	} {
		each := h.addressed(of.pattern, of.table)
		if len(each) < len(hostile)/2 {
			t.Errorf("only %d rows of %s were written", len(each), of.table)
		}
		pages = append(pages, each...)
	}
	w := h.window()
	w.visit(h.ConsoleURL() + "/sign-in") // from here on the clock is the browser's
	owner := h.owner()
	w.lend(owner)
	seen := ""
	for _, path := range pages {
		w.visit(h.ConsoleURL() + path)
		w.harmless("console " + path)
		seen += eval[string](w, `document.body.textContent`)
	}
	for _, text := range hostile[:3] {
		if strings.Count(seen, text) < 4 {
			t.Errorf("%q is shown %d times as text", text, strings.Count(seen, text))
		}
	}
	if strings.Contains(seen, "${49}") || strings.Contains(seen, " 49 ") {
		t.Error("something was worked out")
	}
	h.handedOut(owner)
	h.sentAsText()
}

// handedOut looks at the file of subscribers that staff downloads: no cell begins what
// a spreadsheet would compute.
func (h *house) handedOut(owner *browser) {
	h.t.Helper()
	got := owner.post(h.ConsoleURL()+"/newsletter/export", url.Values{"format": {"csv"}})
	cells, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(cells) < len(hostile)/2 {
		h.t.Fatalf("the export has %d lines: %v", len(cells), err)
	}
	for _, line := range cells {
		for _, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				h.t.Errorf("a spreadsheet would compute %q", cell)
			}
		}
	}
}

// sentAsText looks at every mail that left: what people typed is no header, no address
// and no markup of it.
func (h *house) sentAsText() {
	h.t.Helper()
	n := 0
	for _, m := range h.sink.Mails() {
		n++
		in := m.Read()
		for _, bad := range []string{"<script", "<img src=x", "<svg", "<iframe", "onerror=window"} {
			if strings.Contains(in.HTML, bad) {
				h.t.Errorf("the page of a mail holds %s:\n%s", bad, in.HTML)
			}
		}
		head, err := mail.ReadMessage(bytes.NewReader(m.Raw))
		fatal(h.t, err)
		if to, err := head.Header.AddressList("To"); err != nil || len(to) != 1 || strings.Contains(to[0].Address, "evil") || head.Header.Get("Bcc")+head.Header.Get("Cc") != "" {
			h.t.Errorf("a mail goes to %q: %v", head.Header.Get("To"), err)
		}
	}
	if n < len(hostile) {
		h.t.Errorf("only %d mails left", n)
	}
}

// The public pages that people reach by a link show what they typed as text too.
func TestThePagesBehindLinksStayText(t *testing.T) {
	h := solo(t, smtpDispatch)
	h.opens()
	const text = `"><img src=x onerror=window.__pwned=1><script>window.__pwned=1</script>`
	r := h.writer("eve@person.example")
	r.subscribe(url.Values{"first": {text}, "last": {text}})
	w := h.window()
	for _, path := range []string{newsletter.Path + "?email=" + url.QueryEscape(text), contact.Path + "?subject=" + url.QueryEscape(text) + "&lang=" + url.QueryEscape(text), r.link("/details/"), r.link("/leave/")} {
		w.visit(path)
		w.harmless(path)
	}
	if got := eval[string](w, `document.title`); got == "" {
		t.Error("the page has no title")
	}
	w.visit(r.link("/details/"))
	if got := eval[string](w, `document.querySelector('#first').value`); got != text {
		t.Errorf("the form shows %q", got)
	}
	w.visit(contact.Path)
	w.run(chromedp.SetValue("#first", text, chromedp.ByQuery), chromedp.SetValue("#email", "no address "+text, chromedp.ByQuery), chromedp.Evaluate(`document.querySelector('main form').noValidate = true`, nil))
	w.reloading(click("main form button"))
	w.harmless("a form that came back")
}
