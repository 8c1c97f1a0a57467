package register

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"kept/internal/fault"
)

// cellLimit is how many UTF-16 units a cell of a workbook can hold.
const cellLimit = 32767

// writeXLSX writes the record as a workbook, a sheet for each table. The same record
// gives the same bytes: the workbook bears no date and no author.
func (r *Record) writeXLSX(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close() // nothing of it is on disk
	if err := r.fill(f); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// Sheets are the tables of the workbook in their order.
func (r *Record) Sheets() []Table {
	return []Table{
		r.Cover(), r.ActivityTable(), r.Data(), r.RecipientTable(), r.TransferTable(), r.MeasureTable(), r.ProcessorTable(), r.StorageTable(),
	}
}

func (r *Record) fill(f *excelize.File) error {
	// A fixed day: the record says by version and hash what it was made from.
	made := time.Unix(0, 0).UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Title: r.Title(), Language: r.Language, Creator: "Kept", LastModifiedBy: "Kept", Created: made, Modified: made}); err != nil {
		return err
	}
	head, body, err := styles(f)
	if err != nil {
		return err
	}
	for i, t := range r.Sheets() {
		name := r.say("sheet." + t.Key)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if err := t.sheet(f, name, head, body); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	return nil
}

func styles(f *excelize.File) (head, body int, err error) {
	line := []excelize.Border{{Type: "bottom", Color: "C8C8C8", Style: 1}}
	head, err = f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"ECEFF1"}}, Border: line,
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return 0, 0, err
	}
	// 49 is the format "text": a cell stays text when somebody edits it.
	body, err = f.NewStyle(&excelize.Style{NumFmt: 49, Border: line, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	return head, body, err
}

// sheet writes t into the sheet called name: the head stays in sight, columns
// can be filtered, text wraps.
func (t Table) sheet(f *excelize.File, name string, head, body int) error {
	for i, width := range t.Width {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := f.SetColWidth(name, col, col, width); err != nil {
			return err
		}
	}
	if err := setRow(f, name, 1, t.Head, head); err != nil {
		return err
	}
	for i, row := range t.Rows {
		line := make([]string, len(row))
		for j, c := range row {
			line[j] = strings.Join(neutralLines(c), "\n")
		}
		if err := setRow(f, name, i+2, line, body); err != nil {
			return err
		}
		if err := f.SetRowHeight(name, i+2, t.height(row)); err != nil {
			return err
		}
	}
	if err := f.SetPanes(name, t.panes()); err != nil {
		return err
	}
	if err := f.SetPageLayout(name, landscape()); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(t.Head), len(t.Rows)+1)
	if err != nil {
		return err
	}
	return f.AutoFilter(name, "A1:"+last, nil)
}

func setRow(f *excelize.File, sheet string, row int, values []string, style int) error {
	for i, v := range values {
		at, err := excelize.CoordinatesToCellName(i+1, row)
		if err != nil {
			return err
		}
		if len(utf16.Encode([]rune(v))) > cellLimit {
			return fault.New(fault.TooLarge, "cell %s holds more than the %d characters that a workbook allows; take --format csv or json", at, cellLimit)
		}
		if err := f.SetCellStr(sheet, at, v); err != nil {
			return err
		}
		if err := f.SetCellStyle(sheet, at, at, style); err != nil {
			return err
		}
	}
	return nil
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

// panes keep the head in sight, and of wide tables the column that names the
// row.
func (t Table) panes() *excelize.Panes {
	p := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if len(t.Head) > 8 {
		p.XSplit, p.TopLeftCell, p.ActivePane = t.named(), "", "bottomRight"
		at, err := excelize.CoordinatesToCellName(p.XSplit+1, 2)
		if err != nil {
			panic(err) // a small number
		}
		p.TopLeftCell = at
	}
	return p
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

func landscape() *excelize.PageLayoutOptions {
	orientation, fit, a4, high := "landscape", 1, 9, 0
	return &excelize.PageLayoutOptions{Orientation: &orientation, FitToWidth: &fit, FitToHeight: &high, Size: &a4}
}
