package issue

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Words are what an author can have filled in.
var Words = []string{"name", "greeting", "language", "list", "unsubscribe", "preferences", "archive", "web"}

// linkWords are those that are addresses.
var linkWords = []string{"unsubscribe", "preferences", "archive", "web"}

// Reader is what the words stand for in one letter.
type Reader struct {
	Name        string // may be empty
	Greeting    string // "Hello Ada Lovelace,"
	Language    string // "English"
	List        string // title of the newsletter
	Unsubscribe string
	Preferences string
	Archive     string
	Web         string // this issue in the archive, empty if it is not public
}

func (r *Reader) word(name string) string {
	switch name {
	case "name":
		return r.Name
	case "greeting":
		return r.Greeting
	case "language":
		return r.Language
	case "list":
		return r.List
	case "unsubscribe":
		return r.Unsubscribe
	case "preferences":
		return r.Preferences
	case "archive":
		return r.Archive
	case "web":
		return r.Web
	}
	return ""
}

// Bounds of the language.
const (
	maxSource   = 256 << 10
	maxTitle    = 250
	mostMarks   = 500
	deepest     = 8
	longestWord = 600 // bytes of a filled-in word; more is cut
	usualWord   = 120
	maxLetter   = 900 << 10
)

// directive is one {{…}} of a source.
type directive struct {
	act  string // word, if, else, end
	word string
}

// marks stand for the directives while Markdown and HTML are read: letters and
// digits that occur nowhere else in the source.
type marks struct {
	base string
	all  []directive
}

// unused returns what occurs nowhere in a text, to begin marks with.
func unused(text string) string {
	base := "q0k"
	for strings.Contains(text, base) {
		base += "q"
	}
	return base
}

var between = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// mark replaces every directive of a source by its mark.
func (m *marks) mark(source string) (string, error) {
	var failed error
	marked := between.ReplaceAllStringFunc(source, func(found string) string {
		d, err := read(strings.Fields(strings.Trim(found, "{}")))
		if err != nil && failed == nil {
			failed = err
		}
		m.all = append(m.all, d)
		return m.base + strconv.Itoa(len(m.all)-1) + "w"
	})
	switch {
	case failed != nil:
		return "", failed
	case strings.Contains(marked, "{{"):
		return "", problem("open", "")
	case len(m.all) > mostMarks:
		return "", problem("many", strconv.Itoa(mostMarks))
	}
	return marked, nil
}

func read(words []string) (directive, error) {
	switch {
	case len(words) == 1 && (words[0] == "else" || words[0] == "end"):
		return directive{act: words[0]}, nil
	case len(words) == 1 && slices.Contains(Words, words[0]):
		return directive{act: "word", word: words[0]}, nil
	case len(words) == 2 && words[0] == "if" && slices.Contains(Words, words[1]):
		return directive{act: "if", word: words[1]}, nil
	}
	said := strings.Join(words, " ")
	return directive{}, problem("word", said[:min(len(said), 40)])
}

// link returns the mark of the n-th link, which is filled in for each reader.
func (m *marks) link(n int) string { return m.base + strconv.Itoa(n) + "l" }

// whole returns the directive that a value is nothing but, if it is one.
func (m *marks) whole(value string) (directive, bool) {
	found := m.pattern().FindStringSubmatch(value)
	if found == nil || found[0] != value || found[2] != "w" {
		return directive{}, false
	}
	n, err := strconv.Atoi(found[1])
	if err != nil || n >= len(m.all) {
		return directive{}, false
	}
	return m.all[n], true
}

func (m *marks) pattern() *regexp.Regexp { return regexp.MustCompile(m.base + `(\d+)([wl])`) }

// node is a piece of a program: a text as it is, a word, a link, or a choice.
type node struct {
	text        string
	word        string
	link        int // 1 + its number
	when        string
	then, other []node
}

// program parses a marked text.
func (m *marks) program(marked string) ([]node, error) {
	p := &parser{marks: m}
	at := 0
	for _, found := range m.pattern().FindAllStringSubmatchIndex(marked, -1) {
		if err := p.add(node{text: marked[at:found[0]]}); err != nil {
			return nil, err
		}
		at = found[1]
		n, err := strconv.Atoi(marked[found[2]:found[3]])
		if err != nil {
			return nil, problem("many", strconv.Itoa(mostMarks))
		}
		if marked[found[4]:found[5]] == "l" {
			err = p.add(node{link: n + 1})
		} else {
			err = p.take(m.all[n])
		}
		if err != nil {
			return nil, err
		}
	}
	if err := p.add(node{text: marked[at:]}); err != nil {
		return nil, err
	}
	if len(p.open) > 0 {
		return nil, problem("unended", p.open[len(p.open)-1].when)
	}
	return p.nodes, nil
}

// parser nests choices.
type parser struct {
	*marks
	nodes []node
	open  []choice
}

type choice struct {
	node
	turned bool // behind its else
}

func (p *parser) add(n node) error {
	if n.text == "" && n.word == "" && n.link == 0 && n.when == "" {
		return nil
	}
	if len(p.open) == 0 {
		p.nodes = append(p.nodes, n)
		return nil
	}
	last := &p.open[len(p.open)-1]
	if last.turned {
		last.other = append(last.other, n)
	} else {
		last.then = append(last.then, n)
	}
	return nil
}

func (p *parser) take(d directive) error {
	switch d.act {
	case "if":
		if len(p.open) == deepest {
			return problem("deep", strconv.Itoa(deepest))
		}
		p.open = append(p.open, choice{node: node{when: d.word}})
	case "else":
		if len(p.open) == 0 || p.open[len(p.open)-1].turned {
			return problem("stray", d.act)
		}
		p.open[len(p.open)-1].turned = true
	case "end":
		if len(p.open) == 0 {
			return problem("stray", d.act)
		}
		done := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		return p.add(done.node)
	default:
		return p.add(node{word: d.word})
	}
	return nil
}

// most returns the bytes that nodes become at most, with words of so many.
func most(nodes []node, word int) (n int) {
	for _, x := range nodes {
		switch {
		case x.when != "":
			n += max(most(x.then, word), most(x.other, word))
		case x.word != "", x.link > 0:
			n += word
		default:
			n += len(x.text)
		}
	}
	return n
}

// filling is how the words of one letter are written.
type filling struct {
	reader *Reader
	link   func(n int) string
	escape bool
	out    strings.Builder
}

func (f *filling) write(nodes []node) {
	for i := range nodes {
		switch n := &nodes[i]; {
		case n.when != "":
			if f.reader.word(n.when) != "" {
				f.write(n.then)
			} else {
				f.write(n.other)
			}
		case n.word != "":
			f.say(f.reader.word(n.word))
		case n.link > 0:
			f.say(f.link(n.link - 1))
		default:
			f.out.WriteString(n.text)
		}
	}
}

// say writes a value: one line, bounded, and markup nowhere.
func (f *filling) say(value string) {
	value = plainLine(value)
	if f.escape {
		value = html.EscapeString(value)
	}
	f.out.WriteString(value)
}

// plainLine is a value on one line, without controls and no longer than a word.
func plainLine(value string) string {
	if len(value) > longestWord {
		value = value[:longestWord]
	}
	bad := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
	}
	value = strings.ToValidUTF8(value, "")
	if !strings.ContainsFunc(value, bad) {
		return value
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return ' '
		}
		return r
	}, value)
}
