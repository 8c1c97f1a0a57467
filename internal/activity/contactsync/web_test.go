package contactsync_test

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// register stands in for those who have an account: who asks is in a header.
type register struct{}

func (register) Portal() activity.Portal { return register{} }
func (register) Registered(_ context.Context, customer string) (string, string, error) {
	if !strings.HasPrefix(customer, "customer") {
		return "", "", fault.New(fault.NotFound, "no such customer")
	}
	return "owner@" + customer + ".example", "en", nil
}
func (register) SetExpiry(context.Context, *store.Tx, string, time.Time) error      { return nil }
func (register) OnExpiry(func(context.Context, *store.Tx, string, time.Time) error) {}
func (register) Delete(context.Context, *store.Tx, string) error                    { return nil }
func (register) OnDelete(func(context.Context, *store.Tx, string) error)            {}
func (register) Link(path string) string                                            { return "https://portal.example" + path }
func (register) Member(r *http.Request) (activity.Member, error) {
	customer := r.Header.Get("Customer")
	return activity.Member{Subject: "person-" + customer, Customer: customer, Role: access.Role(r.Header.Get("Role")), Email: "admin@" + customer + ".example"}, nil
}
func (register) Open(r *http.Request, section string) page.Base {
	b := page.Base{Lang: "en", Section: section, Carry: url.Values{}, Here: r.URL.Path}
	if r.URL.Query().Get("lang") == "de" {
		b.Lang = "de"
	}
	return b
}
func (register) Show(w http.ResponseWriter, _ *http.Request, b page.Base, body template.HTML) error {
	if b.Status != 0 {
		w.WriteHeader(b.Status)
	}
	_, err := fmt.Fprintf(w, "<h1>%s</h1><p>%s</p>%s", b.Title, b.Says, body)
	return err
}

// served is the kind as it is where people have accounts.
type served struct{ contactsync.Kind }

func (s served) Open(ctx context.Context, env activity.Env) (activity.Running, error) {
	env.Customers = register{}
	return s.Kind.Open(ctx, env)
}

// portal is an office whose customers set up for themselves.
type portal struct {
	office
	door http.Handler
}

func atThePortal(t *testing.T, f func(t *testing.T, p portal)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := strings.Replace(policyOf(every), "sources: [graph]", "sources: [graph, csv, ldap]", 1)
		f(t, withADoor(open(activitytest.Env(t, place, text, clock.At(noon), served{}))))
	})
}

func withADoor(o office) portal {
	door := access.Table(o.synchroniser().Routes()).Mux(access.Portal, func(r *http.Request) (access.Role, error) {
		return access.Role(r.Header.Get("Role")), nil
	}, func(w http.ResponseWriter, _ *http.Request, status int, message string) {
		http.Error(w, message, status)
	}, slog.New(slog.NewTextHandler(o.Logged, nil)))
	return portal{o, door}
}

func (p portal) ask(customer string, role access.Role, r *http.Request) (int, string) {
	p.T.Helper()
	r.Header.Set("Customer", customer)
	r.Header.Set("Role", string(role))
	w := httptest.NewRecorder()
	p.door.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	if err != nil {
		p.T.Fatal(err)
	}
	if to := w.Header().Get("Location"); to != "" {
		return w.Code, to
	}
	return w.Code, string(body)
}

func (p portal) get(customer, path string) (int, string) {
	p.T.Helper()
	return p.ask(customer, access.CustomerAdmin, httptest.NewRequest(http.MethodGet, path, nil))
}

func (p portal) post(customer, path string, values url.Values) (int, string) {
	p.T.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(customer, access.CustomerAdmin, r)
}

// send posts a form with a file.
func (p portal) send(customer, path string, values map[string]string, name, content string) (int, string) {
	p.T.Helper()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	for field, value := range values {
		if err := form.WriteField(field, value); err != nil {
			p.T.Fatal(err)
		}
	}
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			p.T.Fatal(err)
		}
		fmt.Fprint(part, content)
	}
	form.Close()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	return p.ask(customer, access.CustomerAdmin, r)
}

const people = "First Name,Last Name,E-mail Address,Mobile Phone\nAda,Lovelace,ada@partner.example,+49 170 1\nBob,Boole,bob@partner.example,+49 170 2\n"

// An administrator sets up on the pages, sees what would be written, has it run and
// deletes all of it; what is stored of the file and the access lies sealed.
func TestAnAdministratorSetsUpAtThePortal(t *testing.T) {
	atThePortal(t, func(t *testing.T, p portal) {
		p.Work()
		const who = "customer-a"
		if _, body := p.get(who, "/sync"); !strings.Contains(body, "/sync/new") {
			t.Fatalf("the first page: %s", body)
		}
		for _, kind := range []string{"", "?kind=graph", "?kind=ews"} {
			if status, body := p.get(who, "/sync/new"+kind); status != 200 || strings.Contains(body, "sync.") {
				t.Errorf("%s: %d %s", kind, status, body)
			}
		}
		form := map[string]string{"kind": "ews", "name": "partners to phones", "url": "https://mail.muster.example/EWS/Exchange.asmx", "account": `MUSTER\svc-planted`, "secret": "planted-secret-1", "mailboxes": "ada@muster.example\nbob@muster.example", "folder": "Partners"}
		if status, body := p.send(who, "/sync/new", map[string]string{"kind": "ews", "name": "x"}, "", ""); status != 400 || !strings.Contains(body, "https://") || !strings.Contains(body, "CSV") {
			t.Errorf("an empty form: %d %s", status, body)
		}
		if status, body := p.send(who, "/sync/new", form, "partners.csv", "no,table\n\"broken"); status != 400 || !strings.Contains(body, "cannot be read") || !strings.Contains(body, "partners.csv:") {
			t.Errorf("a broken file: %d %s", status, body)
		}
		status, at := p.send(who, "/sync/new", form, "partners.csv", people)
		if status != http.StatusSeeOther {
			t.Fatalf("set up: %d %s", status, at)
		}
		if status, body := p.send(who, "/sync/new", form, "partners.csv", people); status != 400 || !strings.Contains(body, "another name") {
			t.Errorf("the same name again: %d %s", status, body)
		}
		for _, part := range []string{"", "/script", "/connections/ews", "/sources", "/sources?add=file", "/sources?add=ldap", "/sources?change=file", "/targets", "/targets?change=1", "/fields", "/rhythm", "/runs", "/mailboxes", "/delete"} {
			for _, lang := range []string{"en", "de"} {
				status, body := p.get(who, at+part+map[bool]string{true: "&", false: "?"}[strings.Contains(part, "?")]+"lang="+lang)
				if status != 200 || strings.Contains(body, "planted-secret") || strings.Contains(body, ">sync.") {
					t.Errorf("%s in %s: %d %s", part, lang, status, body)
				}
			}
		}
		if _, body := p.post(who, at+"/probe", nil); !strings.Contains(body, "cannot be reached") || !strings.Contains(body, "The source can be read") && !strings.Contains(body, "the source can be read") {
			t.Errorf("the test of a server that is not public: %s", body)
		}
		if _, body := p.post(who, at+"/plan", nil); !strings.Contains(body, "ada@muster.example") {
			t.Errorf("the plan: %s", body)
		}
		if _, body := p.get(who, at+"/mailbox?address=ada@muster.example"); !strings.Contains(body, "Ada Lovelace") || !strings.Contains(body, "49 170 1") {
			t.Errorf("the preview of a mailbox: %s", body)
		}
		if status, _ := p.post(who, at+"/fields", url.Values{"title": {"keep"}, "note": {"overwrite"}}); status != http.StatusSeeOther {
			t.Errorf("the fields: %d", status)
		}
		if status, body := p.post(who, at+"/rhythm", url.Values{"every": {"1h"}, "verify": {"24h"}, "at_end": {"remove"}}); status != http.StatusSeeOther {
			t.Errorf("the rhythm: %d %s", status, body)
		}
		s := p.get1(at)
		if s.Setup.Every != "1h" || s.Setup.Fields["title"] != "keep" || s.Setup.AtEnd != "remove" || s.Next.IsZero() || s.Customer != who {
			t.Errorf("stored is %+v", s)
		}
		if status, _ := p.post(who, at+"/connections/ews", url.Values{"url": {"https://other.example/EWS/Exchange.asmx"}, "account": {`MUSTER\svc-planted`}}); status != 400 {
			t.Errorf("another server with the password of the first: %d", status)
		}
		if status, _ := p.post(who, at+"/run", nil); status != http.StatusSeeOther {
			t.Errorf("run: %d", status)
		}
		p.synchroniser().Wait()
		if _, body := p.get(who, at+"/runs"); !strings.Contains(body, "done in part") || !strings.Contains(body, "ada@muster.example") {
			t.Errorf("the runs: %s", body)
		}
		for _, part := range []string{"/mailboxes", "/mailbox?address=ada@muster.example"} {
			if _, body := p.get(who, at+part); !strings.Contains(body, "ada@muster.example") || !strings.Contains(body, "A server did not answer. See whether") {
				t.Errorf("%s: %s", part, body)
			}
		}
		for _, hit := range activitytest.Texts(p.Everything(), "planted-secret-1", "svc-planted", "Lovelace", "partner.example") {
			t.Errorf("in clear in %s", hit)
		}
		if status, _ := p.post(who, at+"/delete", url.Values{"how": {"here"}}); status != http.StatusSeeOther {
			t.Errorf("delete: %d", status)
		}
		for _, name := range []string{"sync_setup", "sync_file", "sync_entry", "sync_mailbox"} {
			if n := p.Rows(table(t, name)); n != 0 {
				t.Errorf("%s has %d rows", name, n)
			}
		}
	})
}

// get1 reads the synchronisation of an address.
func (p portal) get1(at string) contactsync.Sync {
	return p.office.get(strings.TrimPrefix(at, "/sync/"))
}

// Each page belongs to one customer: for another one, whatever role, it is not
// there, and nothing of it changes. Equal names and files do not meet.
func TestCustomersNeverSeeEachOther(t *testing.T) {
	atThePortal(t, func(t *testing.T, p portal) {
		form := map[string]string{"kind": "ews", "name": "phones", "url": "https://mail.muster.example/EWS/Exchange.asmx", "account": "svc", "secret": "s", "mailboxes": "ada@muster.example"}
		at := map[string]string{}
		for _, who := range []string{"customer-a", "customer-b"} {
			status, to := p.send(who, "/sync/new", form, "partners.csv", strings.Replace(people, "Ada", "Ada of "+who, 1))
			if status != http.StatusSeeOther {
				t.Fatalf("%d %s", status, to)
			}
			at[who] = to
			if _, body := p.post(who, to+"/plan", nil); !strings.Contains(body, "ada@muster.example") {
				t.Errorf("%s's plan: %s", who, body)
			}
		}
		before := p.get1(at["customer-b"])
		tried := 0
		for _, route := range p.synchroniser().Routes() {
			if route.Door != access.Portal || route.Right != access.SetUp {
				t.Errorf("%s %s stands at %s for %s", route.Method, route.Pattern, route.Door, route.Right)
			}
			for _, role := range append(access.CustomerRoles(), access.Nobody, access.Owner) {
				for _, who := range []string{"customer-a", "customer-b"} {
					path := strings.NewReplacer("{id}", before.ID, "{key}", "ews").Replace(route.Pattern)
					r := httptest.NewRequest(route.Method, path+"?address=ada@muster.example", nil)
					if route.Method == http.MethodPost {
						if who == "customer-b" && role.May(access.SetUp) {
							continue // it may: another test does
						}
						r = httptest.NewRequest(route.Method, path, strings.NewReader("how=here&key=file&every=1h&name=x"))
						r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					}
					status, body := p.ask(who, role, r)
					tried++
					switch own := !strings.Contains(route.Pattern, "{id}"); {
					case !role.May(access.SetUp):
						if status != http.StatusForbidden {
							t.Errorf("%s %s as %s: %d", route.Method, route.Pattern, role, status)
						}
					case who == "customer-a" && !own && status != http.StatusNotFound:
						t.Errorf("%s %s of another customer: %d %s", route.Method, route.Pattern, status, body)
					case who == "customer-b" && status != http.StatusOK:
						t.Errorf("%s %s of one's own: %d %s", route.Method, route.Pattern, status, body)
					}
					if strings.Contains(body, "customer-a") && who == "customer-b" || strings.Contains(body, "customer-b") && who == "customer-a" {
						t.Errorf("%s %s shows another customer: %s", route.Method, route.Pattern, body)
					}
				}
			}
		}
		if tried < 100 {
			t.Errorf("only %d tries", tried)
		}
		if after := p.get1(at["customer-b"]); after.Setup.Every != before.Setup.Every || len(after.Setup.Sources) != len(before.Setup.Sources) {
			t.Errorf("it was changed: %+v", after)
		}
		lines, _, err := p.synchroniser().Show(t.Context(), before.ID, "ada@muster.example")
		if err != nil || len(lines) != 2 || !strings.Contains(lines[0].Name+lines[1].Name, "customer-b") {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}
