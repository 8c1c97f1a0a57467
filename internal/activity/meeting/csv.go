package meeting

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"kept/internal/fault"
)

// decode returns the text of a file. Teams writes UTF-16 with a mark, others
// UTF-8 with or without one.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		if len(data)%2 != 0 {
			return "", fault.New(fault.Invalid, "half a character at the end")
		}
		units := make([]uint16, 0, len(data)/2)
		little := data[0] == 0xff
		for i := 2; i < len(data); i += 2 {
			if little {
				units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
			} else {
				units = append(units, uint16(data[i])<<8|uint16(data[i+1]))
			}
		}
		return string(utf16.Decode(units)), nil
	}
	data = bytes.TrimPrefix(data, []byte{0xef, 0xbb, 0xbf})
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", fault.New(fault.Invalid, "this is no text")
	}
	return string(data), nil
}

// line is a record of a table with the line it stands in.
type line struct {
	row   int
	cells []string
}

// lines splits a table whose separator is a tab, a comma or a semicolon,
// whichever its first line with several cells has most of.
func lines(text string, name string, problems *Problems) []line {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(text), -1, true
	var all []line
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		row, _ := r.FieldPos(0)
		if err != nil {
			problems.add(name, row, "file", "no table that can be read")
			return nil
		}
		all = append(all, line{row, cells})
	}
}

func separator(text string) rune {
	best, most := ',', 0
	for l := range strings.Lines(text) {
		for _, s := range "\t,;" {
			if n := strings.Count(l, string(s)); n > most {
				best, most = s, n
			}
		}
		if most > 1 {
			break
		}
	}
	return best
}

// cell returns a cell, empty where the record is shorter.
func (l line) cell(i int) string {
	if i < 0 || i >= len(l.cells) {
		return ""
	}
	return strings.TrimSpace(l.cells[i])
}

// empty reports whether nothing stands in the record.
func (l line) empty() bool {
	for i := range l.cells {
		if l.cell(i) != "" {
			return false
		}
	}
	return true
}
