package markup

import (
	"strings"
	"unicode/utf8"
)

// nowhere stands in a style sheet where a held URL stood: no browser fetches it
// (CSS Values 4, 4.5.5).
const nowhere = `"about:invalid"`

// inertStyle returns src with every URL that is held replaced, and whether
// there was one. It reads tokens as CSS Syntax 3 does, because an escape, a
// comment or a string can hide a url() from anything simpler.
func inertStyle(src string, held func(url string) bool) (string, bool) {
	if !strings.ContainsAny(src, `(@\`) {
		return src, false
	}
	s := styleScan{src: src, held: held}
	for s.pos < len(src) {
		s.token()
	}
	if s.done == 0 {
		return src, false
	}
	s.out.WriteString(src[s.done:])
	return s.out.String(), true
}

type styleScan struct {
	src       string
	pos       int
	held      func(url string) bool
	functions []bool // of each open bracket, whether its strings are URLs
	rule      string // import or namespace, up to the rule's end
	out       strings.Builder
	done      int // how much of src is in out
}

// urlFunctions take URLs as strings.
var urlFunctions = names("url src image image-set -webkit-image-set cross-fade -webkit-cross-fade")

func (s *styleScan) token() {
	c := s.src[s.pos]
	switch {
	case strings.HasPrefix(s.src[s.pos:], "/*"):
		s.skipComment()
	case c == '"' || c == '\'':
		s.text()
	case c == '@':
		s.pos++
		if name := strings.ToLower(s.name()); name == "import" || name == "namespace" {
			s.rule = name
		}
	case c == '#':
		s.pos++
		s.name()
	case c >= '0' && c <= '9':
		for s.pos < len(s.src) && (s.src[s.pos] >= '0' && s.src[s.pos] <= '9' || s.src[s.pos] == '.') {
			s.pos++
		}
		s.name()
	case s.startsName():
		s.word()
	case c == '(':
		s.functions = append(s.functions, false)
		s.pos++
	case c == ')':
		if n := len(s.functions); n > 0 {
			s.functions = s.functions[:n-1]
		}
		s.pos++
	default:
		if c == ';' || c == '{' || c == '}' {
			s.rule = ""
		}
		s.pos++
	}
}

func (s *styleScan) skipComment() {
	end := strings.Index(s.src[s.pos+2:], "*/")
	if end < 0 {
		s.pos = len(s.src)
		return
	}
	s.pos += end + 4
}

// text reads a quoted string and judges it where it is a URL.
func (s *styleScan) text() {
	start, quote := s.pos, s.src[s.pos]
	var value strings.Builder
	for s.pos++; s.pos < len(s.src); {
		c := s.src[s.pos]
		switch {
		case c == quote:
			s.pos++
			s.judge(start, value.String())
			return
		case c == '\n' || c == '\r' || c == '\f': // a bad string: it is dropped by browsers
			return
		case c == '\\':
			s.escape(&value)
		default:
			value.WriteByte(c)
			s.pos++
		}
	}
	s.judge(start, value.String())
}

func (s *styleScan) judge(start int, url string) {
	inFunction := len(s.functions) > 0 && s.functions[len(s.functions)-1]
	if s.rule == "namespace" || s.rule != "import" && !inFunction {
		return
	}
	s.replace(start, url, nowhere)
}

func (s *styleScan) replace(start int, url, with string) {
	if !s.held(url) {
		return
	}
	s.out.WriteString(s.src[s.done:start])
	s.out.WriteString(with)
	s.done = s.pos
}

// word reads an identifier, a function's opening or an unquoted url().
func (s *styleScan) word() {
	start := s.pos
	name := strings.ToLower(s.name())
	if s.pos >= len(s.src) || s.src[s.pos] != '(' {
		return
	}
	s.pos++
	if name != "url" || s.quoteFollows() {
		s.functions = append(s.functions, urlFunctions[name])
		return
	}
	var value strings.Builder
	for s.pos < len(s.src) && s.src[s.pos] != ')' {
		if s.src[s.pos] == '\\' {
			s.escape(&value)
			continue
		}
		value.WriteByte(s.src[s.pos])
		s.pos++
	}
	if s.pos < len(s.src) {
		s.pos++
	}
	if s.rule != "namespace" {
		s.replace(start, value.String(), "url("+nowhere+")")
	}
}

func (s *styleScan) quoteFollows() bool {
	rest := strings.TrimLeft(s.src[s.pos:], " \t\n\r\f")
	return rest != "" && (rest[0] == '"' || rest[0] == '\'')
}

func (s *styleScan) startsName() bool {
	c := s.src[s.pos]
	return isNameByte(c) && (c < '0' || c > '9') || c == '\\' && s.pos+1 < len(s.src) && s.src[s.pos+1] != '\n'
}

func isNameByte(c byte) bool {
	return class[c]&isLetter != 0 || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// name reads what may stand in an identifier, escapes resolved.
func (s *styleScan) name() string {
	start := s.pos
	for s.pos < len(s.src) && isNameByte(s.src[s.pos]) {
		s.pos++
	}
	if s.pos >= len(s.src) || s.src[s.pos] != '\\' {
		return s.src[start:s.pos]
	}
	var name strings.Builder
	name.WriteString(s.src[start:s.pos])
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case isNameByte(c):
			name.WriteByte(c)
			s.pos++
		case c == '\\' && s.pos+1 < len(s.src) && s.src[s.pos+1] != '\n':
			s.escape(&name)
		default:
			return name.String()
		}
	}
	return name.String()
}

// escape reads a backslash and what it stands for (CSS Syntax 3, 4.3.7).
func (s *styleScan) escape(to *strings.Builder) {
	s.pos++
	if s.pos >= len(s.src) {
		return
	}
	code, digits := rune(0), 0
	for digits < 6 && s.pos < len(s.src) && unhex(s.src[s.pos]) >= 0 {
		code = code<<4 | rune(unhex(s.src[s.pos]))
		s.pos++
		digits++
	}
	if digits == 0 {
		if strings.HasPrefix(s.src[s.pos:], "\r\n") {
			s.pos++
		}
		if c := s.src[s.pos]; c != '\n' && c != '\r' && c != '\f' {
			to.WriteByte(c)
		}
		s.pos++
		return
	}
	if strings.HasPrefix(s.src[s.pos:], "\r\n") {
		s.pos += 2
	} else if s.pos < len(s.src) && class[s.src[s.pos]]&isSpace != 0 {
		s.pos++
	}
	if code == 0 || !utf8.ValidRune(code) {
		code = utf8.RuneError
	}
	to.WriteRune(code)
}
