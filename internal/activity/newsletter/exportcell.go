package newsletter

import "strings"

// formula are the characters at which a spreadsheet begins to compute.
const formula = "=+-@\t\r"

// Guard keeps a cell from being computed by the spreadsheet that opens it.
func Guard(cell string) string {
	if cell != "" && strings.ContainsRune(formula, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// unguard takes away what Guard put before a cell.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formula, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
