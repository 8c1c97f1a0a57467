package source

import "strings"

// section is the part of a file from one top-level key to the next.
type section struct {
	line int // lines before it
	text string
}

// bySection reads each top-level section alone after the whole file failed.
// It returns what the readable ones hold and what is wrong in the others; if
// none fails alone, the failure of the whole stands.
func bySection(text string, failure []Mistake) (*Node, []Mistake) {
	root := &Node{Pos: Pos{1, 1}, Kind: Map}
	var mistakes []Mistake
	for _, s := range sections(text) {
		node, found := whole(s.text)
		if len(found) == 1 && found[0].Fault == Empty {
			continue
		}
		for _, m := range found {
			m.Line += s.line
			mistakes = append(mistakes, m)
		}
		if node != nil && node.Kind == Map {
			node.shift(s.line)
			root.Entries = append(root.Entries, node.Entries...)
		}
	}
	if len(mistakes) == 0 {
		mistakes = failure
	}
	return root, mistakes
}

func sections(text string) []section {
	var found []section
	start, first, line := 0, 0, 0
	for at := 0; at < len(text); line++ {
		next := len(text)
		if end := strings.IndexByte(text[at:], '\n'); end >= 0 {
			next = at + end + 1
		}
		if at > start && startsSection(text[at:next]) {
			found = append(found, section{first, text[start:at]})
			start, first = at, line
		}
		at = next
	}
	return append(found, section{first, text[start:]})
}

func startsSection(line string) bool {
	return line != "" && !strings.ContainsRune(" \t\r\n#-}]", rune(line[0]))
}

// shift moves a tree that was read alone to its place in the file.
func (n *Node) shift(lines int) {
	n.Line += lines
	for i := range n.Entries {
		n.Entries[i].Line += lines
		n.Entries[i].Value.shift(lines)
	}
	for _, item := range n.Items {
		item.shift(lines)
	}
}

// withoutTabs puts a space in place of each tab of an indentation.
func withoutTabs(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		rest := strings.TrimLeft(line, " \t")
		lines[i] = strings.Repeat(" ", len(line)-len(rest)) + rest
	}
	return strings.Join(lines, "\n")
}
