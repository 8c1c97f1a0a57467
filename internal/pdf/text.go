package pdf

import (
	"fmt"
	"strings"
	"unicode"
)

// beyond are the characters that Windows-1252 has between 128 and 159.
var beyond = map[rune]byte{
	'€': 128, '‚': 130, 'ƒ': 131, '„': 132, '…': 133, '†': 134, '‡': 135, 'ˆ': 136, '‰': 137, 'Š': 138, '‹': 139, 'Œ': 140, 'Ž': 142,
	'‘': 145, '’': 146, '“': 147, '”': 148, '•': 149, '–': 150, '—': 151, '˜': 152, '™': 153, 'š': 154, '›': 155, 'œ': 156, 'ž': 158, 'Ÿ': 159,
}

// near are letters of neighbouring alphabets, without their marks.
var near = strings.NewReplacer(
	"Ą", "A", "ą", "a", "Ă", "A", "ă", "a", "Ā", "A", "ā", "a", "Ć", "C", "ć", "c", "Č", "C", "č", "c", "Ď", "D", "ď", "d", "Đ", "D", "đ", "d",
	"Ę", "E", "ę", "e", "Ě", "E", "ě", "e", "Ē", "E", "ē", "e", "Ė", "E", "ė", "e", "Ğ", "G", "ğ", "g", "Ģ", "G", "ģ", "g", "Ī", "I", "ī", "i",
	"İ", "I", "ı", "i", "Į", "I", "į", "i", "Ķ", "K", "ķ", "k", "Ł", "L", "ł", "l", "Ľ", "L", "ľ", "l", "Ļ", "L", "ļ", "l", "Ĺ", "L", "ĺ", "l",
	"Ń", "N", "ń", "n", "Ň", "N", "ň", "n", "Ņ", "N", "ņ", "n", "Ő", "Ö", "ő", "ö", "Ō", "O", "ō", "o", "Ř", "R", "ř", "r", "Ŕ", "R", "ŕ", "r",
	"Ś", "S", "ś", "s", "Ş", "S", "ş", "s", "Ș", "S", "ș", "s", "Ť", "T", "ť", "t", "Ţ", "T", "ţ", "t", "Ț", "T", "ț", "t",
	"Ű", "Ü", "ű", "ü", "Ů", "U", "ů", "u", "Ū", "U", "ū", "u", "Ų", "U", "ų", "u", "Ź", "Z", "ź", "z", "Ż", "Z", "ż", "z",
	"\u202f", "\u00a0", "\u2011", "-", "−", "-",
)

// encode writes s in Windows-1252. What would end a line, or is no text, becomes a
// space.
func encode(s string) []byte {
	var b []byte
	for _, c := range near.Replace(s) {
		switch {
		case c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0:
			b = append(b, ' ')
		case c < 0x100:
			b = append(b, byte(c))
		case beyond[c] != 0:
			b = append(b, beyond[c])
		default:
			b = append(b, '?')
		}
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
	for _, c := range encode(s) {
		total += widths[c-' ']
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
