package markup

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// strict admits the site's own host and ok.example, and holds all others.
type strict struct{ held []Held }

func (s *strict) Admits(host string) bool { return host == "own.example" || host == "ok.example" }
func (s *strict) Home(host string) bool   { return host == "own.example" }
func (s *strict) Note(h Held)             { s.held = append(s.held, h) }
func (s *strict) StandIn(h Held) string {
	return fmt.Sprintf(`<span class="kept-held">[%s]</span>`, h.Element)
}
func (s *strict) Policy(content string) string { return content }

func rewrite(t testing.TB, src string, extent Extent, cuts func(n int) int) string {
	t.Helper()
	var out bytes.Buffer
	r := New(&out, Options{Gate: &strict{}, Extent: extent, Snippet: func(string) (string, string) {
		return `<link rel="kept">`, `<i>kept</i>`
	}})
	for b := []byte(src); len(b) > 0; {
		n := min(len(b), cuts(len(b)))
		if _, err := r.Write(b[:n]); err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func whole(n int) int  { return n }
func single(n int) int { return 1 }

// loading are the attributes that an independent reader of the standard takes
// to load, by element; "*" is any element.
var loading = map[string][]string{
	"*":      {"src", "srcset", "poster", "background", "lowsrc", "formaction", "imagesrcset", "ping", "style", "attributionsrc"},
	"link":   {"href"},
	"base":   {"href"},
	"object": {"data"},
	"form":   {"action"},
	"in svg": {"href", "fill", "filter", "mask", "to", "values"}, // any element of SVG but a
}

var (
	authority = regexp.MustCompile(`(?i)^[\x00-\x20]*(?:(?:https?|wss?|ftp):[\\/]*|[\\/]{2,})(?:[^\\/?#]*@)?([^\\/?#]*)`)
	styleURL  = regexp.MustCompile(`(?i)(?:^|[\s:,;{}])url\(\s*([^)]*)`)
)

func reaches(url string) bool {
	url = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(url)
	m := authority.FindStringSubmatch(url)
	return m != nil && m[1] != "own.example" && m[1] != "ok.example" && m[1] != ""
}

// leak returns the first loading attribute of a parsed page that reaches a host
// that was to be held.
func leak(n *html.Node) string {
	if n.Type == html.ElementNode {
		if n.Data == "style" {
			var css string
			for c := range n.ChildNodes() {
				if c.Type == html.TextNode {
					css += c.Data
				}
			}
			for _, url := range styleURLs(css) {
				if reaches(url) {
					return "style: " + url
				}
			}
		}
		seen := map[string]bool{}
		for _, a := range n.Attr {
			name := a.Key
			if a.Namespace != "" {
				name = a.Namespace + ":" + a.Key
			}
			if seen[name] {
				continue
			}
			seen[name] = true
			if found := leakIn(n, name, a.Val); found != "" {
				return found
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := leak(c); found != "" {
			return found
		}
	}
	return ""
}

func leakIn(n *html.Node, name, value string) string {
	names := append(loading["*"], loading[n.Data]...)
	if n.Namespace == "svg" && n.Data != "a" {
		names = append(names, loading["in svg"]...)
		names = append(names, "xlink:href")
	}
	for _, l := range names {
		if l != name {
			continue
		}
		if name == "href" && n.Data == "link" && !Loads(attr(n, "rel")) {
			continue
		}
		if (name == "to" || name == "values") && !strings.EqualFold(attr(n, "attributeName"), "href") {
			continue
		}
		for _, part := range candidates(name, value) {
			if reaches(part) {
				return fmt.Sprintf("<%s %s=%q>", n.Data, name, value)
			}
		}
	}
	if n.Data == "iframe" && name == "srcdoc" {
		if doc, err := html.Parse(strings.NewReader(value)); err == nil {
			if found := leak(doc); found != "" {
				return "srcdoc " + found
			}
		}
	}
	return ""
}

func candidates(name, value string) []string {
	switch name {
	case "srcset", "imagesrcset":
		return strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(", \t\n\f\r", c) })
	case "ping", "attributionsrc":
		return strings.Fields(value)
	case "values":
		return strings.Split(value, ";")
	case "style", "fill", "filter", "mask":
		return styleURLs(value)
	}
	return []string{value}
}

// styleURLs finds the URLs of a style sheet that is too simple to hide one.
func styleURLs(css string) (found []string) {
	if strings.ContainsAny(css, "\\\"'#") || strings.Contains(css, "/*") || strings.Contains(strings.ToLower(css), "namespace") {
		return nil
	}
	for _, m := range styleURL.FindAllStringSubmatch(css, -1) {
		found = append(found, m[1])
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

var seeds = []string{
	`<!doctype html><html lang=de><head><title>a</title></head><body><p>text <img src="https://evil.example/a.png" width=300 height=200>more</p></body></html>`,
	`<script src=//evil.example/x.js></script><script>if (a<b) "<img src=//evil.example>"</script>`,
	`<svg><style><img src=//evil.example/1></style></svg>`,
	`<svg><title><style></title><img src=//evil.example></style>`,
	`<svg><desc><p>a<p>b</desc><style><img src=//evil.example></style></svg>`,
	`<math><mi><style></mi><img src=//evil.example></style></math>`,
	`<math><annotation-xml encoding=text/html><div></annotation-xml><style><img src=//evil.example></style>`,
	`<math><annotation-xml><svg><image href=//evil.example /><foreignObject><iframe src=//evil.example></iframe>`,
	`<table><tr><td><svg><foreignObject></td><style><img src=//evil.example></style>`,
	`<svg><![CDATA[<img src=//evil.example>]]><style>a<![CDATA[b{background:url(//evil.example)}]]></style>`,
	`<select><style></select><img src=//evil.example></style>`,
	`<frameset><script></frameset><frame src=//evil.example></script>`,
	`<noscript><img src="//evil.example/p"><!-- </noscript><img src=//evil.example>-->`,
	`<noscript><style></noscript><img src=//evil.example></style>`,
	`<iframe srcdoc="&lt;img src='//evil.example'&gt;"></iframe>`,
	`<script><!--<script></script><img src=//evil.example>--></script><img src=//evil.example>`,
	`<!--><img src=//evil.example>--><!--a--!><img src=//evil.example>`,
	`<img/src="\\evil.example/a"alt=x><img src=" ht` + "\n" + `tps:evil.example"><img src=&#x68;ttps:&sol;/evil.example>`,
	`<a b='<img src=//evil.example>' href=https://evil.example/x ping=//evil.example>link</a>`,
	`<template><img src=//evil.example></template><textarea><img src=//evil.example></textarea>`,
	`<div style="background:url(//evil.example/x)">x</div><style>@import "//evil.example";a{b:u\72l(//evil.example)}</style>`,
	`<video poster=//evil.example><source src=//evil.example></video><object data=//evil.example><embed src=//evil.example></object>`,
	`<base href=//evil.example><form action=//evil.example><button formaction=//evil.example></form>`,
	`<img srcset="//evil.example/a 1x, /b 2x"><link rel=preconnect href=//evil.example><body background=//evil.example>`,
	`<svg><set attributeName=href to=//evil.example /><use xlink:href=//evil.example /><a href=//evil.example>x</a></svg>`,
	`<svg></p><style><img src=//evil.example></style>`, `<svg><g></div></g><style><img src=//evil.example></style>`,
	`<svg><p></svg><style><img src=//evil.example></style>`, `<plaintext><img src=//evil.example>`, `<xmp><img src=//evil.example></xmp>`,
	`<svg><font color=a><style></font><img src=//evil.example></style>`, "<img src=//evil.example", "<a title='",
	`<<svg><<select><<svg>/select><style>`, `<svg><desc><table><svg><style></desc></table><img src=//evil.example>`,
	`<svg><desc><select><svg></desc><style><img src=//evil.example>`, `<svg><desc><b></desc></svg></b><style></style>`,
	`<svg><foreignObject><table><td><table></foreignObject><style><img src=//evil.example></style>`,
	`<math><svg href=//evil.example>`, `<A =' srC=// 'ping=//0>`, `<img src src=//evil.example =//evil.example>`,
	`<template><svg><desc></template><style><img src=//evil.example></style>`,
}

func FuzzRewrite(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, uint8(1))
		f.Add(s, uint8(5))
	}
	f.Fuzz(func(t *testing.T, src string, cut uint8) {
		if len(src) > 2000 {
			return
		}
		out := rewrite(t, src, Unknown, whole)
		pieces := rewrite(t, src, Unknown, func(int) int { return int(cut)%16 + 1 })
		if out != pieces {
			t.Fatalf("the cuts show:\n%q\n%q\n%q", src, out, pieces)
		}
		for _, scripts := range []bool{true, false} {
			doc, err := html.ParseWithOptions(strings.NewReader(out), html.ParseOptionEnableScripting(scripts))
			if err != nil {
				continue
			}
			if found := leak(doc); found != "" {
				t.Fatalf("scripts %v, %s leaks from\n%s\nto\n%s", scripts, found, src, out)
			}
		}
	})
}

// text returns the text that a page shows, without Kept's own.
func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	switch n.Data {
	case "script", "style", "noscript", "iframe":
		return ""
	case "span":
		if attr(n, "class") == "kept-held" {
			return ""
		}
	case "i":
		if n.FirstChild != nil && n.FirstChild.Data == "kept" {
			return ""
		}
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

// Inside of these a missing end tag may be written, or a tag left out.
var ambiguous = regexp.MustCompile(`(?i)<(svg|math|select|frameset|noscript|plaintext)`)

func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 2000 || ambiguous.MatchString(src) {
			return
		}
		before, err := html.Parse(strings.NewReader(src))
		if err != nil {
			return
		}
		after, err := html.Parse(strings.NewReader(rewrite(t, src, Fragment, whole)))
		if err != nil {
			return
		}
		if a, b := text(before), text(after); a != b {
			t.Fatalf("the text of\n%s\nwas\n%q\nand became\n%q", src, a, b)
		}
	})
}
