package register

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// byteOrderMark tells Excel that a CSV file is UTF-8.
const byteOrderMark = "\ufeff"

// CSV writes the table of data by RFC 4180, a row for each activity and data
// category. mark puts a byte order mark in front, for Excel.
func (r *Record) CSV(w io.Writer, mark bool) error {
	if mark {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return fmt.Errorf("write the record as CSV: %w", err)
		}
	}
	t := r.Data()
	out := csv.NewWriter(w)
	out.UseCRLF = true
	lines := [][]string{t.Head}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = neutral(strings.Join(c, "; "))
		}
		lines = append(lines, line)
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write the record as CSV: %w", err)
	}
	return nil
}

// JSON writes the record by its schema, docs/reference/register.schema.json.
func (r *Record) JSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(true)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the record as JSON: %w", err)
	}
	return nil
}
