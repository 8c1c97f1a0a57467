package analytics

import "encoding/json"

// scanner reads the JSON of a message: objects whose members are known, lists of
// them, texts and whole numbers. It is stricter than JSON (no null, no fraction,
// no unknown member, no depth) and so needs no more than one pass. Every method
// reports whether it found what it stands for.
type scanner struct {
	text string
	at   int
}

// next skips space and takes c.
func (s *scanner) next(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// peek skips space and returns what comes, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// end reports whether nothing but space is left.
func (s *scanner) end() bool { return s.peek() == 0 && s.at == len(s.text) }

// object reads an object; member reads the value of the member called name.
func (s *scanner) object(member func(name string) bool) bool {
	return s.sequence('{', '}', func() bool {
		name, ok := s.quoted()
		return ok && s.next(':') && member(name)
	})
}

// list reads a list; item reads one item.
func (s *scanner) list(item func() bool) bool { return s.sequence('[', ']', item) }

func (s *scanner) sequence(open, shut byte, part func() bool) bool {
	if !s.next(open) {
		return false
	}
	if s.next(shut) {
		return true
	}
	for part() {
		if s.next(shut) {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
	return false
}

// quoted reads a text. The result is a part of the message and holds all of it in
// memory, unless something in it is escaped.
func (s *scanner) quoted() (string, bool) {
	if !s.next('"') {
		return "", false
	}
	start, escaped := s.at, false
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			raw := s.text[start:s.at]
			s.at++
			if escaped {
				return unescaped(raw)
			}
			return raw, true
		case c == '\\':
			escaped = true
			s.at++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

func unescaped(raw string) (plain string, ok bool) {
	err := json.Unmarshal([]byte(`"`+raw+`"`), &plain)
	return plain, err == nil
}

// str reads a text into v.
func (s *scanner) str(v *string) (ok bool) {
	*v, ok = s.quoted()
	return ok
}

// whole reads a whole number of at most nine digits, not below zero.
func (s *scanner) whole(v *int) bool {
	s.peek()
	start := s.at
	for *v = 0; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' && s.at-start < 9; s.at++ {
		*v = *v*10 + int(s.text[s.at]-'0')
	}
	digits := s.at - start
	return digits == 1 || digits > 1 && s.text[start] != '0'
}
