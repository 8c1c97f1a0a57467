package gateway

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"kept/internal/gateway/csp"
	"kept/internal/gateway/markup"
)

// gate decides for the page of one visit.
type gate struct{ visit *visit }

var _ markup.Gate = (*gate)(nil)

// Admits implements markup.Gate.
func (g *gate) Admits(host string) bool {
	if host == "" || g.Home(host) {
		return host != ""
	}
	ok, _ := g.visit.admission.admits(host)
	return ok
}

// Home implements markup.Gate.
func (g *gate) Home(host string) bool { return host != "" && host == g.visit.host }

// Note implements markup.Gate.
func (g *gate) Note(h markup.Held) {
	_, service := g.visit.admission.admits(h.Host)
	g.visit.held = append(g.visit.held, Drift{Name: h.Host, Element: h.Element, Service: service})
}

// Policy implements markup.Gate.
func (g *gate) Policy(content string) string {
	before, site := csp.ReadMeta(content).Fields(), csp.ReadMeta(content)
	site.AllowKept(g.visit.host, g.visit.nonce)
	if slices.Equal(before, site.Fields()) {
		return content
	}
	return strings.Join(site.Fields(), "")
}

// formID names the form that the buttons of stand-ins belong to. It stands at
// the beginning of the body: a form where the stand-in is would end a paragraph.
const formID = "kept-choice"

// snippet returns what Kept adds to a page.
func (v *visit) snippet(language string) (head, body string) {
	var s Snippet
	if v.gateway.Snippet != nil {
		s = v.gateway.Snippet(Page{Language: v.speak(language), Path: v.path(), State: v.state})
	}
	if v.nonce != "" {
		s.Head = strings.ReplaceAll(s.Head, "<script ", `<script nonce="`+html.EscapeString(v.nonce)+`" `)
	}
	return ascii(s.Head), v.form(v.speak(language)) + ascii(s.Body)
}

func (v *visit) form(lang string) string {
	if !v.admission.asks {
		return ""
	}
	return `<form id="` + formID + `" method="post" action="/privacy/choice" hidden><input type="hidden" name="source" value="placeholder">` +
		`<input type="hidden" name="notice" value="` + html.EscapeString(v.gateway.Notice(lang)) + `"><input type="hidden" name="lang" value="` + lang + `">` +
		`<input type="hidden" name="back" value="` + ascii(html.EscapeString(v.path())) + `"></form>`
}

// speak returns the language of the page if Kept speaks it, else the visitor's.
func (v *visit) speak(page string) string {
	base, _, _ := strings.Cut(strings.ToLower(page), "-")
	if slices.Contains(v.admission.languages, base) {
		return base
	}
	return v.language
}

// ascii writes other characters as references: pages come in many encodings.
func ascii(markup string) string {
	if isASCII(markup) {
		return markup
	}
	var b strings.Builder
	b.Grow(len(markup) + len(markup)/8)
	for _, c := range markup {
		if c < 0x80 {
			b.WriteByte(byte(c))
		} else {
			b.WriteString("&#" + strconv.Itoa(int(c)) + ";")
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
