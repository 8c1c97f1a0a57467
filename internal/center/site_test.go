package center_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"kept/internal/store/event"
)

// strict is the policy of a site that allows nothing but its own files: the
// banner has to live under it.
const strict = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; " +
	"base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// agencyPage is the site: one page, long enough to scroll, with the snippet
// where the gateway puts it.
func (b *bench) agencyPage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/site.css" {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, siteStyle)
		return
	}
	lang := r.FormValue("l")
	if lang == "" {
		lang = "de"
	}
	s := b.Snippet(lang, b.consent.State(r), r.URL.RequestURI())
	w.Header().Set("Content-Security-Policy", strict)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Musteragentur</title><link rel="stylesheet" href="/site.css">%s</head><body>
<h1>Gestaltung, die bleibt</h1>
<p><a id="first" href="/leistungen">Leistungen</a> <a href="/mappe.pdf">Mappe</a> <a href="https://other.example/x?secret=1">anderswo</a></p>
%s<video src="/film.mp4" title="Film"></video>
<p id="last">Ende</p>%s</body></html>`, lang, s.Head, paragraphs, s.Body)
}

const paragraphs = `<p>Wir gestalten Bücher, Plakate und Websites für Häuser, die lange halten sollen. Unsere Werkstatt liegt im Hof, hinter der Linde.</p>
<p>Ein gutes Schriftbild ist leise. Es trägt, ohne sich zu zeigen, und es bleibt, wenn die Mode gegangen ist.</p>
<p>Kommen Sie vorbei. Der Kaffee ist gut, die Andruckmaschine läuft, und wir haben Zeit.</p>
<div class="tall"></div>
`

// siteStyle is as rude to strangers as styles of real sites are.
const siteStyle = `
* { margin: 0; letter-spacing: 0.02em }
body { font: 18px/1.6 Georgia, serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
p { margin: 1rem 0 } .tall { height: 1200px; background: linear-gradient(#eee, #ccc) }
button { border-radius: 99px; text-transform: uppercase; background: hotpink; font-size: 9px }
section { border: 9px solid red; width: 50% } a { color: green } form { background: yellow } h2 { font-size: 4rem }
input[type=checkbox] { display: none }
`

// sent is an event as the browser sends it.
type sent struct {
	ID string `json:"id"`
	T  string `json:"t"`
	U  string `json:"u"`
	R  string `json:"r,omitempty"`
	X  string `json:"x,omitempty"`
	C  string `json:"c,omitempty"`
	L  string `json:"l,omitempty"`
	W  int    `json:"w,omitempty"`
	H  int    `json:"h,omitempty"`
}

// overhear notes what the collector's route is sent.
func (b *bench) overhear(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	must(b.t, err)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var m struct {
		V      int
		Events []sent
	}
	if err := json.Unmarshal(body, &m); err != nil || m.V != 1 {
		b.t.Errorf("the collector was sent %q", body)
	}
	b.events <- m.Events
}

// visit sends events as the script of a page does.
func (br *browser) visit(events ...sent) answer {
	br.t.Helper()
	for i := range events {
		events[i].ID = strconv.FormatInt(event.NewID(br.clock.Now()), 10)
	}
	body, err := json.Marshal(map[string]any{"v": 1, "events": events})
	must(br.t, err)
	r, err := http.NewRequest(http.MethodPost, br.server.URL+"/privacy/events", bytes.NewReader(body))
	must(br.t, err)
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	return br.do(r)
}

func serveAt(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}
