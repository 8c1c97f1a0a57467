package press

import (
	"strings"
	"unicode"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// look is how a run of text is set.
type look struct {
	style   string  // of the family: "", "B"
	size    float64 // points
	leading float64 // millimetres from line to line
	ink     colour
}

type colour struct{ r, g, b int }

// The inks of the house: those of its pages by daylight.
var (
	ink    = colour{0x1d, 0x1c, 0x1a}
	faint  = colour{0x5d, 0x5a, 0x54}
	accent = colour{0x14, 0x56, 0x6b}
	line   = colour{0xdc, 0xd8, 0xcf}
	edge   = colour{0x8a, 0x85, 0x7b}
)

var (
	title    = look{"B", 22, 10, ink}
	chapter  = look{"B", 13.5, 6.6, ink}
	heading  = look{"B", 10.5, 5.4, ink}
	body     = look{"", 9.5, 5, ink}
	entry    = look{"", 9.5, 5.2, ink}
	label    = look{"", 9, 5, faint}
	quiet    = look{"", 9.5, 5, faint}
	cell     = look{"", 8.2, 4.2, ink}
	cellName = look{"B", 8.2, 4.2, ink}
	cellHead = look{"", 8, 4.2, faint}
	footing  = look{"", 7.5, 4, faint}
)

const hairline = 0.15

// rise is how far the baseline lies below the top of a line.
func (l look) rise() float64 { return l.leading - l.drop() }

// drop is how far the bottom of a line lies below its baseline.
func (l look) drop() float64 { return (l.leading-l.size*pointsToMM)/2 + l.size*pointsToMM*0.22 }

const pointsToMM = 25.4 / 72

const family = "go"

func (s *sheet) loadFonts() {
	s.AddUTF8FontFromBytes(family, "", goregular.TTF)
	s.AddUTF8FontFromBytes(family, "B", gomedium.TTF)
}

func (s *sheet) use(l look) {
	s.SetFont(family, l.style, l.size)
	s.colour(l.ink)
}

func (s *sheet) colour(c colour) { s.SetTextColor(c.r, c.g, c.b) }

// rule draws a line over the whole width.
func (s *sheet) rule(y, weight float64, c colour) {
	s.SetDrawColor(c.r, c.g, c.b)
	s.SetLineWidth(weight)
	s.Line(left, y, 210-right, y)
}

var face = func() *sfnt.Font {
	f, err := sfnt.Parse(gobold.TTF)
	if err != nil {
		panic("press: " + err.Error()) // the font is embedded
	}
	return f
}()

// missing stands for a character that the fonts do not have.
const missing = '□'

// printable returns text with whatever the fonts cannot show, or what only
// steers its direction, made visible; white space becomes plain spaces.
func printable(text string) string {
	var b sfnt.Buffer
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0' || r == '\u202f':
			return '\u00a0'
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || r > 0xffff:
			return missing
		}
		if i, err := face.GlyphIndex(&b, r); err != nil || i == 0 {
			return missing
		}
		return r
	}, text)
}
