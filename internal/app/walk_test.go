package app

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/i18n"
)

// Every page of every door is opened in both languages: by each line of the access
// table, and by every link on the pages that this shows. A page says what it is in its
// language, in words of people: no key that has no words, no name of a table, nothing
// that a template left. No link leads to what whoever sees it may not open. In a browser
// each is held against what fingers, keyboards and eyes need.
func TestEveryPageOfTheSiteAndTheConsole(t *testing.T) {
	h := solo(t)
	h.lived()
	visitor := h.browser()
	visitor.choose("accept")
	visitor.view("/")
	h.settle()
	h.looked(visitor, access.Site, h.SiteURL(), 15)
	h.looked(h.staffed(access.Owner), access.Console, h.ConsoleURL(), 50)
	for _, role := range []access.Role{access.Officer, access.Clerk} {
		h.walk(h.staffed(role), access.Console, h.ConsoleURL())
	}
}

func TestEveryPageOfThePortal(t *testing.T) {
	for _, system := range []string{"mailissa", "contactsync"} {
		t.Run(system, func(t *testing.T) {
			h := solo(t, under(system))
			h.looked(h.stranger(), access.Portal, h.PortalURL(), 3)
			h.looked(h.registered("ada@firma.example", "a short sentence is fine"), access.Portal, h.PortalURL(), 6)
			h.walk(h.owner(), access.Console, h.ConsoleURL())
		})
	}
}

// lived lets people do what fills the pages of the correspondence and of requests.
func (h *house) lived() {
	h.t.Helper()
	h.opens()
	ada := h.reader("ada@person.example")
	ada.subscribe(nil)
	ada.wants(ada.books(appointment), http.StatusOK)
	h.writer("bob@person.example").contacts(nil)
	h.asker("eve@person.example").asks(nil, rights.Access, rights.Erasure)
	h.settle()
	_, err := h.Audit.Run(h.t.Context())
	fatal(h.t, err)
}

var anID = regexp.MustCompile(`[0-9a-z]{26}|[0-9a-f]{64}|\d{8}T\d{4}Z|\d{4}-\d\d(-\d\d)?`)

// walk opens every page of a door that b reaches, looks at each, and returns their paths.
func (h *house) walk(b *browser, door access.Door, base string) (pages []string) {
	h.t.Helper()
	b.header.Set("Accept", "text/html")
	b.header.Set("Sec-Fetch-Dest", "document")
	var queue []string
	seen := map[string]bool{}
	add := func(path string) {
		if shape := anID.ReplaceAllString(path, "…"); !seen[shape] {
			seen[shape] = true
			queue = append(queue, path)
		}
	}
	for _, route := range h.Table() {
		if route.Door == door && route.Method == http.MethodGet {
			add(fill(route.Pattern))
		}
	}
	linked := map[string]string{} // path → the page that names it
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		for _, lang := range i18n.Languages() {
			got := b.get(base + in(path, lang))
			if from := linked[path]; from != "" && got.StatusCode >= 400 {
				h.t.Errorf("%s leads to %s: %s", from, path, got.Status)
			}
			if got.StatusCode >= 500 {
				h.t.Errorf("%s: %s", path, got.Status)
			}
			if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") || got.Header.Get("Content-Disposition") != "" || got.StatusCode == http.StatusSeeOther {
				continue // a file, or a way to somewhere else
			}
			if !strings.Contains(got.body, "<html") {
				continue // a part for pages elsewhere
			}
			links := h.readable(got.body, path, lang)
			if got.StatusCode != http.StatusOK {
				continue // says what is wrong
			}
			if !slices.Contains(pages, path) {
				pages = append(pages, path)
			}
			for _, link := range links {
				to, err := url.Parse(link)
				fatal(h.t, err)
				if to.Host != "" && to.Scheme+"://"+to.Host != base || to.Scheme == "mailto" || to.Path == "" {
					continue
				}
				q := to.Query()
				q.Del("lang")
				q.Del("back")
				next := (&url.URL{Path: to.Path, RawQuery: q.Encode()}).String()
				if door == access.Site && !strings.HasPrefix(next, access.Prefix) {
					continue // the site's own pages
				}
				if _, known := linked[next]; !known {
					linked[next] = path
				}
				add(next)
			}
		}
	}
	return pages
}

// in is a path in a language.
func in(path, lang string) string {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + "lang=" + lang
}

// leftover is what a page never says: what a template or a format left, a key instead
// of its words.
var leftover = func() *regexp.Regexp {
	sections := map[string]bool{}
	for _, key := range i18n.Keys(i18n.English) {
		section, _, _ := strings.Cut(key, ".")
		sections[regexp.QuoteMeta(section)] = true
	}
	return regexp.MustCompile(`%![a-z(]|\{\{[-.$(]|<no value>|map\[|0xc0|\b(` + strings.Join(slices.Sorted(maps.Keys(sections)), "|") + `)\.[a-z]+[a-z.-]*\b`)
}()

// internal are the names of tables, which are no words for people.
var internal = func() *regexp.Regexp {
	var names []string
	for _, m := range Manifests() {
		for _, t := range m.Tables {
			if strings.Contains(t.Name, "_") {
				names = append(names, t.Name)
			}
		}
	}
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
}()

// readable fails the test for what is wrong with a page, and returns where its links lead.
func (h *house) readable(body, path, lang string) (links []string) {
	h.t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	fatal(h.t, err)
	fault := func(what string, args ...any) {
		h.t.Helper()
		h.t.Errorf(path+" in "+lang+": "+what, args...)
	}
	var text strings.Builder
	count := map[string]int{}
	labelled := map[string]bool{}
	var fields []*html.Node
	level := 0
	var see func(n *html.Node)
	see = func(n *html.Node) {
		if n.Type == html.TextNode {
			text.WriteString(n.Data + " ")
		}
		if n.Type == html.ElementNode {
			said := strings.TrimSpace(textOf(n))
			switch n.Data {
			case "code", "script", "style", "pre", "textarea", "svg":
				return
			case "html":
				if got := attr(n, "lang"); got != lang {
					fault("its language is %q", got)
				}
			case "title", "h1":
				if count[n.Data]++; said == "" {
					fault("its %s is empty", n.Data)
				}
			case "a":
				if said == "" {
					fault("a link to %s says nothing", attr(n, "href"))
				}
				if href := attr(n, "href"); href != "" && !strings.HasPrefix(href, "#") {
					links = append(links, href)
				}
			case "button", "summary":
				if said == "" {
					fault("a %s says nothing", n.Data)
				}
			case "label":
				labelled[attr(n, "for")] = true
			case "input", "select":
				if attr(n, "type") != "hidden" && !within(n, "label") && attr(n, "aria-label") == "" {
					fields = append(fields, n)
				}
			}
			if len(n.Data) == 2 && !inDialog(n) && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
				if now := int(n.Data[1] - '0'); now > level+1 {
					fault("after a heading of level %d comes %s %q", level, n.Data, said)
				} else {
					level = now
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			see(c)
		}
	}
	see(root)
	for _, one := range []string{"title", "h1"} {
		if count[one] != 1 {
			fault("it has %d of %s", count[one], one)
		}
	}
	for _, f := range fields {
		if !labelled[attr(f, "id")] {
			fault("nothing says what the field %q is", attr(f, "name"))
		}
	}
	for _, words := range []*regexp.Regexp{leftover, internal} {
		if found := words.FindAllString(text.String(), 3); len(found) > 0 {
			fault("it says %q", found)
		}
	}
	return links
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) (text string) {
	if n.Type == html.TextNode {
		return n.Data
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		text += textOf(c)
	}
	return text
}

// inDialog reports whether n stands in a dialog, which has headings of its own: the
// banner stands before the page that it asks on.
func inDialog(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if attr(p, "role") == "dialog" {
			return true
		}
	}
	return false
}

func within(n *html.Node, name string) bool {
	for ; n != nil; n = n.Parent {
		if n.Data == name {
			return true
		}
	}
	return false
}
