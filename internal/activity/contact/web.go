package contact

import (
	"embed"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// Path is where the kind's pages lie.
const Path = access.Prefix + "/contact"

// section is where the kind's words stand.
const section = "contact"

// A message may come with files, and slowly. All of it is held in memory: nothing
// that is not sealed touches a disk.
const (
	maxBody  = largestFiles + largestFiles/2 // JSON makes files longer by a third
	patience = 3 * time.Minute
)

//go:embed templates
var sourcesOfPages embed.FS

var pages = page.Parse(sourcesOfPages, "templates")

//go:embed assets/contact.js
var scriptSource []byte

// script is what the form's page runs.
func script(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=3600")
	w.Write(scriptSource) //nolint:errcheck // a reader who left needs no answer
	return nil
}

// input is a question as the page draws it.
type input struct {
	question
	Label, Value, Wrong string
	Required            bool
}

type formPage struct {
	page.Base
	About     string
	Action    string
	Token     string // empty: the form of another site, which fetches none
	Bits      int
	Inputs    []input
	Files     bool
	FilesHint string
	Notice    string
}

// form shows the form.
func (c *Correspondence) form(w http.ResponseWriter, r *http.Request) error {
	a, err := c.entry(r.PathValue("entry"))
	if err != nil {
		return err
	}
	return c.showForm(w, r, c.formPage(r, a, page.Form{}))
}

func (c *Correspondence) showForm(w http.ResponseWriter, r *http.Request, d formPage) error {
	return pages.Show(c.env.Site, w, r, "form", d)
}

// formPage is the form of an entry with what was typed into it, and a token of
// its own.
func (c *Correspondence) formPage(r *http.Request, a *policy.Activity, typed page.Form) formPage {
	d := formPage{Base: c.env.Site.Open(r, section), Token: c.newToken(a.Key), Bits: workBits, Files: a.Has(fieldAttachments)}
	d.Title, d.About, d.Script = d.T("title"), d.T("about", c.env.Policy().Controller.Name), Path+"/work.js"
	if len(c.entries()) > 1 {
		d.Title = titleOf(a, d.Lang)
	}
	d.Action, d.Notice = d.To(Path+"/"+a.Key), d.To(access.Prefix)
	d.FilesHint = d.T("files.hint", mostFiles, i18n.Bytes(largestFile, d.Lang), i18n.Bytes(largestFiles, d.Lang))
	d.Form = typed
	for _, q := range asked(a) {
		in := input{question: q, Label: d.T("field." + q.Name), Value: typed.Value(q.Name), Wrong: typed.Wrong(q.Name), Required: needs(a, q.Field)}
		if !in.Required {
			in.Label += " " + d.T("optional")
		}
		d.Inputs = append(d.Inputs, in)
	}
	return d
}

// titleOf is what people call an entry.
func titleOf(a *policy.Activity, lang string) string {
	if t := a.Title.In(lang); t != "" {
		return t
	}
	return kind().Title.In(lang)
}

// send takes what was entered.
func (c *Correspondence) send(w http.ResponseWriter, r *http.Request) error {
	a, err := c.admit(r)
	if err != nil {
		return err
	}
	typed, uploads, err := page.Upload(r, "files", maxBody, mostFiles)
	if err != nil {
		return err
	}
	var files []File
	for _, u := range uploads {
		files = append(files, File(u))
	}
	s := sent{typed.Value("token"), typed.Value("website"), typed.Value("work")}
	number, held := c.guard(a.Key, s)
	e := Entered{Files: files, Source: ByPage}
	for _, q := range questions {
		*q.value(&e) = typed.Value(q.Name)
	}
	e.only(a)
	wrong := e.wrong(a)
	if held == "" && len(wrong) == 0 && !c.paced(r, s) {
		held = heldPace
	}
	lang := c.env.Site.Open(r, section).Lang
	for field, word := range wrong {
		typed.Refuse(field, i18n.T(lang, section+"."+word))
	}
	if held != "" || len(wrong) > 0 {
		return c.again(w, r, a, typed, held)
	}
	e.Language, e.Quiet = lang, c.crowded(r.Context(), a, e.Email)
	if err := c.Take(r.Context(), a, e, number); err != nil {
		return err
	}
	if e.Quiet {
		return c.say(w, r, "sent.crowd", http.StatusOK)
	}
	return c.say(w, r, "sent", http.StatusOK)
}

// again shows the form once more, with all that was typed: nobody loses a message
// to a guard that took them for a machine.
func (c *Correspondence) again(w http.ResponseWriter, r *http.Request, a *policy.Activity, typed page.Form, held Cause) error {
	d := c.formPage(r, a, typed)
	d.Status = http.StatusBadRequest
	if held != heldForm { // it is good for the next try, and older then
		d.Token = typed.Value("token")
	}
	switch {
	case held == heldPace:
		d.Status = http.StatusTooManyRequests
		fallthrough
	case held != "":
		c.holdOff(r.Context(), a.Key, held)
		d.Says = d.T("held." + string(held))
	default:
		d.Says = d.T("wrong")
	}
	if d.Files {
		d.Says += " " + d.T("files.again")
	}
	return c.showForm(w, r, d)
}

// admit returns the entry that a message is for. It refuses other sites' requests
// and too many of one network, before anything of them is read.
func (c *Correspondence) admit(r *http.Request) (*policy.Activity, error) {
	if err := c.door.Known(r); err != nil {
		return nil, err
	}
	a, err := c.entry(r.PathValue("entry"))
	if err != nil {
		return nil, err
	}
	if !c.door.Room(r) {
		c.holdOff(r.Context(), a.Key, heldPace)
		return nil, fault.New(fault.TooMany, "too many messages came from your network; try again in ten minutes")
	}
	return a, nil
}

type sayPage struct {
	page.Base
	Text string
}

// say shows a page with one text: what was done.
func (c *Correspondence) say(w http.ResponseWriter, r *http.Request, what string, status int) error {
	d := sayPage{Base: c.env.Site.Open(r, section)}
	d.Title, d.Text, d.Status = d.T(what+".title"), d.T(what), status
	return pages.Show(c.env.Site, w, r, "say", d)
}

type endPage struct {
	page.Base
	Action string
}

// askEnd shows what the link in our mails is for; only the button ends, since mail
// programs open links by themselves. The page is the same for whoever has no such
// link: it tells nothing.
func (c *Correspondence) askEnd(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.entry(r.PathValue("entry")); err != nil {
		return err
	}
	d := endPage{Base: c.env.Site.Open(r, section)}
	d.Title, d.Action = d.T("end.title"), d.To(r.URL.Path)
	return pages.Show(c.env.Site, w, r, "end", d)
}

func (c *Correspondence) doEnd(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.entry(r.PathValue("entry")); err != nil {
		return err
	}
	if r.PostFormValue("do") == "" {
		return fault.New(fault.Invalid, "nobody pressed the button: open the link and press it there")
	}
	if err := c.EndByLink(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return c.say(w, r, "ended", http.StatusOK)
}
