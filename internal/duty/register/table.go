package register

import (
	"strings"
	"unicode"

	"kept/internal/table"
)

// Table is rows of cells below a head row. A cell is a list of lines, so that
// each format joins them as it likes.
type Table struct {
	Key   string // names the words of its title
	Title string
	Head  []string
	Width []float64 // of each column, in characters
	Rows  [][]Cell
}

// Cell is the lines of one cell, each without a line break.
type Cell []string

// column is one column of a table over things of type T.
type column[T any] struct {
	key   string // names the words of its head
	width float64
	cell  func(T) Cell
}

func tableOf[T any](lang, key string, columns []column[T], things []T) Table {
	t := Table{Key: key, Title: words(lang, "table."+key)}
	for _, c := range columns {
		t.Head = append(t.Head, words(lang, "col."+c.key))
		t.Width = append(t.Width, c.width)
	}
	for _, x := range things {
		row := make([]Cell, len(columns))
		for i, c := range columns {
			row[i] = c.cell(x)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cell is a cell of the lines that say something, each on one line.
func cell(lines ...string) Cell {
	c := Cell{}
	for _, line := range lines {
		if line = oneLine(line); line != "" {
			c = append(c, line)
		}
	}
	return c
}

func names(list []Named) Cell { return cell(namesOf(list)...) }

func terms(list []Term) Cell {
	c := Cell{}
	for _, t := range list {
		c = append(c, oneLine(t.Name))
	}
	return c
}

// oneLine sets text in one line and takes out what no cell can hold: control
// characters, line breaks and runs of space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r != nbsp && unicode.IsSpace(r)
	}), " ")
}

const nbsp = '\u00a0'

// neutralLines neutralises each line: a spreadsheet may split a cell at what
// joins them.
func neutralLines(c Cell) []string {
	lines := make([]string, len(c))
	for i, line := range c {
		lines[i] = table.Guard(line)
	}
	return lines
}

func unique(c Cell) Cell {
	seen, kept := map[string]bool{}, Cell{}
	for _, line := range c {
		if !seen[line] {
			seen[line] = true
			kept = append(kept, line)
		}
	}
	return kept
}
