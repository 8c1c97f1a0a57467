package notice

import "strings"

// Markdown returns the notice as CommonMark, tables as GitHub writes them.
// Whatever the policy's words hold stays text.
func (n Notice) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + Escape(n.Title) + "\n\n" + Escape(n.Stand) + "\n")
	for _, s := range n.Sections {
		b.WriteString("\n" + strings.Repeat("#", s.Level) + " " + Escape(s.Title) + "\n")
		for _, block := range s.Blocks {
			b.WriteString("\n")
			block.markdown(&b)
		}
	}
	return b.String()
}

func (block Block) markdown(b *strings.Builder) {
	switch {
	case block.Para != nil:
		b.WriteString(block.Para.markdown() + "\n")
	case block.List != nil:
		for _, item := range block.List {
			b.WriteString("- " + item.markdown() + "\n")
		}
	case block.Terms != nil:
		for _, t := range block.Terms {
			b.WriteString("- **" + Escape(t.Name) + "**\n")
			for _, p := range t.Says {
				b.WriteString("  - " + p.markdown() + "\n")
			}
		}
	case block.Table != nil:
		block.Table.markdown(b)
	}
}

func (t *Table) markdown(b *strings.Builder) {
	head := make([]string, len(t.Head))
	for i, h := range t.Head {
		head[i] = Escape(h)
	}
	b.WriteString("| " + strings.Join(head, " | ") + " |\n" + strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, p := range row {
			cells[i] = p.markdown()
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
}

func (p Para) markdown() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.Href == "" || s.Href[0] == '#' || !safeLink(s.Href):
			b.WriteString(Escape(s.Text))
		default:
			b.WriteString("[" + Escape(s.Text) + "](<" + s.Href + ">)")
		}
	}
	return b.String()
}
