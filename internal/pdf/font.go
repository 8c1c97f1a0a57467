package pdf

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// use notes which characters of a face the document needs.
func (d *Document) use(r run) {
	if r.face <= bold {
		return
	}
	if d.used == nil {
		d.used = map[face]map[rune]bool{}
	}
	if d.used[r.face] == nil {
		d.used[r.face] = map[rune]bool{}
	}
	for _, c := range r.text {
		d.used[r.face][c] = true
	}
}

// fonts are the objects of the faces that the document uses beside the two that every
// reader has, from the number next on, and their names for the pages.
func (d *Document) fonts(next int) (names string, objects []string) {
	for _, f := range slices.Sorted(maps.Keys(d.used)) {
		names += fmt.Sprintf(" /F%d %d 0 R", f+1, next+len(objects))
		used := slices.Sorted(maps.Keys(d.used[f]))
		if f == embedded {
			objects = append(objects, embed(next+len(objects), used)...)
			continue
		}
		objects = append(objects, borrow(next+len(objects), f, used)...)
	}
	return names, objects
}

// embed are the objects of the embedded font with the glyphs of some characters.
func embed(at int, used []rune) []string {
	t := wide()
	var glyphs []uint16
	var widths, codes strings.Builder
	for _, c := range used {
		g := t.glyphs[c]
		glyphs = append(glyphs, g)
		fmt.Fprintf(&widths, " %d [%d]", g, t.width(g))
		fmt.Fprintf(&codes, "<%04X> <%s>\n", g, hexadecimal(c))
	}
	// The letters before the plus say that it is a part of the font.
	const name = "KEPTAA+GoRegular"
	file := t.with(glyphs)
	return []string{
		fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", name, at+1, at+3),
		fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity /FontDescriptor %d 0 R /DW 556 /W [%s ] >>", name, at+2, widths.String()),
		fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-200 -250 1200 950] /ItalicAngle 0 /Ascent 935 /Descent -210 /CapHeight 723 /StemV 80 /FontFile2 %d 0 R >>", name, at+4),
		toUnicode(len(used), codes.String()),
		fmt.Sprintf("<< /Length %d /Length1 %d >>\nstream\n%s\nendstream", len(file), len(file), file),
	}
}

// borrow are the objects of a font that the reader's machine has.
func borrow(at int, f face, used []rune) []string {
	b := borrowed[f]
	var codes strings.Builder
	for _, c := range used {
		fmt.Fprintf(&codes, "<%s> <%[1]s>\n", hexadecimal(c))
	}
	return []string{
		fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s-%s /Encoding /%s /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", b.base, b.encoding, b.encoding, at+1, at+3),
		fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (%s) /Supplement 2 >> /FontDescriptor %d 0 R /DW 1000 >>", b.base, b.ordering, at+2),
		fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-100 -200 1100 900] /ItalicAngle 0 /Ascent 859 /Descent -140 /CapHeight 720 /StemV 80 >>", b.base),
		toUnicode(len(used), codes.String()),
	}
}

// mostCodes is how many lines a block of the table may have.
const mostCodes = 100

// toUnicode is the table by which readers find and copy text (ISO 32000-1, 9.10.3).
func toUnicode(n int, codes string) string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	lines := strings.SplitAfter(codes, "\n")[:n]
	for block := range slices.Chunk(lines, mostCodes) {
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", len(block), strings.Join(block, ""))
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", b.Len(), b.String())
}

func hexadecimal(c rune) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune{c}) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
