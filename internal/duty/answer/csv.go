package answer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"kept/internal/duty/rights"
)

// byteOrderMark in front of a CSV file tells Excel that it is UTF-8.
const byteOrderMark = "\ufeff"

// tables are the sheets as CSV by RFC 4180, a file each. A sheet that comes a
// second time gets a file of its own.
func (b *bundle) tables(ctx context.Context) error {
	t := &csvTables{bundle: b}
	if err := b.Stream(ctx, b.Person, b.Right, t.row); err != nil {
		return err
	}
	return t.close()
}

type csvTables struct {
	*bundle
	at   int // place among the sheets
	last *rights.Sheet
	file *part
	out  *csv.Writer
}

func (t *csvTables) row(s *rights.Sheet, row []any) error {
	if s != t.last {
		if err := t.next(s); err != nil {
			return err
		}
	}
	line := make([]string, len(row))
	for i, v := range row {
		line[i] = cell(v)
	}
	return t.out.Write(line)
}

func (t *csvTables) next(s *rights.Sheet) error {
	if err := t.close(); err != nil {
		return err
	}
	name := t.named("tables", ".csv", s.System, s.Activity.Key, s.Table.Name)
	if t.at < len(t.sheets) {
		t.sheets[t.at].csv = name
	}
	t.at++
	var err error
	if t.file, err = t.begin(name, "text/csv; charset=utf-8; header=present", "table"); err != nil {
		return err
	}
	if _, err := io.WriteString(t.file, byteOrderMark); err != nil {
		return err
	}
	t.last, t.out = s, csv.NewWriter(t.file)
	t.out.UseCRLF = true
	head := make([]string, len(s.Table.Columns))
	for i, c := range s.Table.Columns {
		head[i] = neutral(c.Name)
	}
	return t.out.Write(head)
}

func (t *csvTables) close() error {
	if t.out == nil {
		return nil
	}
	t.out.Flush()
	t.file.end()
	return t.out.Error()
}

// cell is a value as text. Numbers stay numbers; text that a spreadsheet would
// calculate is neutralised.
func cell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case json.RawMessage:
		return neutral(string(x))
	case string:
		return neutral(x)
	}
	return neutral(fmt.Sprint(v))
}

// begins are what makes a spreadsheet take the text of a cell for a formula.
const begins = "=+-@＝＋－＠\t\r\n"

// neutral keeps spreadsheets from taking text for a formula (class 5 of the
// threats): an apostrophe in front is what they themselves write for text. One
// that is set to German splits at semicolons, whatever stands in quotes: what
// follows one begins a cell there, and what follows a line a row. data.json has
// every value as it is.
func neutral(s string) string {
	var b strings.Builder
	from, cell := 0, true // cell: here a spreadsheet may see one begin
	for i, r := range s {
		if cell && strings.ContainsRune(begins, r) && (i == 0 || !unicode.IsSpace(r)) {
			b.WriteString(s[from:i])
			b.WriteByte('\'')
			from = i
		}
		cell = r == ';' || r == '\t' || r == '\r' || r == '\n'
	}
	return b.String() + s[from:]
}
