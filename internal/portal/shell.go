package portal

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/access"
	"kept/internal/i18n"
	"kept/internal/page"
)

var frame = template.Must(template.ParseFS(sources, "templates/frame.gohtml"))

// framed is a page with what stands around it.
type framed struct {
	page.Base
	Operator string
	Site     string // the privacy notice on the operator's site, empty if nobody knows its address
	Visitor
	Entries []page.Entry
	Asked   Asked
	Use     string // the function of the application that the page is
	Body    template.HTML
	path    string
}

// W returns the words of the frame.
func (f framed) W(key string) string { return i18n.T(f.Lang, "portal."+key) }

// Word returns the words called key of any room.
func (f framed) Word(key string) string { return i18n.T(f.Lang, key) }

// Other is the language that the page is not in.
func (f framed) Other() string {
	if f.Lang == i18n.German {
		return i18n.English
	}
	return i18n.German
}

// Turned returns the address of this page in the other language.
func (f framed) Turned() string { return f.path + "?" + url.Values{"lang": {f.Other()}}.Encode() }

// Open implements page.Shell.
func (p *Portal) Open(r *http.Request, section string) page.Base {
	b := page.Base{Here: r.URL.Path, Zone: p.Policy().Zone(), Section: section, Carry: url.Values{}}
	b.Lang = i18n.Match(r.Header.Get("Accept-Language"), []string{i18n.German, i18n.English})
	if wanted := r.URL.Query().Get("lang"); wanted == i18n.German || wanted == i18n.English {
		b.Lang = wanted
		b.Carry.Set("lang", wanted)
	}
	if who, err := p.visitor(r); err == nil {
		b.Role = who.Role
		if p.Entries != nil && who.Role != access.Nobody {
			b.Entries = p.Entries(who.Role)
		}
	}
	return b
}

// Show implements page.Shell.
func (p *Portal) Show(w http.ResponseWriter, r *http.Request, b page.Base, body template.HTML) error {
	f := framed{Base: b, Operator: p.Policy().Controller.Name, Site: p.Policy().Controller.URL, Body: body, path: r.URL.Path}
	// A session that cannot be read shows as nobody: the guard has refused before
	// wherever a session is needed.
	if who, err := p.visitor(r); err == nil && who.Role != access.Nobody {
		f.Visitor = who
		if p.Entries != nil {
			f.Entries = p.Entries(who.Role)
		}
		f.Body = marked(body, who.For)
	}
	if p.Ask != nil {
		f.Asked = p.Ask(w, r, b.Lang)
	}
	if b.Status < http.StatusBadRequest {
		f.Use = function(r.Pattern)
	}
	var text bytes.Buffer
	if err := frame.ExecuteTemplate(&text, "frame", f); err != nil {
		return fmt.Errorf("show a page of the portal: %w", err)
	}
	h := w.Header()
	access.Protect(h)
	switch {
	case f.Asked.Body != "":
		access.Asking(h)
	case b.Script != "":
		access.Scripted(h)
	}
	access.Personal(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", b.Lang)
	if p.Secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if b.Status != 0 {
		w.WriteHeader(b.Status)
	}
	_, _ = text.WriteTo(w) // an error here means that the reader has gone
	return nil
}

// function names what of the application a route is, by the parts of its pattern that
// are the same for everybody: "sync-targets" for GET /sync/{id}/targets.
func function(pattern string) string {
	_, path, _ := strings.Cut(pattern, " ")
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && !strings.HasPrefix(part, "{") {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "overview"
	}
	return strings.Join(parts, "-")
}

// Deny answers a refused request (access.Deny): who is not signed in is led to the
// sign-in and from there back, everybody else reads in their language what is wrong.
func (p *Portal) Deny(w http.ResponseWriter, r *http.Request, status int, message string) {
	b := p.Open(r, "portal")
	who, err := p.visitor(r)
	if err == nil && who.Role == access.Nobody && status == http.StatusForbidden && r.Method == http.MethodGet {
		to := url.Values{}
		if b.Carry.Get("lang") != "" {
			to.Set("lang", b.Lang)
		}
		if r.URL.Path != "/" {
			to.Set("back", r.URL.Path)
		}
		w.Header().Set("Location", (&url.URL{Path: "/sign-in", RawQuery: to.Encode()}).String())
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	key := fmt.Sprintf("denied.%d", status)
	if !i18n.Has("portal." + key + ".title") {
		key = "denied.other"
	}
	b.Title, b.Status = b.T(key+".title"), status
	says := b.T(key + ".says")
	if said, ok := i18n.Fault(b.Lang, message); ok && status == http.StatusBadRequest {
		says = said
	}
	if err := p.Show(w, r, b, template.HTML("<p>"+template.HTMLEscapeString(says)+"</p>")); err != nil { //nolint:gosec // escaped
		http.Error(w, http.StatusText(status), status)
	}
}
