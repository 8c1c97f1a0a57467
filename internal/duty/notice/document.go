package notice

import "strings"

// Section is a chapter of a notice, or a part of the chapter before it.
type Section struct {
	ID     string // stable across languages and versions: the anchor in a page
	Level  int    // 2 a chapter, 3 a part
	Title  string
	Blocks []Block
}

// Block is a paragraph, a list, a list of terms or a table: exactly one of the
// fields is set.
type Block struct {
	Para  Para
	List  []Para
	Terms []Term
	Table *Table
}

// each returns a copy of the block with f done to each paragraph.
func (block Block) each(f func(Para) Para) Block {
	all := func(ps []Para) []Para {
		done := make([]Para, len(ps))
		for i, p := range ps {
			done[i] = f(p)
		}
		return done
	}
	switch {
	case block.Para != nil:
		return Block{Para: f(block.Para)}
	case block.List != nil:
		return Block{List: all(block.List)}
	case block.Terms != nil:
		made := make(terms, len(block.Terms))
		for i, t := range block.Terms {
			made[i] = Term{t.Name, all(t.Says)}
		}
		return Block{Terms: made}
	}
	t := &Table{Head: block.Table.Head, Rows: make([][]Para, len(block.Table.Rows))}
	for i, row := range block.Table.Rows {
		t.Rows[i] = all(row)
	}
	return Block{Table: t}
}

// Para is a run of text, some of it linked.
type Para []Span

// Span is a piece of text, linked to Href if that is not empty.
type Span struct {
	Text string
	Href string
}

// Address is what somebody has to know who reads the span on paper: where it
// leads, unless that is in the text itself or what its words say.
func (s Span) Address() string {
	if s.Href == "" || s.Href[0] == '#' || s.Href == s.Text || s.Href == "mailto:"+s.Text {
		return ""
	}
	return s.Href
}

// Leads reports whether the span leads anywhere from outside a site: to an
// address that is whole and only leads somewhere.
func (s Span) Leads() bool { return safeLink(s.Href) && s.Href[0] != '/' }

// safeLink tells addresses that lead somewhere from those that do something, as
// html/template does in a page.
func safeLink(href string) bool {
	if strings.ContainsAny(href, "<>\n\r\\") {
		return false
	}
	for _, start := range []string{"/", "https://", "http://", "mailto:"} {
		if strings.HasPrefix(href, start) {
			return true
		}
	}
	return false
}

// Term is a word and what stands for it.
type Term struct {
	Name string
	Says []Para
}

// Table is a table with a head row. Each row is as long as Head; its first cell
// names the row.
type Table struct {
	Head []string
	Rows [][]Para
}

// stop ends p with a full stop, unless its last words bring one.
func (p Para) stop() Para {
	if strings.HasSuffix(p[len(p)-1].Text, ".") {
		return p
	}
	return append(p, Span{Text: "."})
}

func say(text string) Para { return Para{{Text: text}} }

func sayEach(texts []string) []Para {
	says := make([]Para, len(texts))
	for i, text := range texts {
		says[i] = say(text)
	}
	return says
}

func link(text, href string) Para { return Para{{Text: text, Href: href}} }

func (s *Section) para(p Para) { s.Blocks = append(s.Blocks, Block{Para: p}) }

func (s *Section) list(items []Para) {
	if len(items) > 0 {
		s.Blocks = append(s.Blocks, Block{List: items})
	}
}

func (s *Section) terms(t terms) {
	if len(t) > 0 {
		s.Blocks = append(s.Blocks, Block{Terms: t})
	}
}

func (s *Section) table(t *Table) {
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
}

type terms []Term

// add takes in what is said under name; nothing said, nothing taken in.
func (t *terms) add(name string, says ...Para) {
	kept := says[:0]
	for _, p := range says {
		if len(p) > 0 && p[0].Text != "" {
			kept = append(kept, p)
		}
	}
	if len(kept) > 0 {
		*t = append(*t, Term{Name: name, Says: kept})
	}
}
