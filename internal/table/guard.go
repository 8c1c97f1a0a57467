package table

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// formula are the characters with which a formula begins, also in the wide forms that
// some spreadsheets narrow on reading.
const formula = "=+-@\t\r|＝＋－＠"

// Guard keeps a cell from being computed by the program that opens it, by a quotation
// mark before it.
func Guard(cell string) string {
	if begins(cell) {
		return "'" + cell
	}
	return cell
}

// Unguard takes away what Guard put before a cell.
func Unguard(cell string) string {
	if rest, marked := strings.CutPrefix(cell, "'"); marked && begins(rest) {
		return rest
	}
	return cell
}

// begins reports whether a cell begins like a formula: at its first character, or at the
// first that is no space.
func begins(cell string) bool {
	for _, text := range []string{cell, strings.TrimLeftFunc(cell, unicode.IsSpace)} {
		if first, size := utf8.DecodeRuneInString(text); size > 0 && strings.ContainsRune(formula, first) {
			return true
		}
	}
	return false
}
