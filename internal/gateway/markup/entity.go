package markup

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// decode returns an attribute's value with its character references resolved as
// they are inside attributes: a name without its semicolon counts only if no
// letter, digit or = follows (HTML, 13.2.5.73).
func decode(value []byte) string {
	if bytes.IndexByte(value, '&') < 0 {
		return string(value)
	}
	s := string(value)
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		ref := reference(s[i:])
		s = s[i+len(ref):]
		b.WriteString(resolve(ref, s))
	}
}

// decodeText is decode for text outside of attributes.
func decodeText(text []byte) string {
	if bytes.IndexByte(text, '&') < 0 {
		return string(text)
	}
	return html.UnescapeString(string(text))
}

// reference returns the longest prefix of s that can be one character
// reference, at least the "&".
func reference(s string) string {
	i := 1
	in := func(c byte) bool { return class[c]&isLetter != 0 || c >= '0' && c <= '9' }
	if strings.HasPrefix(s, "&#") {
		i = 2
		in = func(c byte) bool { return c >= '0' && c <= '9' }
		if len(s) > 2 && (s[2] == 'x' || s[2] == 'X') {
			i = 3
			in = func(c byte) bool { return unhex(c) >= 0 }
		}
	}
	for i < len(s) && in(s[i]) {
		i++
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return s[:i]
}

// resolve returns what one reference of an attribute stands for; next is what
// follows it.
func resolve(ref, next string) string {
	if strings.HasPrefix(ref, "&#") {
		return html.UnescapeString(strings.TrimSuffix(ref, ";") + ";")
	}
	text := html.UnescapeString(ref)
	if strings.HasSuffix(ref, ";") {
		if strings.HasSuffix(text, ";") && ref != "&semi;" { // only the beginning is a name
			return ref
		}
		return text
	}
	// Every name that may lack its semicolon stands for one character.
	if utf8.RuneCountInString(text) != 1 || strings.HasPrefix(next, "=") {
		return ref
	}
	return text
}

var (
	attributeEscapes = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;")
	textEscapes      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// writeAttribute renders name="value".
func writeAttribute(name, value string) string {
	return name + `="` + attributeEscapes.Replace(value) + `"`
}
