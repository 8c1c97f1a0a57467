package notice

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

// Para is a run of text, some of it linked.
type Para []Span

// Span is a piece of text, linked to Href if that is not empty.
type Span struct {
	Text string
	Href string
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

func say(text string) Para { return Para{{Text: text}} }

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
