package register

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"kept/internal/fault"
)

// cellLimit is how many UTF-16 units a cell of a workbook can hold.
const cellLimit = 32767

// writeXLSX writes the record as a workbook, a sheet for each table. The same record
// gives the same bytes: the workbook bears no date and no author.
func (r *Record) writeXLSX(w io.Writer) error {
	book := newBook(w, r.Title(), r.Language)
	for _, t := range r.Sheets() {
		if err := t.sheet(book, r.say("sheet."+t.Key)); err != nil {
			return fmt.Errorf("write the workbook: %w", err)
		}
	}
	if err := book.close(); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// Sheets are the tables of the workbook in their order.
func (r *Record) Sheets() []Table {
	all := []Table{
		r.Cover(), r.ActivityTable(), r.Data(), r.RecipientTable(), r.TransferTable(), r.MeasureTable(), r.ProcessorTable(), r.StorageTable(),
	}
	if c := r.CustomerTable(); len(c.Rows) > 0 {
		all = append(all, c)
	}
	return all
}

// sheet writes t into a sheet called name: the head stays in sight, columns can be
// filtered, text wraps.
func (t Table) sheet(b *book, name string) error {
	s := sheet{name: name, widths: t.Width, frozen: t.frozen(), rows: []sheetRow{{cells: t.Head}}}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = strings.Join(neutralLines(c), "\n")
			if len(utf16.Encode([]rune(line[i]))) > cellLimit {
				return fault.New(fault.TooLarge, "cell %s of the sheet %s holds more than the %d characters that a workbook allows; take --format csv or json",
					place(i, len(s.rows)), name, cellLimit)
			}
		}
		s.rows = append(s.rows, sheetRow{cells: line, height: t.height(row)})
	}
	return b.add(s)
}

const (
	lineHeight   = 15.0  // points
	tallest      = 409.0 // points: no spreadsheet shows a taller row
	charsPerUnit = 0.92  // of a column's width that text fills before it wraps
)

// height is how tall a row must be for its tallest cell. Spreadsheets fit rows
// to wrapped text only while somebody edits them.
func (t Table) height(row []Cell) float64 {
	most := 1
	for i, c := range row {
		lines := 0
		for _, line := range c {
			lines += wrapped(line, t.Width[i]*charsPerUnit)
		}
		most = max(most, lines)
	}
	return min(tallest, float64(most)*lineHeight+3)
}

// wrapped counts the lines that text takes at width characters.
func wrapped(text string, width float64) int {
	lines, used := 1, 0.0
	for word := range strings.SplitSeq(text, " ") {
		n := float64(len([]rune(word)))
		if used > 0 && used+1+n > width {
			lines, used = lines+1, 0
		}
		for ; n > width; n -= width {
			lines++
		}
		used += n + 1
	}
	return lines
}

// frozen is how many columns stay in sight beside the head: of wide tables those
// that name the row.
func (t Table) frozen() int {
	if len(t.Head) > 8 {
		return t.named()
	}
	return 0
}

// named is up to which column a row says what it is.
func (t Table) named() int {
	switch t.Key {
	case "data", "processor":
		return 3
	case "activities":
		return 2
	}
	return 1
}
