package newsletter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"kept/internal/access"
	"kept/internal/address"
	"kept/internal/fault"
	"kept/internal/i18n"
)

// embed gives the form to pages served elsewhere: HTML that posts to us and works
// without script.
func (n *Newsletter) embed(w http.ResponseWriter, r *http.Request) error {
	a, err := n.named(r)
	if err != nil {
		return err
	}
	access.LetRead(w, r, n.env.Origins)
	d := n.formPage(r, a, nil)
	lang := "?lang=" + d.Lang
	d.Action, d.Notice = n.env.Mail.Link(n.path(a, ""))+lang, n.env.Mail.Link(access.Prefix)+lang
	var b bytes.Buffer
	if err := n.pages["form"]().ExecuteTemplate(&b, "fields", d); err != nil {
		return fmt.Errorf("show the form: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(b.Bytes())
	return err
}

// description is what a program has to show before it signs somebody up.
type description struct {
	Version  string       `json:"version"`
	Language string       `json:"language"`
	Text     string       `json:"text"`
	Fields   []string     `json:"fields"`
	Topics   []topicOffer `json:"topics,omitempty"` // at least one has to be chosen
	SignUp   string       `json:"sign_up"`
}

type topicOffer struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// describe tells a program which text to show, and its version.
func (n *Newsletter) describe(w http.ResponseWriter, r *http.Request) error {
	a, err := n.named(r)
	if err != nil {
		return err
	}
	access.LetRead(w, r, n.env.Origins)
	lang := r.URL.Query().Get("lang")
	if lang == "" {
		lang = r.Header.Get("Accept-Language")
	}
	lang = i18n.Match(lang, n.env.Policy().Notice.Languages)
	s := n.statement(a, lang)
	d := description{Version: s.Version, Language: lang, Text: s.Text, SignUp: n.env.Mail.Link(n.path(a, "/sign-up"))}
	for _, t := range topicsOf(a) {
		d.Topics = append(d.Topics, topicOffer{Name: t.Name, Title: t.Text.In(lang)})
	}
	for _, f := range []string{fieldEmail, fieldFirst, fieldLast, fieldCompany, fieldZone} {
		if a.Has(f) {
			d.Fields = append(d.Fields, f)
		}
	}
	return access.JSON(w, http.StatusOK, d)
}

// ordered is a sign-up as a program sends it: the version says which text the
// person agreed to.
type ordered struct {
	Version string   `json:"version"`
	Email   string   `json:"email"`
	First   string   `json:"first_name"`
	Last    string   `json:"last_name"`
	Company string   `json:"company"`
	Zone    string   `json:"time_zone"`
	Topics  []string `json:"topics"`
}

// orderByProgram takes a sign-up as JSON and answers 202, whatever is known of
// the address. A page of another origin sends it as text/plain.
func (n *Newsletter) orderByProgram(w http.ResponseWriter, r *http.Request) error {
	access.LetRead(w, r, n.env.Origins)
	if err := n.admit(r); err != nil {
		return err
	}
	a, err := n.named(r)
	if err != nil {
		return err
	}
	var o ordered
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(&o); err != nil {
		return fault.New(fault.Invalid, "a sign-up is JSON with version and email, and no fields but those of form.json: %w", err)
	}
	shown, lang, current := n.shown(a, o.Version)
	if !current {
		return fault.New(fault.Conflict, "the text to agree to is another one now: show that of form.json and send its version")
	}
	err = n.Take(r.Context(), SignUp{Email: o.Email, First: o.First, Last: o.Last, Company: o.Company, Activity: a.Key, Topics: o.Topics, Zone: o.Zone,
		Language: lang, Source: ByAPI, Text: shown.Text, Version: shown.Version, Address: address.Client(r, nil)})
	if err != nil {
		return err
	}
	return access.JSON(w, http.StatusAccepted, map[string]string{"state": "sent"})
}
