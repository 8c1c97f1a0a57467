package page_test

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"kept/internal/page"
)

type shell struct{}

func (shell) Open(*http.Request, string) page.Base {
	return page.Base{Lang: "en", Section: "center", Carry: url.Values{"lang": {"en"}}}
}

func (shell) Show(w http.ResponseWriter, _ *http.Request, b page.Base, body template.HTML) error {
	_, err := w.Write([]byte("<main>" + string(body) + "</main>"))
	return err
}

type formPage struct {
	page.Base
	Name string
}

// What was typed comes back as text, with the sentence that says what is wrong.
func TestAFieldShowsWhatWasTypedAndWhatIsWrong(t *testing.T) {
	pages := page.Parse(fstest.MapFS{
		"templates/ask.gohtml":   {Data: []byte(`{{define "body"}}{{template "who" .}}{{template "field" (field . "email" "type=email" "required")}}{{end}}`)},
		"templates/parts.gohtml": {Data: []byte(`{{define "who"}}<b>{{.Name}}</b>{{end}}`)},
	}, "templates")
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(url.Values{"email": {`"><script>alert(1)</script>`}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := page.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	f.Refuse("email", "This is no address.")
	d := formPage{Base: shell{}.Open(r, "center"), Name: "<Ada>"}
	d.Form = f
	w := httptest.NewRecorder()
	if err := pages.Show(shell{}, w, r, "ask", d); err != nil {
		t.Fatal(err)
	}
	got := w.Body.String()
	for _, want := range []string{"<b>&lt;Ada&gt;</b>", `type="email"`, "required", `aria-invalid="true"`, `aria-describedby="email-wrong"`, "This is no address.", "&lt;script&gt;"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, "<script") {
		t.Error("what was typed became markup")
	}
	if to := d.To("/y"); to != "/y?lang=en" {
		t.Errorf("a link to %s", to)
	}
}

func TestAFieldKnowsItsOptions(t *testing.T) {
	pages := page.Parse(fstest.MapFS{"templates/x.gohtml": {Data: []byte(`{{define "body"}}{{field . "x" "colour=red"}}{{end}}`)}}, "templates")
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	if err := pages.Show(shell{}, httptest.NewRecorder(), r, "x", formPage{}); err == nil {
		t.Error("an unknown option passed")
	}
}
