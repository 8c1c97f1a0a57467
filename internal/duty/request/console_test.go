package request_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/store/storetest"
)

const hostile = `<script>alert(1)</script>`

// The whole way in the console, in both languages, with what a hostile person
// wrote as text (threat 1).
func TestTheConsoleGoesTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r, _ := o.do(o.site, http.MethodPost, "/privacy/request", url.Values{
			"right": {"access", "erasure"}, "email": {ada}, "name": {hostile}, "words": {hostile}, "decision": {hostile}, "to": {hostile},
		})
		if r.StatusCode != http.StatusSeeOther {
			t.Fatal(r.Status)
		}
		o.work()
		all, err := o.List(o.Ctx, request.Which{Open: true})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d requests, %v", len(all), err)
		}
		c, _ := o.prove(all[0], ada)
		path := "/requests/" + c.ID
		for _, lang := range []string{"en", "de"} {
			for _, p := range []string{"/requests", "/requests?all=yes", path, "/requests/new", "/requests/calendar", "/requests/statistics"} {
				got, page := o.do(o.desk, http.MethodGet, p, nil, "Accept-Language", lang)
				if got.StatusCode != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, "request.") {
					t.Errorf("%s in %s: %s, a script in it: %v\n%s", p, lang, got.Status, strings.Contains(page, "<script"), wordless(page))
				}
			}
		}
		if _, page := o.do(o.desk, http.MethodGet, path, nil); !strings.Contains(page, "&lt;script&gt;") || !strings.Contains(page, "Reading circle") {
			t.Error("the page does not show what was written, or the plan")
		}
		act := func(way string, form url.Values, want int) {
			t.Helper()
			if got, page := o.do(o.desk, http.MethodPost, path+way, form); got.StatusCode != want {
				t.Fatalf("%s: %s %s", way, got.Status, page)
			}
			o.work()
		}
		act("/approve", url.Values{"verdict-erasure": {"refuse"}, "ground-erasure": {"claims"}}, http.StatusBadRequest) // no reason
		act("/approve", url.Values{"verdict-erasure": {"refuse"}, "ground-erasure": {"claims"}, "reason-erasure": {"the invoice is in dispute"}}, http.StatusSeeOther)
		o.is(c, request.Carried)
		act("/draft", url.Values{"kind": {"refusal"}, "reason": {"x"}, "ground": {"claims"}}, http.StatusForbidden)
		act("/draft", url.Values{"kind": {"answer"}}, http.StatusSeeOther)
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil {
			t.Fatal(err)
		}
		letter := x.Letters[len(x.Letters)-1]
		if !strings.Contains(letter.Text, "the invoice is in dispute") || !strings.Contains(letter.Text, "court") {
			t.Errorf("the answer does not say why something is refused: %s", letter.Text)
		}
		act("/letter/"+letter.ID, url.Values{"do": {"save"}, "title": {letter.Title}, "text": {letter.Text + "\n\nKind regards"}}, http.StatusSeeOther)
		act("/letter/"+letter.ID, url.Values{"do": {"send"}, "title": {letter.Title}, "text": {letter.Text + "\n\nKind regards"}}, http.StatusSeeOther)
		o.is(c, request.Answered)
		mails := o.sink.To(ada)
		if last := mails[len(mails)-1].Read(); !strings.Contains(last.Text, "Kind regards") {
			t.Errorf("the answer left without the changes: %s", last.Text)
		}
		for _, file := range []string{"/requests/register.csv", "/requests/register.json", "/requests/calendar.ics"} {
			got, body := o.do(o.desk, http.MethodGet, file, nil)
			if got.StatusCode != http.StatusOK || strings.Contains(body, "script") || strings.Contains(body, "example.org") {
				t.Errorf("%s: %s %s", file, got.Status, body)
			}
		}
	})
}

// wordless shows where a page says a key instead of words.
func wordless(page string) string {
	if i := strings.Index(page, "request."); i >= 0 {
		return page[max(0, i-60):min(len(page), i+60)]
	}
	return ""
}

// Every page and act asks the same right on every sibling: a clerk enters, the
// officer decides, nobody else sees anything (threat 3).
func TestOnlyTheRightRoleSeesAndDecides(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	c, _ := o.prove(o.ask(ada, rights.Access), ada)
	for _, route := range o.Routes() {
		if route.Door != access.Console {
			continue
		}
		for _, role := range []access.Role{access.Nobody, access.Clerk} {
			o.role = role
			path := strings.NewReplacer("{id}", c.ID, "{letter}", c.ID, "{package}", c.ID).Replace(route.Pattern)
			got, body := o.do(o.desk, route.Method, path, url.Values{})
			may := role == access.Clerk && strings.HasSuffix(route.Pattern, "/new")
			if (got.StatusCode == http.StatusForbidden) == may || !may && strings.Contains(body, "Ada") {
				t.Errorf("%s %s as %q: %s", route.Method, route.Pattern, role, got.Status)
			}
		}
	}
	o.role = access.Clerk
	got, _ := o.do(o.desk, http.MethodPost, "/requests/new", url.Values{"channel": {"call"}, "received": {"2026-03-09"}, "lang": {"de"}, "right": {"access"}, "name": {"Bo"}})
	if got.StatusCode != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "done=") {
		t.Errorf("a clerk enters a call: %s", got.Status)
	}
	o.role = access.Officer
	if got, _ := o.do(o.desk, http.MethodPost, "/requests/"+c.ID+"/approve", url.Values{}); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the officer approves: %s", got.Status)
	}
}

// Programs ask as people do, and see a case by its pass alone.
func TestTheProgramsInterface(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	post := func(path, body string) (*http.Response, string) {
		r, err := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.RequestURI, r.RemoteAddr = path, "192.0.2.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		o.site.ServeHTTP(w, r)
		return w.Result(), w.Body.String()
	}
	if got, _ := post("/privacy/request.json", `{"rights":["everything"],"contact":{"mail":"`+ada+`"}}`); got.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown right: %s", got.Status)
	}
	got, body := post("/privacy/request.json", `{"rights":["access"],"language":"en","contact":{"mail":"`+ada+`"}}`)
	if got.StatusCode != http.StatusAccepted || !strings.Contains(body, `"number"`) {
		t.Fatalf("%s %s", got.Status, body)
	}
	o.work()
	got, body = post("/privacy/request/code.json", `{"code":"`+o.code(ada)+`"}`)
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", got.Status, body)
	}
	pass := strings.Split(strings.Split(body, `"pass":"`)[1], `"`)[0]
	o.work()
	if got, body := o.do(o.site, http.MethodGet, "/privacy/request/case.json", nil, "Authorization", "Bearer "+pass); got.StatusCode != http.StatusOK || !strings.Contains(body, `"state":"planned"`) {
		t.Errorf("%s %s", got.Status, body)
	}
	if got, _ := o.do(o.site, http.MethodGet, "/privacy/request/case.json", nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("without a pass: %s", got.Status)
	}
}

// What a correction adds, the page names row by row, and who approves it can leave it
// empty (Art. 16, second sentence).
func TestTheClerkChoosesWhatIsAdded(t *testing.T) {
	for _, choice := range []string{"", rights.ChooseAdd, rights.ChooseLeave} {
		o := open(t, storetest.SQLite(t))
		o.Exec("update circle_member set name = null where subject = $1", o.subject)
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Rectification}, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: ada},
			Wish: request.Wish{Corrections: []rights.Correction{{Field: "name", New: "Ada Lovelace"}}},
		}))
		o.work()
		c, _ = o.prove(c, ada)
		o.is(c, request.Planned)
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil || len(x.Plans) != 1 || len(x.Plans[0].Parts) != 1 || len(x.Plans[0].Parts[0].Empty) != 1 {
			t.Fatalf("%+v, %v", x.Plans, err)
		}
		_, body := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil)
		for _, want := range []string{"Rows without it", x.Plans[0].Parts[0].Empty[0].Key, `name="choice-rectification-0" value="leave"`, `value="add" checked`, "<strong>Ada Lovelace</strong>"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		form := url.Values{}
		if choice != "" {
			form.Set("choice-rectification-0", choice)
		}
		if got, body := o.do(o.desk, http.MethodPost, "/requests/"+c.ID+"/approve", form); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s %s", got.Status, body)
		}
		o.work()
		o.is(c, request.Carried)
		if n := o.House.Count("circle_member", "name is not null"); n != map[bool]int64{true: 0, false: 1}[choice == rights.ChooseLeave] {
			t.Errorf("chosen %q: %d rows have the value", choice, n)
		}
	}
}

// The clerk can name the field of another system.
func TestAFieldOfAnotherSystemIsCorrectedFromTheConsole(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	o.rights.Elsewhere = []rights.Elsewhere{&ledgers{}}
	c := o.must(o.Ask(o.Ctx, request.Asking{Rights: []rights.Right{rights.Rectification}, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: ada}}))
	o.work()
	c, _ = o.prove(c, ada)
	if _, body := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil); !strings.Contains(body, `value="ledgers:customer.city"`) {
		t.Error("the form does not offer it")
	}
	form := url.Values{"field": {"ledgers:customer.city"}, "new": {"Wiesbaden"}}
	if got, body := o.do(o.desk, http.MethodPost, "/requests/"+c.ID+"/correct", form); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", got.Status, body)
	}
	x, err := o.Look(o.Ctx, c.ID, "staff-1")
	if err != nil || len(x.Wish.Corrections) != 1 || x.Wish.Corrections[0].System != "ledgers" || x.Wish.Corrections[0].Field != "customer.city" {
		t.Errorf("%+v, %v", x.Wish, err)
	}
}
