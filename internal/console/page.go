package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/duty/audit"
	"kept/internal/duty/notice"
	"kept/internal/duty/retain"
	"kept/internal/i18n"
	keptpage "kept/internal/page"
)

//go:embed templates assets
var sources embed.FS

// templates holds a set for each page: the page's own file and the frame, read when
// the page is first shown.
var templates = func() map[string]func() *template.Template {
	set := map[string]func() *template.Template{}
	names, err := sources.ReadDir("templates")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	for _, file := range names {
		name := strings.TrimSuffix(file.Name(), ".gohtml")
		if name == "frame" || name == "parts" {
			continue
		}
		set[name] = sync.OnceValue(func() *template.Template {
			return template.Must(template.New(name).Funcs(functions).
				ParseFS(sources, "templates/frame.gohtml", "templates/parts.gohtml", "templates/"+file.Name()))
		})
	}
	return set
}()

// functions are what the templates can call beside a page's own methods.
var functions = template.FuncMap{
	"inc": func(i int) int { return i + 1 },
	// says hands a verdict with its word to the template "verdict".
	"says": func(p framed, v audit.Verdict) verdict {
		key := strings.ReplaceAll(string(v), " ", "-")
		return verdict{V: string(v), Says: p.frame().T("verdict." + key)}
	},
	// verdicts hands the verdicts of the nine to the template "guarantees".
	"verdicts": func(p framed, v []audit.Verdict) verdicts { return verdicts{Page: p.frame(), Verdicts: v} },
	// list hands numbers under names to the template "named".
	"list": func(p framed, l []Named) named { return named{Page: p.frame(), List: l} },
	// at hands one rule of a plan to the template "rule".
	"at": func(p framed, i retain.Item) ruleAt { return ruleAt{Page: p.frame(), Item: i} },
}

type verdict struct{ V, Says string }

type verdicts struct {
	Page     *page
	Verdicts []audit.Verdict
}

type ruleAt struct {
	Page *page
	Item retain.Item
}

type named struct {
	Page *page
	List []Named
}

// page is what every page of the console has.
type page struct {
	Lang     string
	Title    string
	Here     string // the page of the navigation that this one belongs to
	path     string // of this page
	Explicit bool   // the language came by ?lang=, so links carry it on
	Operator string
	Email    string           // of who is signed in, empty before
	Password bool             // who is signed in has one
	Says     string           // a sentence above the page: what was done, or what was wrong
	Entries  []keptpage.Entry // of the kinds of activity, in the navigation
	zone     *time.Location   // the controller's, in which days and times are told
	called   called
	role     access.Role // of who is signed in
	status   int
	frames   bool // documents of this door stand in it
}

// T returns the console's words called key.
func (p *page) T(key string, args ...any) string { return i18n.T(p.Lang, "console."+key, args...) }

// May reports whether who is signed in holds a right: what a page does not let
// somebody do, it does not offer.
func (p *page) May(right string) bool { return p.role.May(access.Right(right)) }

// Word returns the words called key of any room.
func (p *page) Word(key string) string { return i18n.T(p.Lang, key) }

// Count returns the console's words for a number of things.
func (p *page) Count(key string, n int) string { return i18n.Count(p.Lang, "console."+key, int64(n)) }

// Held says how many rows are held.
func (p *page) Held(n int64) string { return i18n.Count(p.Lang, "console.held.rows", n) }

// Number, Date, DateTime and Bytes write values as the page's language does.
func (p *page) Number(n int64) string { return i18n.Number(n, p.Lang) }

// Date writes a day, a dash for none.
func (p *page) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return i18n.DateIn(t, p.zone, p.Lang)
}

// DateTime writes a moment, a dash for none.
func (p *page) DateTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return i18n.DateTimeIn(t, p.zone, p.Lang)
}

// Bytes writes a size.
func (p *page) Bytes(n int64) string { return i18n.Bytes(n, p.Lang) }

// Minutes writes a short time as minutes and seconds.
func (p *page) Minutes(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d min", seconds/60, seconds%60)
}

// To returns the address of another page in the same language.
func (p *page) To(path string) string {
	if !p.Explicit {
		return path
	}
	return path + "?lang=" + p.Lang
}

// Filtered returns the address of this page for what has a value.
func (p *page) Filtered(name, value string) string {
	q := url.Values{}
	if value != "" {
		q.Set(name, value)
	}
	if p.Explicit {
		q.Set("lang", p.Lang)
	}
	return (&url.URL{Path: p.path, RawQuery: q.Encode()}).String()
}

// Other returns the language that the page is not in.
func (p *page) Other() string {
	if p.Lang == i18n.German {
		return i18n.English
	}
	return i18n.German
}

// Turned returns the address of this page in the other language.
func (p *page) Turned() string { return p.path + "?" + url.Values{"lang": {p.Other()}}.Encode() }

func (c *Console) open(r *http.Request, title string) *page {
	p := c.begun(r)
	p.Title = p.T(title)
	return p
}

// begun is a page that has no title yet.
func (c *Console) begun(r *http.Request) *page {
	wanted := r.URL.Query().Get("lang")
	offered := []string{i18n.German, i18n.English}
	p := &page{Lang: i18n.Match(r.Header.Get("Accept-Language"), offered), Here: r.URL.Path, path: r.URL.Path, Operator: c.Policy().Controller.Name, zone: c.Policy().Zone()}
	if wanted == i18n.German || wanted == i18n.English {
		p.Lang, p.Explicit = wanted, true
	}
	p.called = called{policy: c.Policy(), rooms: c.Manifests, names: notice.NewNames(c.Policy(), p.Lang)}
	// A session that cannot be read shows as nobody: the guard has refused before
	// wherever a session is needed.
	if who, err := c.who(r); err == nil {
		p.Email, p.Password, p.role = who.Email, who.HasPassword, who.Role
	}
	if c.Entries != nil {
		p.Entries = c.Entries(p.role)
	}
	return p
}

// framed is any page struct that embeds *page: by reference, since each of these would
// else carry a copy of every method that copies all of it.
type framed interface{ frame() *page }

func (p *page) frame() *page { return p }

// show writes the page called name. Nothing is sent if the template fails.
func (c *Console) show(w http.ResponseWriter, _ *http.Request, name string, data framed) error {
	var b bytes.Buffer
	if err := templates[name]().ExecuteTemplate(&b, "frame", data); err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	h := w.Header()
	access.Protect(h)
	if data.frame().frames {
		access.Framing(h)
	}
	access.Personal(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", data.frame().Lang)
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if status := data.frame().status; status != 0 {
		w.WriteHeader(status)
	}
	// An error here means that the reader has gone.
	_, _ = b.WriteTo(w)
	return nil
}

type messagePage struct {
	*page
	Text string
}

// Deny answers a refused request (access.Deny): who is not signed in is led to
// the sign-in, everybody else reads what went wrong.
func (c *Console) Deny(w http.ResponseWriter, r *http.Request, status int, message string) {
	if who, err := c.who(r); err == nil && who.Role == access.Nobody && status == http.StatusForbidden && r.Method == http.MethodGet {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	p := c.open(r, "message.title")
	p.status = status
	said, ok := i18n.Fault(p.Lang, message)
	switch {
	case message == "":
		message = p.T("message.broken")
	case message == http.StatusText(http.StatusNotFound):
		message = p.T("message.nothing")
	case ok:
		message = said
	default:
		message = i18n.Whole(message) // English, rather than nothing
	}
	if err := c.show(w, r, "message", messagePage{page: p, Text: message}); err != nil {
		http.Error(w, http.StatusText(status), status)
	}
}

// style serves the one stylesheet.
func (c *Console) style(w http.ResponseWriter, r *http.Request) error {
	b, err := sources.ReadFile("assets/console.css")
	if err != nil {
		return fmt.Errorf("read the stylesheet: %w", err)
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b)
	return nil
}
