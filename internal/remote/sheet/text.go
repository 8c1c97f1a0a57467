package sheet

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kept/internal/fault"
)

// text returns a file as UTF-8, whichever way it is written: programs for tables
// write UTF-8 or UTF-16 with a mark, UTF-8 without, or the Windows code page of
// western Europe.
func text(file string, raw []byte) ([]byte, error) {
	if len(raw) > MostBytes {
		return nil, fault.New(fault.TooLarge, "%s is larger than %d MB; divide it", file, MostBytes>>20)
	}
	order, wide := unicode.LittleEndian, false
	switch {
	case bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		wide = true
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		order, wide = unicode.BigEndian, true
	case len(raw) > 1 && raw[0] == 0 && raw[1] != 0:
		order, wide = unicode.BigEndian, true
	case len(raw) > 1 && raw[0] != 0 && raw[1] == 0:
		wide = true
	}
	var err error
	switch {
	case wide:
		raw, err = unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(raw)
	case !utf8.Valid(raw):
		raw, err = charmap.Windows1252.NewDecoder().Bytes(raw)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s is no text: %w", file, err)
	}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return nil, place{file, 1 + bytes.Count(raw[:i], []byte("\n")), 1}.wrong("this is no text; save the list as CSV or vCard")
	}
	return raw, nil
}
