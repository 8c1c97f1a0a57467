package answer

import (
	"io"
	"strings"
	"unicode/utf8"
)

// lines writes content lines as RFC 6350 (vCard) and RFC 5545 (iCalendar) share
// them: folded at 75 bytes, never within a character, ended by CRLF.
type lines struct {
	w   io.Writer
	err error
}

// put writes a property whose value is ready for its format.
func (l *lines) put(name, value string) {
	if l.err != nil {
		return
	}
	_, l.err = io.WriteString(l.w, fold(name+":"+value)+"\r\n")
}

// text writes a property whose value is text.
func (l *lines) text(name, value string) { l.put(name, escape(value)) }

const foldAt = 75

func fold(line string) string {
	var b strings.Builder
	room := foldAt
	for len(line) > room {
		at := room
		for at > 0 && !utf8.RuneStart(line[at]) {
			at--
		}
		b.WriteString(line[:at] + "\r\n ")
		line, room = line[at:], foldAt-1
	}
	b.WriteString(line)
	return b.String()
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escape makes text of a value: nothing in it ends the line or begins another
// property.
func escape(s string) string {
	s = escapes.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return -1
		}
		return r
	}, s)
}

// words is a value of a row as text, empty if there is none.
func words(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	return raw(v)
}
