package register

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ByteOrderMark in front of a CSV file tells Excel that it is UTF-8.
const ByteOrderMark = "\ufeff"

// writeCSV writes the table of data by RFC 4180, a row for each activity and data
// category.
func (r *Record) writeCSV(w io.Writer) error {
	t := r.Data()
	out := csv.NewWriter(w)
	out.UseCRLF = true
	lines := [][]string{t.Head}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = strings.Join(neutralLines(c), "; ")
		}
		lines = append(lines, line)
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write the record as CSV: %w", err)
	}
	return nil
}

// writeJSON writes v indented. A Record follows docs/reference/register.schema.json.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(true)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the record as JSON: %w", err)
	}
	return nil
}
