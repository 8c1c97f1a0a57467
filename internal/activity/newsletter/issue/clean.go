package issue

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// elements are those that a letter is made of, each with the attributes that it
// may have beside those of every element.
var elements = map[atom.Atom][]string{
	atom.A: {"href"}, atom.Img: {"src", "alt", "width", "height"},
	atom.Table: {"border", "cellpadding", "cellspacing", "width", "bgcolor", "role"},
	atom.Td:    {"colspan", "rowspan", "width", "height", "valign", "bgcolor"},
	atom.Th:    {"colspan", "rowspan", "width", "height", "valign", "bgcolor", "scope"},
	atom.Tr:    {"bgcolor", "valign"}, atom.Ol: {"start", "type"}, atom.Col: {"span", "width"},
	atom.Abbr: nil, atom.B: nil, atom.Blockquote: nil, atom.Br: nil, atom.Caption: nil, atom.Center: nil, atom.Code: nil, atom.Colgroup: nil,
	atom.Dd: nil, atom.Del: nil, atom.Div: nil, atom.Dl: nil, atom.Dt: nil, atom.Em: nil, atom.Figcaption: nil, atom.Figure: nil,
	atom.H1: nil, atom.H2: nil, atom.H3: nil, atom.H4: nil, atom.H5: nil, atom.H6: nil, atom.Hr: nil, atom.I: nil, atom.Ins: nil,
	atom.Kbd: nil, atom.Li: nil, atom.Mark: nil, atom.P: nil, atom.Pre: nil, atom.Q: nil, atom.S: nil, atom.Small: nil,
	atom.Span: nil, atom.Strong: nil, atom.Sub: nil, atom.Sup: nil, atom.Tbody: nil, atom.Tfoot: nil, atom.Thead: nil, atom.U: nil, atom.Ul: nil,
}

// everywhere are the attributes of every element; looks are those among them and
// above that only say how it looks.
var (
	everywhere = []string{"title", "lang", "dir", "align", "class", "style"}
	looks      = []string{"align", "class", "style", "bgcolor", "border", "cellpadding", "cellspacing", "width", "height", "valign"}
)

// transparent elements are left out and what they hold stays; of all others that
// are not listed everything goes.
var transparent = []atom.Atom{
	atom.Article, atom.Section, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Font, atom.Form, atom.Label, atom.Address,
	atom.Time, atom.Details, atom.Summary, atom.Html, atom.Body, atom.Cite, atom.Var, atom.Samp, atom.Dfn, atom.Tt, atom.Big, atom.Fieldset,
}

const (
	deepestTree = 100
	mostLinks   = 200
)

// cleaner reads HTML into a tree that holds nothing but what is listed.
type cleaner struct {
	*marks
	site  string
	links []string
	style string
	left  []*Problem
	err   error
}

// tree reads a marked body.
func (c *cleaner) tree(body string, format Format) (*html.Node, error) {
	if format != HTML {
		var b bytes.Buffer
		if err := markdown.Convert([]byte(body), &b); err != nil {
			return nil, problem("long", "")
		}
		body = b.String()
		if strings.Contains(body, "<!-- raw HTML omitted -->") {
			c.leave("html", "")
		}
	}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil, problem("long", "")
	}
	out := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	c.children(out, root, 0)
	if c.err == nil && out.FirstChild == nil {
		c.err = problem("no-text", "")
	}
	return out, c.err
}

func (c *cleaner) fail(code, detail string) {
	if c.err == nil {
		c.err = problem(code, short(detail))
	}
}

// leave notes, once for each, what is left out.
func (c *cleaner) leave(code, detail string) {
	detail = short(detail)
	if len(c.left) < 50 && !slices.ContainsFunc(c.left, func(p *Problem) bool { return p.Code == code && p.Detail == detail }) {
		c.left = append(c.left, problem(code, detail))
	}
}

func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 80)], "") }

func (c *cleaner) children(to, from *html.Node, depth int) {
	if depth > deepestTree {
		c.fail("deep", "100")
		return
	}
	for n := from.FirstChild; n != nil && c.err == nil; n = n.NextSibling {
		switch n.Type {
		case html.TextNode:
			to.AppendChild(&html.Node{Type: html.TextNode, Data: n.Data})
		case html.ElementNode:
			c.element(to, n, depth)
		}
	}
}

func (c *cleaner) element(to, n *html.Node, depth int) {
	own, listed := elements[n.DataAtom]
	switch {
	case n.Namespace != "" || n.DataAtom == 0:
		c.leave("element", n.Data)
	case n.DataAtom == atom.Head:
		c.children(to, n, depth+1)
	case n.DataAtom == atom.Style:
		c.sheet(n)
	case n.DataAtom == atom.Title || n.DataAtom == atom.Meta: // the frame has its own
	case !listed && slices.Contains(transparent, n.DataAtom):
		if n.DataAtom == atom.Form {
			c.leave("element", n.Data)
		}
		c.children(to, n, depth+1)
	case !listed:
		c.leave("element", n.Data)
	default:
		kept := &html.Node{Type: html.ElementNode, DataAtom: n.DataAtom, Data: n.DataAtom.String()}
		for _, a := range n.Attr {
			c.attribute(kept, a, own)
		}
		if n.DataAtom == atom.Img && attribute(kept, "src") == "" {
			return
		}
		c.children(kept, n, depth+1)
		to.AppendChild(kept)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func (c *cleaner) attribute(n *html.Node, a html.Attribute, own []string) {
	if a.Namespace != "" || !slices.Contains(own, a.Key) && !slices.Contains(everywhere, a.Key) {
		if a.Key != "id" && a.Key != "name" && a.Key != "target" && a.Key != "rel" { // no mail program needs them
			c.leave("attribute", a.Key)
		}
		return
	}
	switch {
	case a.Key == "href":
		a.Val = c.href(a.Val)
	case c.pattern().MatchString(a.Val):
		c.fail("attribute-word", a.Key)
	case a.Key == "src":
		a.Val = c.picture(a.Val)
	case a.Key == "style" && !harmless(a.Val):
		c.leave("style", a.Val)
		a.Val = ""
	}
	if a.Val != "" || a.Key == "alt" {
		n.Attr = append(n.Attr, html.Attribute{Key: a.Key, Val: a.Val})
	}
}

// href returns what stands for a link: the mark of a link word, or the mark of
// its number.
func (c *cleaner) href(value string) string {
	value = strings.TrimSpace(value)
	if d, ok := c.whole(value); ok {
		if d.act != "word" || !slices.Contains(linkWords, d.word) {
			c.fail("link-word", d.word)
		}
		return value
	}
	if c.pattern().MatchString(value) {
		c.fail("link-word", "")
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || len(value) > longestWord {
		c.leave("link", value)
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "mailto", "tel":
		return value
	case "https", "http":
		if u.Host != "" && u.User == nil {
			return c.numbered(u.String())
		}
	}
	c.leave("link", value)
	return ""
}

func (c *cleaner) numbered(address string) string {
	n := slices.Index(c.links, address)
	if n < 0 {
		if n = len(c.links); n == mostLinks {
			c.fail("links", "200")
			return ""
		}
		c.links = append(c.links, address)
	}
	return c.link(n)
}

// picture returns the address of a picture of the site itself: every other host
// would learn who opens the mail.
func (c *cleaner) picture(value string) string {
	u, err := url.Parse(strings.TrimSpace(value))
	if err != nil || c.site == "" || u.Scheme+"://"+u.Host != c.site || u.User != nil {
		c.leave("picture", value)
		return ""
	}
	return u.String()
}

// loads is whatever in a style could load, run or cover something, or hide that
// it does.
var loads = regexp.MustCompile(`(?i)\\|[<>]|/\*|url\s*\(|image\s*\(|image-set\s*\(|expression|javascript|behaviou?r|-moz-binding|position\s*:|@`)

func harmless(style string) bool { return len(style) < 2000 && !loads.MatchString(style) }

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	media    = regexp.MustCompile(`(?i)@media\b`)
)

// sheet takes a style sheet, which may know media and nothing else behind an @.
func (c *cleaner) sheet(n *html.Node) {
	var text strings.Builder
	for t := n.FirstChild; t != nil; t = t.NextSibling {
		text.WriteString(t.Data)
	}
	style := comments.ReplaceAllString(text.String(), "")
	switch {
	case c.pattern().MatchString(style):
		c.fail("attribute-word", "style")
	case len(style) > 20_000 || loads.MatchString(media.ReplaceAllString(strings.ReplaceAll(style, ">", " "), "media")):
		c.leave("style", style)
	default:
		c.style += strings.ReplaceAll(style, "<", "") + "\n"
	}
}

// bare returns the tree without what only says how it looks.
func bare(n *html.Node) *html.Node {
	kept := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data}
	for _, a := range n.Attr {
		if !slices.Contains(looks, a.Key) {
			kept.Attr = append(kept.Attr, a)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		kept.AppendChild(bare(c))
	}
	return kept
}
