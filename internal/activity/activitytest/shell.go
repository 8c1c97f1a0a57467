package activitytest

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"kept/internal/access"
	"kept/internal/i18n"
	"kept/internal/page"
)

// shell frames the pages of kinds with nothing but title and sentence; the
// frames of the doors are tested where they are.
type shell struct{}

// Open implements page.Shell.
func (shell) Open(r *http.Request, section string) page.Base {
	lang := i18n.Match(r.Header.Get("Accept-Language"), []string{i18n.German, i18n.English})
	return page.Base{Lang: lang, Here: r.URL.Path, Section: section, Carry: url.Values{}}
}

// Show implements page.Shell.
func (shell) Show(w http.ResponseWriter, _ *http.Request, b page.Base, body template.HTML) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if b.Status != 0 {
		w.WriteHeader(b.Status)
	}
	_, err := fmt.Fprintf(w, "<!doctype html><title>%s</title><main><h1>%s</h1><p>%s</p>%s</main>",
		template.HTMLEscapeString(b.Title), template.HTMLEscapeString(b.Title), template.HTMLEscapeString(b.Says), body)
	return err
}

// Person implements page.Desk.
func (shell) Person(*http.Request) (page.Person, error) {
	return owner, nil
}

// owner is who is signed in, and Colleague who works beside.
var (
	owner     = page.Person{ID: "0123456789abcdefghjkmnpqrs", Email: "owner@example.org"}
	Colleague = page.Person{ID: "zyxwvtsrqpnmkjhgfedcba9876", Email: "colleague@example.org"}
)

// Colleagues implements page.Desk.
func (shell) Colleagues(context.Context, access.Right) ([]page.Person, error) {
	return []page.Person{owner, Colleague}, nil
}
