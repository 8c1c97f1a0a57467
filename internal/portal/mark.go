package portal

import (
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// markField is the value in a form's address that says for whom the form was shown.
const markField = "for"

// posting is the tag of a form that changes something, and the address it is sent to at
// this door. What people typed never holds one: the pages escape it.
var posting = regexp.MustCompile(`(<form\b[^>]*\bmethod="post"[^>]*\baction=")(/[^"]*)(")`)

// marked is a page whose forms say for whom they were shown. It is done to the page and
// not by it, so no form can be without.
func marked(body template.HTML, of string) template.HTML {
	if of == "" {
		return body
	}
	value := url.Values{markField: {of}}.Encode()
	return template.HTML(posting.ReplaceAllStringFunc(string(body), func(tag string) string { //nolint:gosec // what was escaped stays as it is
		part := posting.FindStringSubmatch(tag)
		sign := "?"
		if strings.Contains(part[2], "?") {
			sign = "&amp;"
		}
		return part[1] + part[2] + sign + value + part[3]
	}))
}

// stale reports whether a form was shown to somebody else than who sends it, or for
// another customer than the one for whom they act now: another tab has signed in or
// switched since.
func (p *Portal) stale(r *http.Request) bool {
	of := r.URL.Query().Get(markField)
	if of == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	who, err := p.visitor(r)
	return err == nil && who.For != "" && who.For != of
}
