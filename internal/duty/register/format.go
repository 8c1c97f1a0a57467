package register

import (
	"io"

	"kept/internal/fault"
)

// The formats of a record, by the ends of their files' names.
const (
	CSV    = "csv"
	XLSX   = "xlsx"
	JSON   = "json"
	JSONLD = "jsonld"
	HTML   = "html"
	SVG    = "svg"
)

// Formats are all formats, the plainest first.
func Formats() []string { return []string{CSV, XLSX, JSON, JSONLD, HTML, SVG} }

// mediaTypes are what browsers and programs call the formats.
var mediaTypes = map[string]string{
	CSV:    "text/csv; charset=utf-8; header=present",
	XLSX:   "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	JSON:   "application/json",
	JSONLD: "application/ld+json",
	HTML:   "text/html; charset=utf-8",
	SVG:    "image/svg+xml",
}

// MediaType returns the media type of a format, "" if there is none of that
// name.
func MediaType(format string) string { return mediaTypes[format] }

// Write writes the record in a format. An unknown one is fault.NotFound.
func (r *Record) Write(w io.Writer, format string) error {
	switch format {
	case CSV:
		return r.writeCSV(w)
	case XLSX:
		return r.writeXLSX(w)
	case JSON:
		return writeJSON(w, r)
	case JSONLD:
		return r.writeJSONLD(w)
	case HTML:
		return r.writeHTML(w)
	case SVG:
		return r.writeSVG(w)
	}
	return fault.New(fault.NotFound, "there is no format %q of the record", format)
}
