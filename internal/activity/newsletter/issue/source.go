package issue

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"

	"kept/internal/fault"
)

// Format is what a body is written in.
type Format string

// The formats.
const (
	Markdown Format = "markdown" // stands in the letter of the house
	HTML     Format = "html"     // a design of its own
)

// Source is what an author wrote, in one language.
type Source struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// Empty reports whether nothing was written.
func (s Source) Empty() bool {
	return strings.TrimSpace(s.Title) == "" && strings.TrimSpace(s.Body) == ""
}

// Setting is what an issue stands in.
type Setting struct {
	Lang   string
	List   string // title of the newsletter, at the head of the letter
	Format Format
	Site   string // origin of the site: pictures may come from there alone
}

// Issue is a source made ready. It is safe for concurrent use.
type Issue struct {
	Lang  string
	Links []string   // that a letter leads to, each once, in the order of the text
	Left  []*Problem // what was left out of the HTML

	title, text, page, body []node
}

// Letter is an issue for one reader.
type Letter struct{ Title, Text, HTML string }

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify))

// Compile makes an issue ready. The error is a *Problem.
func Compile(s Source, in Setting) (*Issue, error) {
	switch {
	case strings.TrimSpace(s.Title) == "":
		return nil, problem("no-title", "")
	case strings.TrimSpace(s.Body) == "":
		return nil, problem("no-text", "")
	case len(s.Title) > maxTitle || strings.ContainsAny(s.Title, "\r\n"):
		return nil, problem("long-title", "")
	case len(s.Body) > maxSource:
		return nil, problem("long", "")
	}
	m := &marks{base: unused(s.Title + s.Body + in.List)}
	title, err := m.mark(strings.ToValidUTF8(s.Title, ""))
	if err != nil {
		return nil, err
	}
	body, err := m.mark(strings.ToValidUTF8(s.Body, ""))
	if err != nil {
		return nil, err
	}
	c := &cleaner{marks: m, site: strings.TrimSuffix(in.Site, "/")}
	tree, err := c.tree(body, in.Format)
	if err != nil {
		return nil, err
	}
	return assemble(m, c, title, tree, in)
}

// assemble parses the programs of the three ways in which an issue is read.
func assemble(m *marks, c *cleaner, title string, tree *html.Node, in Setting) (*Issue, error) {
	i := &Issue{Lang: in.Lang, Links: c.links, Left: c.left}
	page, body := rendered(tree), rendered(bare(tree))
	for _, x := range []struct {
		to   *[]node
		text string
	}{{&i.title, title}, {&i.text, plain(tree, c)}, {&i.page, layout(in, c.style, page)}, {&i.body, body}} {
		var err error
		if *x.to, err = m.program(x.text); err != nil {
			return nil, err
		}
		if most(*x.to, 6*longestWord) > maxLetter { // every letter of a word may be escaped
			return nil, problem("long", "")
		}
	}
	return i, nil
}

func rendered(tree *html.Node) string {
	var b bytes.Buffer
	for n := tree.FirstChild; n != nil; n = n.NextSibling {
		if err := html.Render(&b, n); err != nil {
			panic(err) // a buffer takes everything, and the tree was read from text
		}
	}
	return b.String()
}

// Letter writes the issue for a reader. link says where the n-th of Links leads
// for them; pixel is the address of a picture that counts the opening, empty for
// none.
func (i *Issue) Letter(r Reader, link func(n int) string, pixel string) Letter {
	direct := func(n int) string { return i.Links[n] }
	if link == nil {
		link = direct
	}
	page := i.fill(i.page, r, link, true)
	if pixel != "" {
		page = strings.Replace(page, endOfBody, picture(pixel)+endOfBody, 1)
	}
	return Letter{
		Title: strings.TrimSpace(i.fill(i.title, r, direct, false)),
		Text:  i.fill(i.text, r, direct, false),
		HTML:  page,
	}
}

// Body writes what the issue says as HTML without any style, for a page of the
// house.
func (i *Issue) Body(r Reader) string {
	return i.fill(i.body, r, func(n int) string { return i.Links[n] }, true)
}

// Title writes the title for a reader.
func (i *Issue) Title(r Reader) string {
	return strings.TrimSpace(i.fill(i.title, r, func(n int) string { return i.Links[n] }, false))
}

func (i *Issue) fill(nodes []node, r Reader, link func(int) string, escape bool) string {
	f := filling{reader: &r, link: link, escape: escape}
	f.out.Grow(most(nodes, usualWord))
	f.write(nodes)
	return f.out.String()
}

// Says reports whether the issue uses a word, so that nobody has to hand over
// what it does not need.
func (i *Issue) Says(word string) bool {
	return slices.ContainsFunc([][]node{i.title, i.text, i.page}, func(nodes []node) bool { return says(nodes, word) })
}

func says(nodes []node, word string) bool {
	return slices.ContainsFunc(nodes, func(n node) bool {
		return n.word == word || n.when == word || says(n.then, word) || says(n.other, word)
	})
}

// Invalid returns err as one of the house, in a language.
func Invalid(err error, lang string) error {
	if p, ok := err.(*Problem); ok { //nolint:errorlint // Compile returns it as it is
		return fault.New(fault.Invalid, "%s", p.In(lang))
	}
	return err
}
