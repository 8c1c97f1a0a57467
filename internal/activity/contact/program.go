package contact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// embed gives the form to other sites of the operator: HTML that posts to us and
// works without script. Files are sent on our own page.
func (c *Correspondence) embed(w http.ResponseWriter, r *http.Request) error {
	a, err := c.entry(r.PathValue("entry"))
	if err != nil {
		return err
	}
	access.LetRead(w, r, c.env.Origins)
	d := c.elsewhere(c.formPage(r, a, page.Form{}), a)
	d.Token = c.newToken(a.Key)
	html, err := fragment(d)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(html)
	return err
}

// elsewhere is the form with whole addresses, and without what a page of another
// site cannot know.
func (c *Correspondence) elsewhere(d formPage, a *policy.Activity) formPage {
	lang := "?lang=" + d.Lang
	d.Action, d.Notice = c.env.Mail.Link(Path+"/"+a.Key)+lang, c.env.Mail.Link(access.Prefix)+lang
	d.Token, d.Bits, d.Files = "", 0, false
	return d
}

func fragment(d formPage) ([]byte, error) {
	var b bytes.Buffer
	if err := pages["form"]().ExecuteTemplate(&b, "fields", d); err != nil {
		return nil, fmt.Errorf("show the form: %w", err)
	}
	return b.Bytes(), nil
}

// description is what a program needs to send a message.
type description struct {
	Token    string      `json:"token"`
	Work     int         `json:"work_bits"` // zero bits at the beginning of SHA-256(token ":" work)
	Wait     int         `json:"wait_seconds"`
	Fields   []described `json:"fields"`
	Files    *fileBounds `json:"attachments,omitempty"`
	Messages string      `json:"messages"` // where it is sent to
	Notice   string      `json:"notice"`
}

// described is a field of the form.
type described struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Required bool   `json:"required"`
	Longest  int    `json:"longest"`
}

// fileBounds say how many files a message may have, and how many bytes.
type fileBounds struct {
	Most     int `json:"most"`
	Largest  int `json:"largest"`
	Together int `json:"together"`
}

// describe tells a program what the form asks for.
func (c *Correspondence) describe(w http.ResponseWriter, r *http.Request) error {
	a, err := c.entry(r.PathValue("entry"))
	if err != nil {
		return err
	}
	access.LetRead(w, r, c.env.Origins)
	lang := c.language(r)
	d := description{
		Token: c.newToken(a.Key), Work: workBits, Wait: int(quickest.Seconds()),
		Messages: c.env.Mail.Link(Path + "/" + a.Key + "/messages"), Notice: c.env.Mail.Link(access.Prefix),
	}
	for _, q := range asked(a) {
		d.Fields = append(d.Fields, described{q.Field, i18n.T(lang, section+".field."+q.Name), needs(a, q.Field), q.Longest})
	}
	if a.Has(fieldAttachments) {
		d.Files = &fileBounds{mostFiles, largestFile, largestFiles}
	}
	return access.JSON(w, http.StatusOK, d)
}

// language is that of the notice which a program's request likes best.
func (c *Correspondence) language(r *http.Request) string {
	wanted := r.URL.Query().Get("lang")
	if wanted == "" {
		wanted = r.Header.Get("Accept-Language")
	}
	return i18n.Match(wanted, c.env.Policy().Notice.Languages)
}

// programmed is a message as a program sends it.
type programmed struct {
	Token   string `json:"token"`
	Work    string `json:"work"`
	First   string `json:"first_name"`
	Last    string `json:"last_name"`
	Email   string `json:"email"`
	Phone   string `json:"phone"`
	Company string `json:"company"`
	Subject string `json:"subject"`
	Message string `json:"message"`
	Files   []File `json:"attachments"` // data is base64
}

// sendByProgram takes a message as JSON and answers 202, whatever is known of the
// address. A page of another origin sends it as text/plain. The same message with
// the same token is taken once.
func (c *Correspondence) sendByProgram(w http.ResponseWriter, r *http.Request) error {
	access.LetRead(w, r, c.env.Origins)
	a, err := c.admit(r)
	if err != nil {
		return err
	}
	var p programmed
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(&p); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return fault.New(fault.Invalid, "a message is JSON with token, message and the fields of form.json: %w", err)
	}
	s := sent{Token: p.Token, Work: p.Work}
	number, held := c.guard(a.Key, s)
	if held != "" {
		c.holdOff(r.Context(), a.Key, held)
		return fault.New(fault.Conflict, "the token is missing, old, or younger than %d seconds: fetch one from form.json, and wait", int(quickest.Seconds()))
	}
	e := Entered{First: p.First, Last: p.Last, Email: p.Email, Phone: p.Phone, Company: p.Company, Subject: p.Subject, Message: p.Message, Files: p.Files,
		Source: ByProgram, Language: c.language(r)}
	e.only(a)
	if err := e.check(a); err != nil {
		return err
	}
	if !c.paced(r, s) {
		c.holdOff(r.Context(), a.Key, heldPace)
		return fault.New(fault.TooMany, "too many messages came from your network; try again in an hour, or do the work that form.json asks for")
	}
	e.Quiet = c.crowded(r.Context(), a, e.Email)
	if err := c.Take(r.Context(), a, e, number); err != nil {
		return err
	}
	return access.JSON(w, http.StatusAccepted, map[string]string{"state": "taken"})
}
