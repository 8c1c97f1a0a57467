package rights

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/policy/period"
	"kept/internal/policy/taxonomy"
)

//go:embed copy.html
var pageText string

//go:embed copy.css
var style string

// page is the template of a copy. Everything in it that came from outside is
// escaped by html/template; the policy in its head runs no script and loads
// nothing, even if something were not.
var page = template.Must(template.New("copy").Parse(pageText))

// view is what the template shows.
type view struct {
	Lang   string
	Policy string
	Style  template.CSS
	Words  map[string]string
	Copy   Copy
	Made   string
	Cover

	Activity Activity
	Table    Table
	More     string
}

// HTML writes the copy for people, one page that stands alone.
func (c Copy) HTML(w io.Writer, lang string) error {
	p := NewPage(w, lang, c, Cover{})
	for _, a := range c.Activities {
		for _, t := range a.Tables {
			p.Table(a, t, "")
		}
	}
	return p.End()
}

// Cover is what a page says before the data, where it is part of a package.
type Cover struct {
	Letter []string // paragraphs
	Files  []File   // what else there is
}

// File is a file beside the page.
type File struct{ Name, About string }

// Page writes a copy for people piece by piece.
type Page struct {
	w    io.Writer
	view view
	open bool // a section is open
	err  error
}

// NewPage begins a page: head says whose copy it is, without activities.
func NewPage(w io.Writer, lang string, head Copy, cover Cover) *Page {
	if _, ok := wording[lang]; !ok {
		lang = "en"
	}
	sum := sha256.Sum256([]byte(style))
	p := &Page{w: w, view: view{
		Lang: lang, Words: wording[lang], Copy: head, Cover: cover, Style: template.CSS(style), Made: i18n.DateTimeIn(head.Made, head.zone(), lang),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	}}
	p.write("head")
	return p
}

// Table writes rows of a table, under the title of its activity if that is
// another one than before; more says where the rest is.
func (p *Page) Table(a Activity, t Table, more string) {
	if !p.open || p.view.Activity.Key != a.Key {
		p.close()
		p.view.Activity, p.open = a, true
		p.write("activity")
	}
	p.view.Table, p.view.More = t, more
	p.write("table")
}

// End ends the page and returns the first error of all.
func (p *Page) End() error {
	p.close()
	p.write("foot")
	if p.err != nil {
		return fmt.Errorf("write a copy: %w", p.err)
	}
	return nil
}

func (p *Page) close() {
	if p.open && p.err == nil {
		_, p.err = io.WriteString(p.w, "</section>\n")
	}
	p.open = false
}

func (p *Page) write(part string) {
	if p.err == nil {
		p.err = page.ExecuteTemplate(p.w, part, p.view)
	}
}

// Title is what an activity is called in the page's language.
func (v view) Title(w Words, otherwise string) string {
	if s := w.In(v.Lang); s != "" {
		return s
	}
	return otherwise
}

// Day writes a day.
func (v view) Day(t time.Time) string { return i18n.DateIn(t, v.Copy.zone(), v.Lang) }

// Rows says how many rows a table has.
func (v view) Rows(t Table) string {
	n := max(int64(len(t.Rows)), t.Total)
	if n == 1 {
		return v.Words["row"]
	}
	return i18n.Number(n, v.Lang) + " " + v.Words["rows"]
}

// Word is a word of the language of policies as people read it.
func (v view) Word(name string) string {
	if s, ok := v.Words["is "+name]; ok {
		return s
	}
	return strings.ReplaceAll(name, "_", " ")
}

// Named is what an activity's kind calls a field, a set or a moment.
func (v view) Named(a Activity, name string) string {
	if s := a.names[name].In(v.Lang); s != "" {
		return s
	}
	return v.Word(name)
}

// Purpose is a fideslang data use as people read it.
func (v view) Purpose(key string) string {
	if use, ok := taxonomy.Use(key); ok {
		return use.In(v.Lang)
	}
	return key
}

// Kept says how long something is kept, and from which moment on.
func (v view) Kept(a Activity, p Period) string {
	length, from := p.Keep, v.Words["from"]
	if parsed, err := period.Parse(p.Keep); err == nil {
		if length = parsed.In(v.Lang); parsed.IsZero() {
			length, from = v.Words["no time"], v.Words["at"]
		}
	}
	return fmt.Sprintf("%s (%s: %s)", length, from, v.Named(a, p.From))
}

// Which says what a period is about: its fields, or what no other period names.
func (v view) Which(a Activity, p Period) string {
	switch {
	case len(p.Data) > 0:
		return v.List(a, p.Data)
	case slices.ContainsFunc(a.Periods, func(x Period) bool { return len(x.Data) > 0 }):
		return v.Words["all"]
	}
	return v.Words["everything"]
}

// List joins names of fields.
func (v view) List(a Activity, names []string) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = v.Named(a, n)
	}
	return i18n.List(words, v.Lang)
}

// Read sets a table for the page. A page that stands alone leads nowhere.
func (v view) Read(t Table) Reading { return Reader{Lang: v.Lang}.Read(t) }
