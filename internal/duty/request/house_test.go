package request_test

import (
	"bytes"
	"context"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/duty/answer"
	"kept/internal/duty/dutytest"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// office is an instance with the register of requests in it.
type office struct {
	*dutytest.House
	*request.Desk
	rights  *rights.Desk
	mail    *mail.Post
	sink    *mailtest.Sink
	site    http.Handler
	desk    http.Handler
	role    access.Role
	subject string // Ada, who is a member of the circle by ada@example.org
}

const ada = "ada@example.org"

func each(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) { f(t, open(t, c)) })
}

func open(t *testing.T, c store.Config) *office {
	t.Helper()
	h := dutytest.Open(t, c, dutytest.Standard, []manifest.Manifest{rights.Manifest(), request.Manifest(), mail.Manifest()})
	o := &office{House: h, sink: mailtest.NewSink(t), role: access.Owner}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	o.rights, err = rights.Open(h.Ctx, rights.Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Consent: h.Consent, Jobs: h.Jobs, Clock: h.Clock,
		Manifests: h.Manifests, Policy: h.Policy,
	})
	must(err)
	settings, err := mail.Configure(o.sink.Options())
	must(err)
	log := slog.New(slog.DiscardHandler)
	dial := func(ctx context.Context, _, network, address string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	o.mail, err = mail.Open(h.Ctx, mail.Config{
		DB: h.DB, Vault: h.Vault, Ledger: h.Ledger, Jobs: h.Jobs, Subjects: h.Subjects, Policy: h.Policy, Dial: dial, Clock: h.Clock, Log: log, Settings: settings,
	})
	must(err)
	o.Desk, err = request.Open(h.Ctx, request.Config{
		DB: h.DB, Vault: h.Vault, Ledger: h.Ledger, Jobs: h.Jobs, Mail: o.mail, Subjects: h.Subjects, Rights: o.rights, Packer: answer.Open(o.rights),
		Clock: h.Clock, Log: log, Policy: h.Policy, Manifests: h.Manifests,
		Owners: func(context.Context) ([]string, error) { return []string{"owner@circle.example"}, nil },
	})
	must(err)
	o.Show(shell{}, shell{}, nil)
	o.mail.Begin()
	t.Cleanup(o.mail.Close)
	table := access.Table(o.Routes())
	must(table.Check())
	deny := func(w http.ResponseWriter, _ *http.Request, status int, message string) {
		http.Error(w, message, status)
	}
	o.site = table.Mux(access.Site, func(*http.Request) (access.Role, error) { return access.Nobody, nil }, deny, log)
	o.desk = table.Mux(access.Console, func(*http.Request) (access.Role, error) { return o.role, nil }, deny, log)
	o.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		o.subject, _, err = h.Subjects.Ensure(ctx, tx, subject.Email, ada)
		return err
	})
	member := o.Join(o.subject, ada)
	o.WriteLetter(member, "Dear circle")
	return o
}

// shell is a frame without anything around the page.
type shell struct{}

func (shell) Open(r *http.Request, section string) page.Base {
	lang := "en"
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "de") || r.URL.Query().Get("lang") == "de" {
		lang = "de"
	}
	return page.Base{Lang: lang, Section: section, Here: r.URL.Path, Carry: url.Values{}}
}

func (shell) Show(w http.ResponseWriter, _ *http.Request, b page.Base, body template.HTML) error {
	if b.Status != 0 {
		w.WriteHeader(b.Status)
	}
	_, err := w.Write([]byte("<h1>" + template.HTMLEscapeString(b.Title) + "</h1>" + b.Says + string(body)))
	return err
}

func (shell) Person(*http.Request) (page.Person, error) {
	return page.Person{ID: "staff-1", Email: "officer@circle.example"}, nil
}

func (s shell) Colleagues(context.Context, access.Right) ([]page.Person, error) {
	who, err := s.Person(nil)
	return []page.Person{who}, err
}

// work does every job that is due, and waits until mails have arrived.
func (o *office) work() {
	o.T.Helper()
	for range 1000 {
		ran, err := o.Jobs.Step(o.Ctx)
		if err != nil {
			o.T.Fatal(err)
		}
		if !ran {
			return
		}
	}
	o.T.Fatal("the jobs do not end")
}

func (o *office) must(c request.Case, err error) request.Case {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
	return c
}

// ask asks as somebody with an address does, and has the code sent.
func (o *office) ask(address string, all ...rights.Right) request.Case {
	o.T.Helper()
	c := o.must(o.Ask(o.Ctx, request.Asking{Rights: all, Channel: request.Page, Lang: "en", Contact: request.Contact{Name: "Ada", Mail: address}}))
	o.work()
	return c
}

var codeIn = regexp.MustCompile(`/privacy/request/prove/([0-9a-z]{26})`)

// code returns the code of the last mail to an address.
func (o *office) code(address string) string {
	o.T.Helper()
	mails := o.sink.To(address)
	for i := len(mails) - 1; i >= 0; i-- {
		if m := codeIn.FindStringSubmatch(mails[i].Read().Text); m != nil {
			return m[1]
		}
	}
	o.T.Fatalf("no code went to %s", address)
	return ""
}

// prove takes the code back and lets the case go on.
func (o *office) prove(c request.Case, address string) (request.Case, string) {
	o.T.Helper()
	c, pass, err := o.Prove(o.Ctx, c.Number, o.code(address))
	o.must(c, err)
	o.work()
	return o.now(c), pass
}

func (o *office) now(c request.Case) request.Case {
	o.T.Helper()
	return o.must(o.Case(o.Ctx, c.ID))
}

func (o *office) is(c request.Case, want request.State) request.Case {
	o.T.Helper()
	c = o.now(c)
	if c.State != want {
		o.T.Fatalf("the request is %s, want %s", c.State, want)
	}
	return c
}

// reply writes and sends a letter.
func (o *office) reply(c request.Case, p request.Purpose) request.Draft {
	o.T.Helper()
	l, err := o.Draft(o.Ctx, c.ID, p)
	if err != nil {
		o.T.Fatal(err)
	}
	o.must(o.Send(o.Ctx, c.ID, l.ID, "staff-1", request.ByMail))
	o.work()
	return l
}

func (o *office) do(h http.Handler, method, path string, form url.Values, header ...string) (*http.Response, string) {
	o.T.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var b bytes.Buffer
	if _, err := b.ReadFrom(w.Result().Body); err != nil {
		o.T.Fatal(err)
	}
	return w.Result(), b.String()
}

func conflict(t testing.TB, err error) {
	t.Helper()
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}
