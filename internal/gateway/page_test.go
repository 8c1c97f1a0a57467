package gateway

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const visited = `<!doctype html><html lang="de"><head><title>Ä</title>
<link rel="stylesheet" href="https://fonts.example/letter.css"><link rel="preconnect" href="https://fonts.example">
<script src="https://tag.example/t.js"></script><style>@font-face{src:url(https://fonts.example/a.woff2)}</style></head>
<body><p>Text & mehr, <a href="https://network.example/us">folgen Sie uns</a></p>
<iframe src="https://video.example/embed/1" width="560" height="315" title="Der Film"></iframe>
<iframe src="https://map.example/here" width="100%" height="300"></iframe>
<img src="https://seal.example/badge.png" alt="Siegel" width="120" height="80">
<form action="https://pay.example:8443/pay"></form></body></html>`

func TestPromise_MC18_LinksToNetworksStayPlainLinks(t *testing.T) {
	h := newHouse(t, site(visited))
	a := h.get("/", document)
	contains(t, a.body, `<a href="https://network.example/us">folgen Sie uns</a>`)
	lacks(t, a.Header.Get("Content-Security-Policy"), "network.example")
	if a.Header.Get("X-Dns-Prefetch-Control") != "off" {
		t.Error("browsers may resolve the host of a link before it is followed")
	}
}

func TestPromise_MC19_VideosAndMapsLoadOnlyWithConsent(t *testing.T) {
	h := newHouse(t, site(visited))
	before := h.get("/film?x=1&y", document)
	lacks(t, before.body, "video.example", "map.example")
	lacks(t, before.Header.Get("Content-Security-Policy"), "video.example", "map.example", "thumbs")
	contains(t, before.body,
		`Videos von Streams Ltd`, `Der Film`, `erh&#228;lt Streams Ltd Ihre IP-Adresse`, `Daten gelangen auch in diese L&#228;nder: Vereinigte Staaten`,
		`<button type="submit" form="kept-choice" name="once" value="video">Einmal laden</button>`,
		`<button type="submit" form="kept-choice" name="allow" value="map">Immer erlauben</button>`,
		`<svg class="kept-held-size" width="560" height="315" aria-hidden="true">`, `width="100%" height="300"`,
		`<form id="kept-choice" method="post" action="/privacy/choice" hidden>`, `name="back" value="/film?x=1&amp;y"`,
		`name="notice" value="text-de"`, `name="lang" value="de"`)
	after := h.get("/film", document, "Cookie: kept_choice=media")
	contains(t, after.body, `<iframe src="https://video.example/embed/1" width="560"`, `src="https://map.example/here"`)
	contains(t, after.Header.Get("Content-Security-Policy"), " video.example", " *.thumbs.example", " map.example")
	lacks(t, after.body, "tag.example", "fonts.example")
	once := h.get("/film", document, "Cookie: kept_once=video")
	contains(t, once.body, "https://video.example/embed/1")
	lacks(t, once.body, "map.example")
	english := h.get("/film", document, "Accept-Language: en")
	contains(t, english.body, "Einmal laden") // the page is German
}

func TestPromise_MC05_NothingOfAGroupIsLoadedOrStoredBeforeConsent(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "session=1; HttpOnly")
		w.Header().Add("Set-Cookie", "_tag_id=2; Path=/")
		w.Header().Add("Set-Cookie", "count_me=3")
		w.Header().Add("Set-Cookie", "unknown=4")
		site(visited).ServeHTTP(w, r)
	}))
	before := h.get("/", document)
	lacks(t, before.body, "tag.example", "fonts.example", "video.example", "https://seal.example")
	if got := strings.Join(before.Header["Set-Cookie"], "|"); got != "session=1; HttpOnly" {
		t.Errorf("the response sets %s", got)
	}
	after := h.get("/", document, "Cookie: kept_choice=statistics")
	contains(t, after.body, "https://tag.example/t.js")
	contains(t, strings.Join(after.Header["Set-Cookie"], "|"), "session=1", "_tag_id=2", "count_me=3", "kept_choice=")
	lacks(t, strings.Join(after.Header["Set-Cookie"], "|"), "unknown")
	lacks(t, after.body, "https://seal.example") // nothing declares it: no choice loads it
}

func TestPromise_MA14_MA18_FontsOfOthersLoadOnlyIfDeclaredAndAccepted(t *testing.T) {
	h := newHouse(t, site(visited))
	before := h.get("/", document)
	lacks(t, before.body, "fonts.example")
	lacks(t, before.Header.Get("Content-Security-Policy"), "fonts.example")
	after := h.get("/", document, "Cookie: kept_choice=comfort")
	contains(t, after.body, `href="https://fonts.example/letter.css"`, "url(https://fonts.example/a.woff2)")
	contains(t, after.Header.Get("Content-Security-Policy"), " fonts.example")
	h.policy = offer()
	h.policy.Services = h.policy.Services[:2] // fonts are not declared any more
	undeclared := h.get("/", document, "Cookie: kept_choice=comfort")
	lacks(t, undeclared.body, "fonts.example")
	lacks(t, undeclared.Header.Get("Content-Security-Policy"), "fonts.example")
}

func TestSnippetGoesIntoDocumentsOnly(t *testing.T) {
	h := newHouse(t, site(visited))
	for dest, want := range map[string]int{"document": 1, "iframe": 1, "": 1, "empty": 0, "script": 0} {
		a := h.get("/", "Sec-Fetch-Dest: "+dest)
		if got := strings.Count(a.body, "/privacy/kept.js"); got != want {
			t.Errorf("Sec-Fetch-Dest %q: the snippet is in %d times", dest, got)
		}
		lacks(t, a.body, "video.example")
	}
	contains(t, h.get("/", document).body, `<body><form id="kept-choice"`, `<script src="/privacy/kept.js" defer></script></head>`)
	part := newHouse(t, site(`<p>a part</p>`)).get("/")
	lacks(t, part.body, "kept.js")
}

func TestPagesComeInEveryCoding(t *testing.T) {
	encode := map[string]func(string) []byte{
		"gzip": func(s string) []byte {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			io.WriteString(w, s)
			w.Close()
			return b.Bytes()
		},
		"deflate": func(s string) []byte {
			var b bytes.Buffer
			w := zlib.NewWriter(&b)
			io.WriteString(w, s)
			w.Close()
			return b.Bytes()
		},
		"br": func(s string) []byte {
			var b bytes.Buffer
			w := brotli.NewWriter(&b)
			io.WriteString(w, s)
			w.Close()
			return b.Bytes()
		},
		"zstd": func(s string) []byte { w, _ := zstd.NewWriter(nil); return w.EncodeAll([]byte(s), nil) },
		"":     func(s string) []byte { return []byte(s) },
	}
	for coding, with := range encode {
		for _, chunked := range []bool{false, true} {
			var asked string
			h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r.Header.Get("Accept-Encoding")
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				if coding != "" {
					w.Header().Set("Content-Encoding", coding)
				}
				if chunked {
					w.(http.Flusher).Flush()
				}
				w.Write(with(visited))
			}))
			plain := h.get("/", document, "Accept-Encoding: identity")
			if plain.Header.Get("Content-Encoding") != "" || !strings.HasSuffix(plain.body, "</html>") || strings.Contains(plain.body, "video.example") {
				t.Errorf("%s, chunked %v: %v %s", coding, chunked, plain.Header, plain.body)
			}
			if asked != "identity" {
				t.Errorf("the site was asked for %q", asked)
			}
			packed := h.get("/", document, "Accept-Encoding: gzip")
			if coding == "" {
				continue
			}
			if packed.Header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("%s: %v", coding, packed.Header)
			}
			z, err := gzip.NewReader(strings.NewReader(packed.body))
			if err != nil {
				t.Fatal(err)
			}
			unpacked, err := io.ReadAll(z)
			if err != nil || string(unpacked) != plain.body {
				t.Errorf("%s: packed differs from plain: %v", coding, err)
			}
		}
	}
}

func TestEncodingsThatHideTags(t *testing.T) {
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(`<html><body>ä<script src="https://tag.example/t.js"></script></body></html>`)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write(wide)
	}))
	a := h.get("/", document)
	lacks(t, a.body, "tag.example")
	contains(t, a.body, "ä")
	if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
	h = newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=windows-1252")
		io.WriteString(w, "<html lang=de><body>\xe4<iframe src=//video.example width=300 height=200></iframe>")
	}))
	a = h.get("/", document)
	contains(t, a.body, "\xe4", "erh&#228;lt")
	h = newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<meta charset="iso-2022-jp">`+"\x1b$B$3\x1b(B<script src=//tag.example></script>")
	}))
	a = h.get("/", document)
	lacks(t, a.body, "tag.example")
	contains(t, a.body, "こ")
}

func TestWhatSaysNothingIsLookedAt(t *testing.T) {
	for kind, page := range map[string]bool{"": true, "garbage": true, "*/*": true, "text/plain": false, "text/plain, text/html": true, "TEXT/HTML ; x": true} {
		h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{kind}
			io.WriteString(w, `<html><script src="https://tag.example/"></script>`)
		}))
		a := h.get("/", document)
		if got := !strings.Contains(a.body, "tag.example"); got != page {
			t.Errorf("%q: rewritten %v, answered as %s", kind, got, a.Header.Get("Content-Type"))
		}
	}
}
