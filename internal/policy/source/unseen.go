package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unseen reports a character that a reader does not see although it does
// something: it commands a terminal, turns the order of the letters around it,
// or ends a line where no editor shows an end. With one a text reads otherwise
// than it is. Characters that belong to the writing of a word stay: soft
// hyphens, joiners, and the marks of direction that reach no further than
// their neighbours.
func unseen(r rune) bool {
	switch r {
	case '\n', '\r', '\t', '\u00ad', '\u061c', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func unseenProblem(r rune) string {
	return fmt.Sprintf("the character U+%04X stands here, which nobody sees", r)
}

// Visible returns s with a question mark for every character that a terminal
// would act on, or that would turn the order of what is shown.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unseen(r) || r == '\r' || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
