package pdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// face is one of the fonts that a document can have.
type face int

// The faces: the two that every reader has, the one that is embedded, and those that
// readers take from their machine for a script too large to embed. Such a document names
// every character, and who can read the script has a font for it.
const (
	plain face = iota
	bold
	embedded
	chinese
	japanese
	korean
)

// borrowed are the collections of the last three (Adobe's character collections; ISO
// 32000-1, 9.7.5.2).
var borrowed = map[face]struct{ base, ordering, encoding string }{
	chinese:  {"STSong-Light", "GB1", "UniGB-UTF16-H"},
	japanese: {"HeiseiKakuGo-W5", "Japan1", "UniJIS-UTF16-H"},
	korean:   {"HYSMyeongJo-Medium", "Korea1", "UniKS-UTF16-H"},
}

// run is text in one face.
type run struct {
	face face
	text []rune
}

// runs divides s by the faces that have its characters. Letters stay together: as soon
// as one needs the embedded font, all that it has are set in it.
func runs(s string, f Font) (all []run) {
	letters := face(f)
	far := scriptOf(s)
	text := near.Replace(s)
	for _, c := range text {
		if _, has := western(c); !has && wide().glyphs[c] != 0 {
			letters = embedded
			break
		}
	}
	for _, c := range text {
		in := letters
		_, has := western(c)
		switch {
		case letters == embedded && wide().glyphs[c] != 0:
		case has:
			in = face(f)
		case isFar(c):
			in = far
		default:
			in, c = face(f), '?'
		}
		if n := len(all); n > 0 && all[n-1].face == in {
			all[n-1].text = append(all[n-1].text, c)
			continue
		}
		all = append(all, run{in, []rune{c}})
	}
	return all
}

// Lost are the characters of s that a document cannot show.
func Lost(s string) (lost []rune) {
	for _, c := range near.Replace(s) {
		if _, has := western(c); !has && wide().glyphs[c] == 0 && !isFar(c) {
			lost = append(lost, c)
		}
	}
	return lost
}

// scriptOf is the face for the characters of East Asia in s: kana are Japanese, hangul
// Korean.
func scriptOf(s string) face {
	for _, c := range s {
		switch {
		case unicode.In(c, unicode.Hiragana, unicode.Katakana):
			return japanese
		case unicode.Is(unicode.Hangul, c):
			return korean
		}
	}
	return chinese
}

// isFar reports whether a character is one of East Asia that the borrowed faces have.
func isFar(c rune) bool {
	switch {
	case c >= 0x3000 && c <= 0x30ff, c >= 0x4e00 && c <= 0x9fa5, c >= 0xac00 && c <= 0xd7a3, c >= 0xff01 && c <= 0xff5e:
		return true
	}
	return false
}

// show writes the run as text is shown in a page's stream.
func (r run) show() string {
	var b strings.Builder
	switch {
	case r.face <= bold:
		return literal(string(r.text))
	case r.face == embedded:
		for _, c := range r.text {
			fmt.Fprintf(&b, "%04X", wide().glyphs[c])
		}
	default:
		for _, u := range utf16.Encode(r.text) {
			fmt.Fprintf(&b, "%04X", u)
		}
	}
	return "<" + b.String() + ">"
}

// length is how long the run is, in thousandths of its size.
func (r run) length() (total int) {
	switch {
	case r.face <= bold:
		for _, c := range encode(string(r.text)) {
			total += widths[c-' ']
		}
	case r.face == embedded:
		for _, c := range r.text {
			total += wide().width(wide().glyphs[c])
		}
	default:
		total = 1000 * len(r.text)
	}
	return total
}
