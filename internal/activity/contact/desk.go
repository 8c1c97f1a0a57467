package contact

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/store"
)

// deskPath is where correspondence stands in the console.
const deskPath = "/contact"

func (c *Correspondence) deskRoutes() []access.Route {
	show := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: http.MethodGet, Pattern: deskPath + pattern, Right: access.Contact, Handle: h}
	}
	act := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: http.MethodPost, Pattern: deskPath + pattern, Right: access.Contact, MaxBody: 4 * longestLetter, Handle: h}
	}
	return []access.Route{
		show("", c.inbox),
		act("", c.search),
		show("/form", c.showForms),
		show("/{id}", c.conversation),
		show("/{id}/files/{file}", c.handOut),
		act("/{id}/answer", c.doAnswer),
		act("/{id}/note", c.doNote),
		act("/{id}/assign", c.doAssign),
		act("/{id}/conclude", c.doConclude),
	}
}

// line is a correspondence in a list.
type line struct {
	Conversation
	Ends time.Time
}

type inboxPage struct {
	page.Base
	Shelf    Shelf
	Shelves  []Shelf
	Lines    []line
	Searched bool
	Found    Found
}

func (c *Correspondence) inboxPage(r *http.Request) inboxPage {
	d := inboxPage{Base: c.env.Desk.Open(r, section), Shelves: []Shelf{Standing, Mine, Ended}, Shelf: Standing}
	d.Here, d.Title = deskPath, d.T("nav")
	return d
}

// On returns the address of a shelf.
func (p inboxPage) On(s Shelf) string {
	to := p.To(deskPath)
	separator := "?"
	if strings.Contains(to, "?") {
		separator = "&"
	}
	return to + separator + "shelf=" + string(s)
}

// mark is a word on how a correspondence stands.
type mark struct {
	Text   string
	Strong bool
}

// State says how a correspondence stands.
func (p inboxPage) State(l line) []mark { return stands(p.Base, l.Conversation, l.Ends) }

// State says how the correspondence stands.
func (p onePage) State() []mark { return stands(p.Base, p.Conversation, p.Ends) }

func stands(b page.Base, v Conversation, ends time.Time) (all []mark) {
	say := func(strong bool, key string, args ...any) {
		all = append(all, mark{b.T("state."+key, args...), strong})
	}
	switch {
	case !v.Requested.IsZero():
		say(true, "requested", b.Date(v.Requested))
	case !v.open():
		say(false, "concluded", b.Date(v.Concluded))
	case v.Waits:
		say(true, "waits")
	default:
		say(false, "answered")
	}
	if !ends.IsZero() {
		say(false, "ends", b.Date(ends))
	}
	return all
}

// inbox lists who wrote.
func (c *Correspondence) inbox(w http.ResponseWriter, r *http.Request) error {
	who, err := c.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := c.inboxPage(r)
	if s := Shelf(r.URL.Query().Get("shelf")); s == Mine || s == Ended {
		d.Shelf = s
	}
	found, err := c.Inbox(r.Context(), d.Shelf, who.ID)
	if err != nil {
		return err
	}
	d.Lines = c.lines(found)
	return pages.Show(c.env.Desk, w, r, "inbox", d)
}

func (c *Correspondence) lines(found []Conversation) []line {
	all := make([]line, len(found))
	for i, v := range found {
		all[i] = line{v, c.Ends(v)}
	}
	return all
}

// search looks for an address or for words. They come in the body, so that they
// stand in no log.
func (c *Correspondence) search(w http.ResponseWriter, r *http.Request) error {
	who, err := c.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := c.inboxPage(r)
	if d.Form, err = page.Read(r); err != nil {
		return err
	}
	d.Searched, d.Shelf = true, ""
	if d.Found, err = c.Search(r.Context(), d.Form.Value("search"), who.ID); err != nil {
		return err
	}
	d.Lines = c.lines(d.Found.Conversations)
	return pages.Show(c.env.Desk, w, r, "inbox", d)
}

type onePage struct {
	page.Base
	View
	Mine       bool
	By         string        // address of the colleague who deals with it; empty: nobody, or somebody who left
	Others     []page.Person // to whom it can be handed
	Answerable bool
	Once       string // names the answer that is written here
}

// Bytes writes a size.
func (p onePage) Bytes(n int64) string { return i18n.Bytes(n, p.Lang) }

// At says when a message was written, if that is kept.
func (p onePage) At(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.DateTime(t)
}

func (c *Correspondence) conversation(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, page.Form{}, "")
}

// show shows one conversation, with what was typed and is not done.
func (c *Correspondence) show(w http.ResponseWriter, r *http.Request, typed page.Form, says string) error {
	who, err := c.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := onePage{Base: c.env.Desk.Open(r, section), Once: store.NewID()}
	d.Here, d.Form, d.Says = deskPath, typed, says
	if d.View, err = c.Look(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return err
	}
	d.Mine, d.Answerable = d.Assigned == who.ID, d.Email != ""
	colleagues, err := c.env.Desk.Colleagues(r.Context(), access.Contact)
	if err != nil {
		return err
	}
	for _, p := range colleagues {
		switch p.ID {
		case who.ID:
		case d.Assigned:
			d.By = p.Email
		default:
			d.Others = append(d.Others, p)
		}
	}
	if d.Title = d.Person.Title; d.Title == "" {
		d.Title = d.T("one.title")
	}
	if typed.Refused() {
		d.Status = http.StatusBadRequest
	}
	return pages.Show(c.env.Desk, w, r, "one", d)
}

// handOut gives out a file: to be saved, never to be shown. Whatever it is, the
// browser takes it for bytes, and would run nothing of it.
func (c *Correspondence) handOut(w http.ResponseWriter, r *http.Request) error {
	who, err := c.env.Desk.Person(r)
	if err != nil {
		return err
	}
	f, content, err := c.File(r.Context(), r.PathValue("id"), r.PathValue("file"), who.ID)
	if err != nil {
		return err
	}
	h := w.Header()
	access.Protect(h)
	access.Personal(h)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(f.Name)}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, err = w.Write(content)
	if err != nil {
		return fmt.Errorf("hand out a file: %w", err)
	}
	return nil
}

// foundForm is a form that people can write to us by.
type foundForm struct{ Title, Page, JSON, Embed string }

type formsPage struct {
	page.Base
	Forms   []foundForm
	Mailbox string
	Held    []heldLine
}

type heldLine struct {
	Cause Cause
	Times int64
}

// showForms says where people write to us, how the form stands on another site,
// and how often it held something off.
func (c *Correspondence) showForms(w http.ResponseWriter, r *http.Request) error {
	d := formsPage{Base: c.env.Desk.Open(r, section), Mailbox: c.env.Mail.AddressOf(mailbox).Mail}
	d.Here, d.Title = deskPath, d.T("forms.title")
	for _, a := range c.entries() {
		form := c.elsewhere(c.formPage(r, a, page.Form{}), a)
		html, err := fragment(form)
		if err != nil {
			return err
		}
		d.Forms = append(d.Forms, foundForm{titleOf(a, d.Lang), c.env.Mail.Link(Path + "/" + a.Key), c.env.Mail.Link(Path + "/" + a.Key + "/form.json"), string(html)})
	}
	held, err := c.HeldOff(r.Context(), c.env.Clock.Now().AddDate(0, 0, -30))
	if err != nil {
		return err
	}
	for _, cause := range []Cause{heldForm, heldTime, heldTrap, heldPace} {
		if held[cause] > 0 {
			d.Held = append(d.Held, heldLine{cause, held[cause]})
		}
	}
	return pages.Show(c.env.Desk, w, r, "forms", d)
}
