package center

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/i18n"
	keptpage "kept/internal/page"
)

//go:embed templates
var sources embed.FS

// templates holds a set for each page: the page's own file and the frame, read when
// the page is first shown.
var templates = func() map[string]func() *template.Template {
	set := map[string]func() *template.Template{}
	for _, name := range []string{"notice", "versions", "settings", "receipts", "me", "erase", "request", "withdrawn", "changed", "message", "kind"} {
		set[name] = sync.OnceValue(func() *template.Template {
			return template.Must(template.ParseFS(sources, "templates/frame.gohtml", "templates/"+name+".gohtml"))
		})
	}
	return set
}()

// page is what every page of the center has.
type page struct {
	Lang      string
	Title     string
	Here      string // the path of this page
	Explicit  bool   // the language came by ?lang=, so links carry it on
	Languages []string
	Back      string // where the person came from on the site
	Operator  string
	zone      *time.Location // the controller's, in which times are told
}

// Date writes a day.
func (p page) Date(t time.Time) string { return i18n.DateIn(t, p.zone, p.Lang) }

// DateTime writes a moment.
func (p page) DateTime(t time.Time) string { return i18n.DateTimeIn(t, p.zone, p.Lang) }

// T returns the center's words called key.
func (p page) T(key string, args ...any) string { return i18n.T(p.Lang, "center."+key, args...) }

// To returns the address of another page of the center that speaks the same
// language and leads back to the same place.
func (p page) To(path string) string { return p.in(path, p.Lang, p.Explicit) }

// In returns the address of this page in another language.
func (p page) In(lang string) string { return p.in(p.Here, lang, true) }

func (p page) in(path, lang string, explicit bool) string {
	q := url.Values{}
	if explicit {
		q.Set("lang", lang)
	}
	if p.Back != "/" {
		q.Set("back", p.Back)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Language names a language in itself.
func (p page) Language(lang string) string { return i18n.T(lang, "center.language") }

// open begins a page for r.
func (c *Center) open(r *http.Request, title string) (page, *edition) {
	e := c.edition()
	wanted := said(r, "lang")
	p := page{
		Lang: e.language(wanted, r.Header.Get("Accept-Language")), Here: r.URL.Path, Languages: e.languages,
		Back: keptpage.LocalPath(said(r, "back")), Operator: e.policy.Controller.Name, zone: e.policy.Zone(),
	}
	p.Explicit = p.Lang == wanted
	if title != "" {
		p.Title = p.T(title)
	}
	return p, e
}

// said returns what the address says, or a form that the handler has read. It
// reads no body: a page is opened for refusals too.
func said(r *http.Request, name string) string {
	if v := r.URL.Query().Get(name); v != "" {
		return v
	}
	return r.PostForm.Get(name)
}

// show writes the page called name. Nothing is sent if the template fails.
func show(w http.ResponseWriter, status int, name, lang string, data any) error {
	var b bytes.Buffer
	if err := templates[name]().ExecuteTemplate(&b, "frame", data); err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	access.Protect(w.Header())
	if s, ok := data.(scripted); ok && s.script() != "" {
		access.Scripted(w.Header())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	b.WriteTo(w) // a reader who left needs no answer
	return nil
}

// scripted is a page that may run a script of our own.
type scripted interface{ script() string }

// messagePage says one thing.
type messagePage struct {
	page
	Says string
}

// Deny answers a refused request below /privacy with a page in the person's
// language (access.Deny). message is the fault's own, in English, and is shown
// in their language where it tells what to correct.
func (c *Center) Deny(w http.ResponseWriter, r *http.Request, status int, message string) {
	p, _ := c.open(r, "")
	key := fmt.Sprintf("denied.%d", status)
	if !i18n.Has("center." + key + ".title") {
		key = "denied.other"
	}
	p.Title = p.T(key + ".title")
	says := p.T(key + ".says")
	if said, ok := i18n.Fault(p.Lang, message); ok && status == http.StatusBadRequest {
		says = said
	}
	access.Personal(w.Header())
	if err := show(w, status, "message", p.Lang, messagePage{page: p, Says: says}); err != nil {
		http.Error(w, http.StatusText(status), status)
	}
}
