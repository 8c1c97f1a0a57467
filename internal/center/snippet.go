package center

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/i18n"
	keptpage "kept/internal/page"
)

// Snippet is what a page of the site carries so that its visitor is asked, can
// change their mind, and is counted where they agreed. Both parts are HTML as
// it stands.
type Snippet struct {
	Head string // anywhere in <head>
	Body string // directly after the <body> tag; at the end of a page that has none
}

// head needs no inline style or script, so a strict policy of the site holds.
const head = `<link rel="stylesheet" href="/privacy/kept.css"><script src="/privacy/kept.js" defer></script>`

// showing is what the pieces of a snippet depend on, beside the page's address
// and what is allowed.
type showing struct {
	lang       string
	asked      string // groups, in their order, with spaces between
	gpc, count bool
	use        bool // what is used of the application is told
}

// pieces is a rendered snippet, cut where the address and the allowed services
// go in.
type pieces [][]byte

// The cuts: an address in an attribute, an address in a query, service keys.
const (
	cutBack    = "kept-cut-back"
	cutQuery   = "kept-cut-query"
	cutAllowed = "kept-cut-allowed"
)

// Snippet returns the snippet for a page at path (with its query) in lang whose
// visitor decided as st says. It touches no database and is cheap: pages are
// rewritten while they stream.
func (c *Center) Snippet(lang string, st consent.State, path string) Snippet {
	return c.snippet(lang, st, path, true)
}

// SnippetOfApplication is Snippet for a page of the application itself: what is used is
// told there, and no visit of the site is counted.
func (c *Center) SnippetOfApplication(lang string, st consent.State, path string) Snippet {
	return c.snippet(lang, st, path, false)
}

func (c *Center) snippet(lang string, st consent.State, path string, site bool) Snippet {
	e := c.edition()
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	s := showing{lang: e.language(base, ""), gpc: st.GPC, count: site && e.counts(collector, st), use: e.counts(application, st)}
	if !st.Known {
		s.asked = strings.Join(st.Open, " ")
	}
	made, ok := e.pieces.Load(s)
	if !ok {
		made, _ = e.pieces.LoadOrStore(s, e.render(c, s))
	}
	path = keptpage.LocalPath(path)
	fill := map[string]string{
		cutBack: html.EscapeString(path), cutQuery: url.QueryEscape(path), cutAllowed: html.EscapeString(strings.Join(allowed(e.policy, st), " ")),
	}
	var b strings.Builder
	for _, piece := range made.(pieces) {
		if with, cut := fill[string(piece)]; cut {
			b.WriteString(with)
		} else {
			b.Write(piece)
		}
	}
	return Snippet{Head: head, Body: b.String()}
}

// counts reports whether st lets an activity of a kind count this visit.
func (e *edition) counts(kind string, st consent.State) bool {
	for _, a := range e.policy.OfKind(kind) {
		if st.AllowsGroup(a.Group) {
			return true
		}
	}
	return false
}

// collector is the kind whose events kept.js sends, with its settings that name
// the parameters of an address which hold a site search and a campaign.
// The kind application is told what of an application is used.
const (
	collector     = "analytics"
	application   = "app-usage"
	searchNames   = "search_parameters"
	campaignNames = "campaign_parameters"
)

// bannerPage is what the banner's template shows.
type bannerPage struct {
	Lang, NoticeHash       string
	Back, Query, Allowed   string
	Ask, Count, Use        bool
	Signalled              string // groups that the browser's signal refuses
	Search, Campaign       string
	Offer                  offer
	GroupTitles, Providers string
}

// T returns the banner's words called key.
func (b bannerPage) T(key string, args ...any) string { return i18n.T(b.Lang, "banner."+key, args...) }

var bannerTemplate = template.Must(template.ParseFS(sources, "templates/banner.gohtml"))

// render makes the pieces. A banner asks for what has no answer yet, so none of
// its boxes is ticked; what was decided before and stands is not asked again.
func (e *edition) render(c *Center, s showing) pieces {
	b := bannerPage{
		Lang: s.lang, NoticeHash: e.notices[s.lang].Hash, Back: cutBack, Query: cutQuery, Allowed: cutAllowed,
		Ask: s.asked != "", Signalled: e.signalled(s.lang, s.gpc), Count: s.count, Use: s.use,
	}
	b.Offer = offered(e.policy, s.lang, consent.State{}, strings.Fields(s.asked)...)
	var titles []string
	for _, g := range b.Offer.Groups {
		titles = append(titles, g.Title)
	}
	b.GroupTitles = i18n.List(titles, s.lang)
	if n := int64(len(b.Offer.Who)); n > 0 && len(b.Offer.Abroad) > 0 {
		b.Providers = i18n.Count(s.lang, "banner.abroad", n)
	} else if n > 0 {
		b.Providers = i18n.Count(s.lang, "banner.who", n)
	}
	for _, a := range e.policy.OfKind(collector) {
		b.Search = strings.Join(a.Settings.Strings(searchNames), " ")
		b.Campaign = strings.Join(a.Settings.Strings(campaignNames), " ")
	}
	var buf bytes.Buffer
	if err := bannerTemplate.Execute(&buf, b); err != nil {
		panic("center: banner: " + err.Error()) // typed data into an embedded template, written to memory
	}
	return cut(buf.Bytes())
}

func cut(b []byte) pieces {
	var made pieces
	for {
		at, which := len(b), ""
		for _, mark := range []string{cutBack, cutQuery, cutAllowed} {
			if i := bytes.Index(b, []byte(mark)); i >= 0 && i < at {
				at, which = i, mark
			}
		}
		made = append(made, b[:at])
		if which == "" {
			return made
		}
		made = append(made, []byte(which))
		b = b[at+len(which):]
	}
}

// banner serves the same piece to a page that another server delivers; only
// declared origins may read it.
func (c *Center) banner(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "")
	st := c.Consent.State(r)
	c.allowOrigin(w, r)
	access.Personal(w.Header())
	access.Protect(w.Header())
	if len(c.Origins) > 0 {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A reader who left needs no answer.
	w.Write([]byte("<!doctype html><title>Kept</title>" + c.Snippet(p.Lang, st, p.Back).Body + c.standIns(e, p.Lang, st)))
	return nil
}

// standIns are what such a page puts in the place of what it holds back, for
// each service that st does not allow.
func (c *Center) standIns(e *edition, lang string, st consent.State) string {
	if c.StandIn == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div id="kept-stand-ins" lang="%s" data-notice="%s" hidden>`, lang, html.EscapeString(e.notices[lang].Hash))
	for i := range e.policy.Services {
		if s := &e.policy.Services[i]; s.NeedsConsent() && !st.Allows(e.policy, s.Key) {
			fmt.Fprintf(&b, `<div data-kept-for="%s">%s</div>`, html.EscapeString(s.Key), c.StandIn(lang, s.Key))
		}
	}
	return b.String() + "</div>"
}
