package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// The bounds of a file. A policy of 200 activities keeps to half of them; they
// hold the worst input to a second or two.
const (
	MaxBytes  = 1 << 20
	MaxLines  = 10_000
	MaxTokens = 40_000
	MaxDepth  = 32
)

// checkBytes finds what can be told without parsing. If the file is too large
// or not text, nothing else is looked at.
func checkBytes(src []byte) []Mistake {
	if len(src) > MaxBytes {
		return []Mistake{{Pos{1, 1}, TooLarge, fmt.Sprintf("the file has %d bytes; a policy may have %d", len(src), MaxBytes)}}
	}
	if bytes.Count(src, []byte{'\n'}) > MaxLines {
		return []Mistake{{Pos{1, 1}, TooLarge, fmt.Sprintf("the file has more than %d lines", MaxLines)}}
	}
	if m := firstUnreadable(bytes.TrimPrefix(src, []byte(byteOrderMark))); m != nil {
		return []Mistake{*m}
	}
	return tabs(src)
}

// byteOrderMark may begin a file; nothing else may hold it.
const byteOrderMark = "\ufeff"

// firstUnreadable finds the first byte that is not UTF-8, or a character that
// nobody sees; a carriage return is part of a line's end only.
func firstUnreadable(src []byte) *Mistake {
	at := Pos{1, 1}
	for len(src) > 0 {
		r, size := utf8.DecodeRune(src)
		src = src[size:]
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && unseen(r), r == 0x7f:
			return &Mistake{at, NotUTF8, "the file holds bytes that are no UTF-8 text"}
		case r == '\r' && !bytes.HasPrefix(src, []byte{'\n'}):
			return &Mistake{at, NotUTF8, "the file holds bytes that are no UTF-8 text"}
		case unseen(r):
			return &Mistake{at, Unseen, unseenProblem(r)}
		case r == '\n':
			at = Pos{at.Line + 1, 0}
		}
		at.Column++
	}
	return nil
}

// tabs finds the lines that are indented with a tab.
func tabs(src []byte) []Mistake {
	var found []Mistake
	for i, line := range bytes.Split(src, []byte{'\n'}) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && len(bytes.TrimSpace(line)) > 0 {
			found = append(found, Mistake{Pos{i + 1, tab + 1}, Tab, "this line is indented with a tab"})
		}
	}
	return found
}

// checkTokens finds what the language refuses, and nesting that is too deep,
// before the parser runs.
func checkTokens(tokens token.Tokens) []Mistake {
	if len(tokens) > MaxTokens {
		return []Mistake{{Pos{1, 1}, TooLarge, fmt.Sprintf("the file has more than %d words and signs", MaxTokens)}}
	}
	var found []Mistake
	for _, t := range tokens {
		if fault, problem := refused(t); fault != "" {
			found = append(found, Mistake{place(t), fault, problem})
		}
	}
	if at, deep := tooDeep(tokens); deep {
		found = append(found, Mistake{at, TooDeep, fmt.Sprintf("values lie more than %d levels deep", MaxDepth)})
	}
	return found
}

func refused(t *token.Token) (Fault, string) {
	switch t.Type {
	case token.AnchorType:
		return Reference, "an anchor (&) is not part of the language"
	case token.AliasType:
		return Reference, "an alias (*) is not part of the language"
	case token.MergeKeyType:
		return Reference, "a merge key (<<) is not part of the language"
	case token.TagType:
		return Tag, "a tag (!) is not part of the language"
	case token.DirectiveType:
		return Tag, "a directive (%) is not part of the language"
	case token.MappingKeyType:
		return Tag, "a key that begins with ? is not part of the language"
	}
	return "", ""
}

// tooDeep measures nesting from the tokens alone: brackets that are open, and
// block entries whose column lies right of their parent's.
func tooDeep(tokens token.Tokens) (Pos, bool) {
	var columns []int
	brackets := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType, token.MappingValueType:
			if brackets > 0 {
				break
			}
			if t.Type == token.MappingValueType && t.Prev != nil {
				t = t.Prev // the key
			}
			for len(columns) > 0 && columns[len(columns)-1] >= t.Position.Column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, t.Position.Column)
		}
		if len(columns)+max(brackets, 0) > MaxDepth {
			return place(t), true
		}
	}
	return Pos{}, false
}

func place(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{1, 1}
	}
	return Pos{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}
