package notice

import (
	"strings"
	"unicode/utf8"
)

const (
	measure = 78 // characters a line of plain text
	indent  = "    "
)

// plain sets the notice as text: chapters underlined, terms and rows of tables
// as name and lines below it.
func (n Notice) plain() string {
	var b strings.Builder
	heading(&b, n.Title, "=")
	b.WriteString("\n" + oneLine(n.Stand) + "\n")
	for _, s := range n.Sections {
		b.WriteString("\n")
		if s.Level == 2 {
			b.WriteString("\n")
		}
		heading(&b, s.Title, map[int]string{2: "-", 3: ""}[s.Level])
		for _, block := range s.Blocks {
			b.WriteString("\n")
			block.plain(&b)
		}
	}
	return b.String()
}

func heading(b *strings.Builder, title, line string) {
	title = oneLine(title)
	b.WriteString(title + "\n")
	if line != "" {
		b.WriteString(strings.Repeat(line, utf8.RuneCountInString(title)) + "\n")
	}
}

func (block Block) plain(b *strings.Builder) {
	switch {
	case block.Para != nil:
		wrap(b, "", "", block.Para.text())
	case block.List != nil:
		for _, item := range block.List {
			wrap(b, "- ", "  ", item.text())
		}
	case block.Terms != nil:
		for _, t := range block.Terms {
			b.WriteString(oneLine(t.Name) + ":\n")
			for _, p := range t.Says {
				wrap(b, indent, indent, p.text())
			}
		}
	case block.Table != nil:
		for _, row := range block.Table.Rows {
			b.WriteString(oneLine(row[0].text()) + "\n")
			for i, cell := range row[1:] {
				wrap(b, indent, indent+indent, block.Table.Head[i+1]+": "+cell.text())
			}
		}
	}
}

// text is p without its links, but for those that lead out of the text.
func (p Para) text() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
		if a := s.Address(); a != "" {
			b.WriteString(" (" + a + ")")
		}
	}
	return b.String()
}

// wrap sets text in lines of the measure; words longer than a line stay whole.
func wrap(b *strings.Builder, first, rest, text string) {
	line := first
	empty := true
	for word := range strings.FieldsFuncSeq(text, isSpace) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > measure {
			b.WriteString(line + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(line + "\n")
}

// isSpace leaves no-break spaces alone.
func isSpace(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' }

func oneLine(s string) string { return strings.Join(strings.FieldsFunc(s, isSpace), " ") }
