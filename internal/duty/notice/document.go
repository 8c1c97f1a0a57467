package notice

// Section is a chapter of a notice. Level 2 sections are chapters, level 3
// their parts.
type Section struct {
	ID     string // stable across languages and versions: the anchor in a page
	Level  int
	Title  string
	Blocks []Block
}

// Block is a paragraph, a list or a table: exactly one of the fields is set.
type Block struct {
	Para  Para
	List  []Para
	Table *Table
}

// Para is a run of text, some of it linked.
type Para []Span

// Span is a piece of text, linked to Href if that is not empty.
type Span struct {
	Text string
	Href string
}

// Table is a table with a head row. Rows are as long as Head.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]Para
}

// say is a paragraph of plain text.
func say(text string) Para { return Para{{Text: text}} }
