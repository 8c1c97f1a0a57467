package issue

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lineWidth is where lines of the plain text end.
const lineWidth = 72

// plain writes a tree as people write a plain mail: paragraphs, lists with
// dashes, the address of a link behind its words.
func plain(tree *html.Node, c *cleaner) string {
	w := &plainText{cleaner: c}
	w.inside(tree)
	w.end()
	return strings.TrimSpace(w.out.String()) + "\n"
}

type plainText struct {
	*cleaner
	out    strings.Builder
	line   strings.Builder // the paragraph under way, on one line; \n is a hard break
	indent string          // of every line
	bullet string          // of the next line alone
	tight  bool            // no empty line before the next paragraph
	pre    bool
}

func (w *plainText) inside(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *plainText) node(n *html.Node) {
	if n.Type == html.TextNode {
		w.words(n.Data)
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.line.WriteString("\n")
	case atom.Hr:
		w.end()
		w.block("* * *")
	case atom.Img:
		w.words(attribute(n, "alt"))
	case atom.A:
		w.anchor(n)
	case atom.Ul, atom.Ol:
		w.list(n)
	case atom.Blockquote:
		w.nested(n, "> ", "")
	case atom.Pre:
		w.end()
		w.pre = true
		w.inside(n)
		w.pre = false
		w.end()
	case atom.Td, atom.Th:
		w.inside(n)
		w.line.WriteString("  ")
	case atom.H1, atom.H2:
		w.end()
		w.inside(n)
		w.heading()
	case atom.P, atom.Div, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Tr, atom.Dl, atom.Dt, atom.Dd, atom.Figure, atom.Figcaption, atom.Center, atom.Caption:
		w.end()
		w.inside(n)
		w.end()
		w.tight = n.DataAtom == atom.Tr
	default:
		w.inside(n)
	}
}

func (w *plainText) words(text string) {
	if w.pre {
		w.line.WriteString(text)
		return
	}
	fields := strings.Fields(text)
	if len(fields) == 0 {
		if text != "" {
			w.space()
		}
		return
	}
	if strings.TrimLeft(text, " \t\r\n") != text {
		w.space()
	}
	w.line.WriteString(strings.Join(fields, " "))
	if strings.TrimRight(text, " \t\r\n") != text {
		w.space()
	}
}

func (w *plainText) space() {
	if s := w.line.String(); s != "" && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "\n") {
		w.line.WriteByte(' ')
	}
}

// anchor writes a link's words and its address, once if they are the same.
func (w *plainText) anchor(n *html.Node) {
	before := w.line.Len()
	w.inside(n)
	href := attribute(n, "href")
	if href == "" {
		return
	}
	said := strings.TrimSpace(w.line.String()[before:])
	address := w.address(href)
	if said == address || said == strings.TrimPrefix(href, "mailto:") || strings.TrimSuffix(said, "/") == strings.TrimSuffix(address, "/") {
		return
	}
	w.space()
	w.line.WriteString("<" + address + ">")
}

// address is what stands for a link's mark: the text leads there directly.
func (w *plainText) address(mark string) string {
	found := w.pattern().FindStringSubmatch(mark)
	if found == nil || found[2] != "l" {
		return mark
	}
	n, err := strconv.Atoi(found[1])
	if err != nil || n >= len(w.links) {
		return mark
	}
	return w.links[n]
}

func (w *plainText) list(n *html.Node) {
	w.end()
	number := 1
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Li {
			continue
		}
		bullet := "- "
		if n.DataAtom == atom.Ol {
			bullet = strconv.Itoa(number) + ". "
			number++
		}
		w.nested(c, strings.Repeat(" ", len(bullet)), bullet)
		w.tight = true
	}
	w.tight = false
}

func (w *plainText) nested(n *html.Node, indent, bullet string) {
	w.end()
	outer := w.indent
	w.indent, w.bullet = outer+indent, bullet
	w.inside(n)
	w.end()
	w.indent, w.bullet = outer, ""
}

// heading ends a paragraph that is underlined.
func (w *plainText) heading() {
	text := strings.TrimSpace(w.line.String())
	w.line.Reset()
	if text == "" {
		return
	}
	if w.pattern().MatchString(text) { // how long it becomes is not known yet
		w.block(text)
		return
	}
	w.block(text + "\n" + strings.Repeat("=", min(utf8.RuneCountInString(text), lineWidth)))
}

// end ends the paragraph under way.
func (w *plainText) end() {
	text := w.line.String()
	w.line.Reset()
	if strings.TrimSpace(text) == "" {
		return
	}
	if w.pre {
		w.block(strings.Trim(text, "\n"))
		return
	}
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, wrap(strings.TrimSpace(line), lineWidth-len(w.indent))...)
	}
	w.block(strings.Join(lines, "\n"))
}

func (w *plainText) block(text string) {
	if w.out.Len() > 0 {
		if w.tight {
			w.out.WriteString("\n")
		} else {
			w.out.WriteString("\n\n")
		}
	}
	w.tight = false
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			w.out.WriteString("\n")
		}
		if w.bullet != "" {
			w.out.WriteString(w.indent[:max(0, len(w.indent)-len(w.bullet))] + w.bullet)
			w.bullet = ""
		} else {
			w.out.WriteString(w.indent)
		}
		w.out.WriteString(line)
	}
}

// wrap breaks a line at spaces; an address stays whole.
func wrap(line string, width int) (lines []string) {
	var now strings.Builder
	used := 0
	for _, word := range strings.Fields(line) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > max(width, 20) {
			lines = append(lines, now.String())
			now.Reset()
			used = 0
		}
		if used > 0 {
			now.WriteByte(' ')
			used++
		}
		now.WriteString(word)
		used += n
	}
	return append(lines, now.String())
}
