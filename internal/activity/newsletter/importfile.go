package newsletter

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/table"
)

// MaxFile is how many bytes a file has that is imported.
const MaxFile = 32 << 20

// Bounds of a file that is imported. More than that comes in several.
const (
	maxRows    = 100_000
	maxColumns = 60
	maxCell    = 8 << 10
)

// Table is a file as it was read: a head and rows of as many cells.
type Table struct {
	Name string // of the file, for problems
	Head []string
	rows []line
}

// line is a row with the place where it begins in the file.
type line struct {
	row   int
	cells []string
}

// Len is how many rows stand below the head.
func (t Table) Len() int { return len(t.rows) }

// Problem is one thing that is wrong with a file, and where.
type Problem struct {
	File   string `json:"file"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Says   string `json:"says"`

	what string // names the words
	args []any
}

// In says what is wrong in a language.
func (p Problem) In(lang i18n.Lang) string {
	return i18n.T(lang, "newsletter.bad."+p.what, p.args...)
}

// String writes a problem as compilers do.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%s: %s", p.File, p.Row, p.Column, p.Says)
}

// ReadTable reads a CSV file: UTF-8, UTF-16 with a mark, or Windows-1252; separated
// by semicolons, commas or tabs, whichever its head has most of. Invalid if it is no
// such file, TooLarge beyond the bounds.
func ReadTable(name string, data []byte) (Table, error) {
	t := Table{Name: plainFile(name)}
	if len(data) > MaxFile {
		return t, fault.New(fault.TooLarge, "%s is larger than %d MiB; import it in parts", t.Name, MaxFile>>20)
	}
	text, err := decode(data)
	if err != nil {
		return t, fault.New(fault.Invalid, "%s: %w", t.Name, err)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(text), -1, true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return t, fault.New(fault.Invalid, "%s:%d:%d: the quotation marks do not match, so it is not clear where a cell ends", t.Name, wrong.Line, wrong.Column)
		}
		if err != nil {
			return t, fault.New(fault.Invalid, "%s: %w", t.Name, err)
		}
		row, _ := r.FieldPos(0)
		if err := t.add(row, cells); err != nil {
			return t, err
		}
	}
	if t.Head == nil {
		return t, fault.New(fault.Invalid, "%s is empty: the first row names the columns", t.Name)
	}
	return t, nil
}

// plainFile is a file's name without folders and without what could end a line of
// an error.
func plainFile(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if name == "" || len(name) > longest {
		return "file.csv"
	}
	return name
}

func (t *Table) add(row int, cells []string) error {
	if len(cells) > maxColumns {
		return fault.New(fault.TooLarge, "%s:%d has more than %d columns", t.Name, row, maxColumns)
	}
	kept := make([]string, len(cells))
	for i, c := range cells {
		if len(c) > maxCell {
			return fault.New(fault.TooLarge, "%s:%d:%d: a cell has at most %d bytes", t.Name, row, i+1, maxCell)
		}
		kept[i] = table.Unguard(strings.TrimSpace(c))
	}
	if !slices.ContainsFunc(kept, func(c string) bool { return c != "" }) {
		return nil
	}
	if t.Head == nil {
		t.Head = kept
		return nil
	}
	if len(t.rows) == maxRows {
		return fault.New(fault.TooLarge, "%s has more than %d rows; import it in parts", t.Name, maxRows)
	}
	t.rows = append(t.rows, line{row, kept})
	return nil
}

// decode returns the text of a file without its mark. What is no UTF-8 and has no
// mark is what spreadsheets of Windows write.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return utf16Text(data[2:], func(a, b byte) uint16 { return uint16(a) | uint16(b)<<8 })
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return utf16Text(data[2:], func(a, b byte) uint16 { return uint16(a)<<8 | uint16(b) })
	}
	data = bytes.TrimPrefix(data, []byte{0xef, 0xbb, 0xbf})
	if bytes.IndexByte(data, 0) >= 0 {
		return "", errors.New("this is no text")
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("the characters are neither UTF-8 nor UTF-16 nor Windows-1252; save the file as UTF-8")
	}
	return string(text), nil
}

func utf16Text(data []byte, unit func(a, b byte) uint16) (string, error) {
	if len(data)%2 != 0 {
		return "", errors.New("half a character stands at the end")
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i < len(data); i += 2 {
		units = append(units, unit(data[i], data[i+1]))
	}
	text := string(utf16.Decode(units))
	if strings.ContainsRune(text, 0) || strings.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("this is no text")
	}
	return text, nil
}

// separator is the one of which the first line has most.
func separator(text string) rune {
	head, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, s := range ";,\t" {
		if n := strings.Count(head, string(s)); n > most {
			best, most = s, n
		}
	}
	return best
}
