package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/duty/request"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/subject"
)

// asker is a person with a mailbox who asks something about their data, and
// officer the one who answers.
type asker struct {
	*reader
	officer *browser
}

func (h *house) asker(email string) *asker { return &asker{h.reader(email), h.staffed(access.Officer)} }

var proveLink = regexp.MustCompile(`/privacy/request/prove/[0-9a-z]{26}`)

var askedNumber = regexp.MustCompile(`number=([0-9A-Z]{4}-[0-9A-Z]{4})`)

// asks fills in the page's form, takes the code back and returns the case.
func (a *asker) asks(more url.Values, wanted ...rights.Right) request.Case {
	a.t.Helper()
	form := url.Values{"email": {a.email}}
	for _, r := range wanted {
		form.Add("right", string(r))
	}
	for name, values := range more {
		form[name] = values
	}
	got := a.post("/privacy/request", form)
	a.wants(got, http.StatusSeeOther)
	if page := a.get(got.Header.Get("Location")); page.StatusCode != http.StatusOK {
		a.t.Fatalf("after asking: %s", page.Status)
	}
	link := ""
	for _, m := range a.mails() {
		if found := proveLink.FindString(m.Read().Text); found != "" {
			link = found
		}
	}
	a.wants(a.get(link), http.StatusOK)
	a.wants(a.post(link, nil), http.StatusSeeOther)
	a.h.settle()
	c, err := a.h.Requests.Case(a.t.Context(), askedNumber.FindStringSubmatch(got.Header.Get("Location"))[1])
	fatal(a.t, err)
	return c
}

// act sends a form of the console.
func (a *asker) act(c request.Case, way string, form url.Values) {
	a.t.Helper()
	if got := a.officer.post(a.h.ConsoleURL()+"/requests/"+c.ID+way, form); got.StatusCode != http.StatusSeeOther {
		a.t.Fatalf("%s: %s\n%s", way, got.Status, got.body)
	}
	a.h.settle()
}

// answered approves, waits until everything is carried out, sends the answer and
// returns its words.
func (a *asker) answered(c request.Case, verdicts url.Values) string {
	a.t.Helper()
	a.act(c, "/approve", verdicts)
	a.h.clock.Advance(2 * time.Hour) // where several nodes serve, all of it is looked at once more
	a.h.settle()
	a.act(c, "/draft", url.Values{"kind": {"answer"}})
	x, err := a.h.Requests.Look(a.t.Context(), c.ID, "test")
	fatal(a.t, err)
	l := x.Letters[len(x.Letters)-1]
	a.act(c, "/letter/"+l.ID, url.Values{"do": {"send"}, "title": {l.Title}, "text": {l.Text}})
	return l.Text
}

// held is what is held of the person now, as text.
func (a *asker) held() string {
	a.t.Helper()
	who, err := a.h.Subjects.Find(a.t.Context(), a.h.DB, subject.Email, a.email)
	if err != nil {
		return ""
	}
	held, err := a.h.Rights.Access(a.t.Context(), who)
	fatal(a.t, err)
	text, err := json.Marshal(held)
	fatal(a.t, err)
	return string(text)
}

var packagePath = regexp.MustCompile(`/privacy/request/package/[0-9a-z]+`)

// file proves once more who asks, fetches the answer's file and returns what its
// files say, one text.
func (a *asker) file(c request.Case) (names []string, text string) {
	a.t.Helper()
	if page := a.get("/privacy/request/case"); strings.Contains(page.body, "/package/") {
		a.t.Error("an old proof still opens the request")
	}
	a.wants(a.post("/privacy/request/open", url.Values{"number": {c.Number}}), http.StatusOK)
	mails := a.mails()
	a.wants(a.post(proveLink.FindString(mails[len(mails)-1].Read().Text), nil), http.StatusSeeOther)
	page := a.get("/privacy/request/case")
	got := a.get(packagePath.FindString(page.body))
	a.wants(got, http.StatusOK)
	archive, err := zip.NewReader(bytes.NewReader([]byte(got.body)), int64(len(got.body)))
	fatal(a.t, err)
	for _, f := range archive.File {
		names = append(names, f.Name)
		r, err := f.Open()
		fatal(a.t, err)
		b, err := io.ReadAll(r)
		fatal(a.t, err)
		text += string(b)
	}
	return names, text
}

func (a *asker) says(answer string, wanted ...string) {
	a.t.Helper()
	for _, want := range wanted {
		if !strings.Contains(answer, want) {
			a.t.Errorf("the answer does not say %q:\n%s", want, answer)
		}
	}
}

// Information, correction, transfer in a structured format, restriction, deletion
// unless something prevents it, and the officer before the authority.
func TestPromise_AH29_EveryRightIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.asker("ada@example.org")
		a.subscribe(url.Values{"first": {"Ada"}})

		a.says(a.answered(a.asks(nil, rights.Portability), nil), "SHA-256", "ZIP")
		c := a.asks(nil, rights.Access)
		answer := a.answered(c, nil)
		a.says(answer, "SHA-256", "ZIP")
		names, text := a.file(c)
		if !slices.Contains(names, "manifest.json") || !strings.Contains(text, "ada@example.org") || !strings.Contains(text, "Ada") {
			t.Errorf("the file holds %v", names)
		}

		answer = a.answered(a.asks(url.Values{"field": {"first_name"}, "old": {"Ada"}, "new": {"Adelaide"}}, rights.Rectification), nil)
		a.says(answer, "We have corrected")
		if !strings.Contains(a.held(), "Adelaide") {
			t.Error("the name was not corrected")
		}

		answer = a.answered(a.asks(nil, rights.Restriction), nil)
		a.says(answer, "Restricted is")
		who, err := h.Subjects.Find(t.Context(), h.DB, subject.Email, a.email)
		fatal(t, err)
		if restricted, err := h.Subjects.Restricted(t.Context()); err != nil || !restricted[who] {
			t.Errorf("restricted: %v, %v", restricted[who], err)
		}

		before := len(a.mails())
		a.post("/privacy/request", url.Values{"email": {a.email}, "right": {string(request.Complaint)}})
		answer = "" // nobody has to be known for that, and nothing is weighed: it comes with the receipt
		for _, m := range a.mails()[before:] {
			if text := m.Read().Text; strings.Contains(text, "dpo@agentur.example") {
				answer = text
			}
		}
		if officer, authority := strings.Index(answer, "dpo@agentur.example"), strings.Index(answer, "Datenschutz und Informationsfreiheit"); officer < 0 || authority < officer {
			t.Errorf("the officer does not stand before the authority: %s", answer)
		}

		answer = a.answered(a.asks(nil, rights.Erasure), nil)
		a.says(answer, "We have erased", "We have to keep") // the proof of the consent stays: claims
		if strings.Contains(a.held(), "Adelaide") {
			t.Error("the name is still held")
		}
	})
}

// An objection to direct marketing waits for nobody; another one is weighed by a
// person, who shows compelling grounds or ends the processing.
func TestPromise_AH30_MarketingAlwaysElseWeighed(t *testing.T) {
	h := solo(t)
	a := h.asker("ada@example.org")
	a.subscribe(url.Values{"first": {"Ada"}})
	c := a.asks(url.Values{"activity": {"newsletter"}}, rights.Objection)
	h.clock.Advance(2 * time.Hour)
	h.settle()
	c, err := h.Requests.Case(t.Context(), c.ID)
	fatal(t, err)
	if c.ApprovedBy != request.Law || c.Answered.IsZero() {
		t.Errorf("an objection to marketing is %s, approved by %q", c.State, c.ApprovedBy)
	}
	c = a.asks(url.Values{"activity": {"access-log"}}, rights.Objection)
	if c.State != request.Planned {
		t.Fatalf("an objection that has to be weighed is %s", c.State)
	}
	if got := a.officer.post(h.ConsoleURL()+"/requests/"+c.ID+"/decide", url.Values{"kind": {"refusal"}, "ground": {"compelling"}}); got.StatusCode != http.StatusBadRequest {
		t.Errorf("refused without compelling grounds shown: %s", got.Status)
	}
	a.act(c, "/decide", url.Values{"kind": {"refusal"}, "ground": {"compelling"}, "reason": {"an attack from your network is being investigated"}})
	x, err := h.Requests.Look(t.Context(), c.ID, "test")
	fatal(t, err)
	l := x.Letters[len(x.Letters)-1]
	a.says(l.Text, "an attack from your network is being investigated", "21(1)")
	a.act(c, "/decision/"+l.ID, url.Values{"do": {"send"}, "title": {l.Title}, "text": {l.Text}})
	if c, err = h.Requests.Case(t.Context(), c.ID); err != nil || c.State != request.Refused || c.Ground != request.Compelling {
		t.Errorf("%s for %q, %v", c.State, c.Ground, err)
	}
}

// Whether anything is processed at all; an objection restricts while it is
// examined; a copy goes to a third party; one can complain.
func TestPromise_MA13_ConfirmationExaminationAndTransfer(t *testing.T) {
	on(t, []string{"mailissa"}, func(t *testing.T, h *house) {
		a := h.asker("ada@example.org")
		a.subscribe(nil)
		a.says(a.answered(a.asks(nil, rights.Confirmation), nil), "Yes, we process data about you")
		nobody := h.asker("nobody@example.net")
		nobody.says(nobody.answered(nobody.asks(nil, rights.Confirmation), nil), "nothing about you is held")

		c := a.asks(url.Values{"activity": {"contact"}}, rights.Objection)
		who, err := h.Subjects.Find(t.Context(), h.DB, subject.Email, a.email)
		fatal(t, err)
		if restricted, err := h.Subjects.Restricted(t.Context()); err != nil || !restricted[who] {
			t.Errorf("while the objection is examined the data is not restricted: %v", err)
		}
		a.says(a.answered(c, nil), "Objection")
		if objected, err := h.Subjects.Objected(t.Context(), who, "contact"); err != nil || !objected {
			t.Errorf("the objection does not stand: %v", err)
		}
		h.clock.Advance(4 * 24 * time.Hour)
		h.settle()
		a.officer = h.staffed(access.Officer) // the session has ended
		if restricted, err := h.Subjects.Restricted(t.Context()); err != nil || restricted[who] {
			t.Errorf("the restriction outlives the examination: %v", err)
		}

		other := h.reader("data@other.example")
		a.answered(a.asks(url.Values{"to": {"Other Ltd"}, "to-mail": {other.email}}, rights.Portability), nil)
		link := other.link("/privacy/request/handover/")
		link = link[strings.Index(link, "/privacy"):]
		other.wants(other.get(link), http.StatusOK)
		if got := other.post(link, nil); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.body, "PK") {
			t.Errorf("the other controller fetches: %s", got.Status)
		}
		a.says(a.answered(a.asks(nil, rights.Erasure, request.Complaint), nil), "Go to court")
	})
}

// What is kept of requests holds every guarantee, and goes three years after the
// end of the year in which they ended; the file goes after thirty days.
func TestRequestsKeepThePromisesThemselves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.asker("ada@example.org")
		a.subscribe(url.Values{"first": {"Ada"}})
		c := a.asks(url.Values{"words": {"everything, please"}}, rights.Access)
		a.answered(c, nil)
		sound := func(when string) {
			t.Helper()
			report, err := h.Audit.Run(t.Context())
			fatal(t, err)
			for _, f := range report.Findings() {
				if strings.HasPrefix(f.Table, "request_") || f.Guarantee == 8 {
					t.Errorf("%s: %+v", when, f)
				}
			}
		}
		sound("answered")
		h.live(h.clock.Now().AddDate(0, 0, 32), 16*24*time.Hour)
		if n := h.count("select count(*) from request_chunk"); n != 0 {
			t.Errorf("%d pieces of the file are left after a month", n)
		}
		if got, err := h.Requests.Case(t.Context(), c.ID); err != nil || got.State != request.Closed {
			t.Errorf("after a month it is %s, %v", got.State, err)
		}
		sound("after a month")
		h.live(time.Date(2029, 12, 31, 0, 0, 0, 0, time.UTC), 2*365*24*time.Hour)
		if n := h.count("select count(*) from request_case"); n != 1 {
			t.Error("the request went before its time")
		}
		h.live(time.Date(2030, 1, 3, 0, 0, 0, 0, time.UTC), 24*time.Hour)
		if n := h.count("select count(*) from request_case"); n != 0 {
			t.Errorf("%d requests are left after three years and the end of the year", n)
		}
		if held, err := h.Vault.Refs(t.Context(), c.ID); err != nil || len(held) != 0 {
			t.Errorf("keys of the request are left: %v, %v", held, err)
		}
	}, func(h *house) {
		h.config.Brake = retain.Brake{Jump: 10 * 365 * 24 * time.Hour, Share: 1, Rows: 1 << 40}
	})
}

// What a browser does by itself stands in the register of requests, and names
// nobody.
func TestSelfServiceStandsInTheRegister(t *testing.T) {
	h := solo(t)
	b := h.browser()
	b.choose("accept")
	b.view("/")
	h.settle()
	b.get("/privacy/me.json")
	if got := b.post("/privacy/me/erase", nil); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("erase: %s", got.Status)
	}
	h.settle()
	h.clock.Advance(2 * time.Hour)
	h.settle()
	all, err := h.Requests.List(t.Context(), request.Which{})
	fatal(t, err)
	seen := map[rights.Right]int{}
	for _, c := range all {
		if c.Channel != request.Browser || c.State != request.Closed {
			t.Errorf("%v by %s is %s", c.Rights, c.Channel, c.State)
		}
		seen[c.Rights[0]]++
	}
	if seen[rights.Access] == 0 || seen[rights.Erasure] == 0 {
		t.Errorf("the register has %v", seen)
	}
}
