package pdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// beyond are the characters that Windows-1252 has between 128 and 159.
var beyond = map[rune]byte{
	'€': 128, '‚': 130, 'ƒ': 131, '„': 132, '…': 133, '†': 134, '‡': 135, 'ˆ': 136, '‰': 137, 'Š': 138, '‹': 139, 'Œ': 140, 'Ž': 142,
	'‘': 145, '’': 146, '“': 147, '”': 148, '•': 149, '–': 150, '—': 151, '˜': 152, '™': 153, 'š': 154, '›': 155, 'œ': 156, 'ž': 158, 'Ÿ': 159,
}

// near are characters that look like one which the fonts have.
var near = strings.NewReplacer("\u202f", "\u00a0", "\u2011", "-", "−", "-", "ẞ", "ß")

// western returns a character of Windows-1252. What would end a line, or is no text, is
// a space.
func western(c rune) (b byte, has bool) {
	switch {
	case c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0:
		return ' ', true
	case c < 0x100:
		return byte(c), true
	}
	b = beyond[c]
	return b, b != 0
}

// encode writes s in Windows-1252, what is not in it as a question mark.
func encode(s string) []byte {
	var b []byte
	for _, c := range near.Replace(s) {
		x, has := western(c)
		if !has {
			x = '?'
		}
		b = append(b, x)
	}
	return b
}

// literal writes s as a string of the file, in ASCII.
func literal(s string) string {
	var b strings.Builder
	b.WriteByte('(')
	for _, c := range encode(s) {
		switch {
		case c == '(' || c == ')' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c > '~':
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(')')
	return b.String()
}

// title writes s as what a reader shows about the document (ISO 32000-1, 7.9.2.2).
func title(s string) string {
	if isWestern(s) {
		return literal(s)
	}
	b := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return string(append(b, '>'))
}

// isWestern reports whether every character of s is one of Windows-1252.
func isWestern(s string) bool {
	for _, c := range near.Replace(s) {
		if _, has := western(c); !has {
			return false
		}
	}
	return true
}

// widths of Helvetica in thousandths of its size, from the space on (Adobe's font
// metrics); digits, points and capitals of money are as wide in bold.
var widths = [224]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 278,
	556, 278, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 278, 611, 278,
	278, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 278, 500, 667,
	278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
	400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
	667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
	722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
	556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
}

// Length is how long s is in millimetres.
func Length(s string, size float64) float64 {
	total := 0
	for _, r := range runs(s, Regular) {
		total += r.length()
	}
	return float64(total) / 1000 * size * point
}

// Wrap breaks s into lines that are at most width millimetres long. A word that is
// longer is broken.
func Wrap(s string, size, width float64) (lines []string) {
	line := ""
	for _, word := range strings.FieldsFunc(s, breaks) {
		for {
			longer := strings.TrimPrefix(line+" "+word, " ")
			if Length(longer, size) <= width {
				line = longer
				break
			}
			if line != "" {
				lines, line = append(lines, line), ""
				continue
			}
			cut := fitting(word, size, width)
			lines, word = append(lines, word[:cut]), word[cut:]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// breaks reports whether a line may end at c: not at a space that keeps a date or an
// amount together.
func breaks(c rune) bool { return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' }

// fitting is how many bytes of a word fit, at least one letter.
func fitting(word string, size, width float64) int {
	end := 0
	for i, c := range word {
		next := i + len(string(c))
		if end > 0 && Length(word[:next], size) > width {
			return end
		}
		end = next
	}
	return end
}
