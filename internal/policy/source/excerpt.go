package source

import (
	"fmt"
	"strings"
)

// excerptWidth is how many characters of a line an excerpt shows at most.
const excerptWidth = 160

// Lines is the lines of a file, to show parts of.
type Lines []string

// Split takes a file into its lines.
func Split(src []byte) Lines { return strings.Split(string(src), "\n") }

// Excerpt returns the line at at with the one above it and a marker below:
//
//	7 |   access-log:
//	8 |     basis: legitimate-interests
//	  |     ^^^^^
//
// It returns "" for a place outside the file.
func (lines Lines) Excerpt(at Pos) string {
	if at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
		return ""
	}
	var b strings.Builder
	width := len(fmt.Sprint(at.Line))
	if at.Line > 1 && strings.TrimSpace(lines[at.Line-2]) != "" {
		fmt.Fprintf(&b, "%*d | %s\n", width, at.Line-1, shown(lines[at.Line-2]))
	}
	line := shown(lines[at.Line-1])
	fmt.Fprintf(&b, "%*d | %s\n", width, at.Line, line)
	fmt.Fprintf(&b, "%*s | %s%s", width, "", blank(line, at.Column-1), marker(line, at.Column-1))
	return b.String()
}

// End returns the column behind the word, or the quoted text, that begins at at:
// what Excerpt marks. It is one further for a place outside the file.
func (lines Lines) End(at Pos) int {
	if at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
		return at.Column + 1
	}
	return at.Column + len(marker(strings.TrimRight(lines[at.Line-1], "\r"), at.Column-1))
}

// shown bounds a line and makes harmless what a terminal would act on.
func shown(line string) string {
	runes := []rune(strings.TrimRight(line, "\r"))
	if len(runes) > excerptWidth {
		runes = append(runes[:excerptWidth], '…')
	}
	return Visible(string(runes))
}

// blank returns space as wide as the first n characters of line.
func blank(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i == n {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// marker underlines the word, or the quoted text, that begins after n characters.
func marker(line string, n int) string {
	runes := []rune(line)
	if n >= len(runes) {
		return "^"
	}
	ends := " \t,:]}#"
	if q := runes[n]; q == '"' || q == '\'' {
		ends = string(q)
	}
	length := 1
	for n+length < len(runes) && !strings.ContainsRune(ends, runes[n+length]) {
		length++
	}
	if ends == "\"" || ends == "'" {
		length = min(length+1, len(runes)-n)
	}
	return strings.Repeat("^", length)
}
