package markup

import "bytes"

// tag is one start or end tag as it stands in the stream. Slices point into the
// stream and live as long as the token.
type tag struct {
	raw         []byte
	name        []byte // lower case
	nameEnd     int    // where the name ends in raw
	attrs       []attribute
	selfClosing bool
	end         bool
	traits      traits
	foreign     namespace // of the element that a start tag makes
}

type attribute struct {
	name       []byte // lower case
	value      []byte // as written, character references and all
	start, end int    // in raw, from the name's first byte to past the value and its quote
}

// get returns the decoded value of the first attribute called name: of
// duplicates, browsers use the first.
func (t *tag) get(name string) string {
	for i := range t.attrs {
		if string(t.attrs[i].name) == name {
			return decode(t.attrs[i].value)
		}
	}
	return ""
}

func (t *tag) has(name string) bool {
	for i := range t.attrs {
		if string(t.attrs[i].name) == name {
			return true
		}
	}
	return false
}

// Classes of bytes inside a tag.
const (
	isSpace    byte = 1 << iota // HTML white space; CR counts, as it becomes LF
	endsName                    // of a tag or attribute, = excepted
	endsBare                    // an unquoted value
	isUpper                     // A to Z
	isLetter                    // A to Z, a to z
	slashOrGap                  // between attributes
)

var class = func() (c [256]byte) {
	for _, b := range "\t\n\f\r " {
		c[b] |= isSpace | endsName | endsBare | slashOrGap
	}
	c['/'] |= endsName | slashOrGap
	c['>'] |= endsName | endsBare
	for b := 'a'; b <= 'z'; b++ {
		c[b] |= isLetter
		c[b-'a'+'A'] |= isLetter | isUpper
	}
	return c
}()

// readTag reads the tag at the start of b, which holds "<" and a letter, or
// "</" and a letter. It returns how many bytes the tag takes, 0 if b does not
// hold all of it. Attributes are read as the standard tokenizer does (HTML,
// 13.2.5.32 to 13.2.5.40).
func (r *Rewriter) readTag(b []byte) (n int) {
	t := &r.tag
	r.lowered = r.lowered[:0]
	t.attrs, t.foreign = t.attrs[:0], inHTML
	i := 1
	if t.end = b[1] == '/'; t.end {
		i = 2
	}
	from, seen := i, byte(0)
	for i < len(b) && class[b[i]]&endsName == 0 {
		seen |= class[b[i]]
		i++
	}
	t.name, t.nameEnd = b[from:i], i
	if seen&isUpper != 0 {
		t.name = r.lower(t.name)
	}
	t.traits = traitsOf(t.name)
	for {
		slash := false
		for i < len(b) && class[b[i]]&slashOrGap != 0 {
			slash = b[i] == '/'
			i++
		}
		if i >= len(b) {
			return 0
		}
		if b[i] == '>' {
			t.raw, t.selfClosing = b[:i+1], slash
			return i + 1
		}
		if i = r.readAttribute(b, i); i == 0 {
			return 0
		}
	}
}

// readAttribute reads the attribute whose name begins at i and returns where it
// ends, 0 if b ends before it is certain.
func (r *Rewriter) readAttribute(b []byte, i int) int {
	start, seen := i, class[b[i]]
	i++ // a name may begin with =
	for i < len(b) && b[i] != '=' && class[b[i]]&endsName == 0 {
		seen |= class[b[i]]
		i++
	}
	a := attribute{name: b[start:i], start: start, end: i}
	for i < len(b) && class[b[i]]&isSpace != 0 {
		i++
	}
	if i >= len(b) {
		return 0
	}
	if b[i] == '=' {
		i++
		for i < len(b) && class[b[i]]&isSpace != 0 {
			i++
		}
		if i >= len(b) {
			return 0
		}
		switch q := b[i]; q {
		case '"', '\'':
			n := bytes.IndexByte(b[i+1:], q)
			if n < 0 {
				return 0
			}
			a.value = b[i+1 : i+1+n]
			i += n + 2
		default:
			from := i
			for i < len(b) && class[b[i]]&endsBare == 0 {
				i++
			}
			a.value = b[from:i]
		}
		a.end = i
	}
	if seen&isUpper != 0 {
		a.name = r.lower(a.name)
	}
	r.tag.attrs = append(r.tag.attrs, a)
	return a.end
}

// lower returns a copy of b in lower case, which lives until the next tag is
// read.
func (r *Rewriter) lower(b []byte) []byte {
	from := len(r.lowered)
	r.lowered = append(r.lowered, b...)
	low := r.lowered[from:len(r.lowered):len(r.lowered)]
	for i := range low {
		if class[low[i]]&isUpper != 0 {
			low[i] += 'a' - 'A'
		}
	}
	return low
}

// gap is where a scan stands inside a tag that is too long to be kept.
type gap byte

const (
	between gap = iota
	inName
	afterName
	beforeValue
	inDouble
	inSingle
	inBare
)

// step moves over one byte and reports whether it ends the tag.
func (g gap) step(c byte) (gap, bool) {
	space := class[c]&isSpace != 0
	switch g {
	case inDouble:
		if c == '"' {
			return between, false
		}
		return g, false
	case inSingle:
		if c == '\'' {
			return between, false
		}
		return g, false
	case inBare:
		if space {
			return between, false
		}
		return g, c == '>'
	case beforeValue:
		switch {
		case space:
			return g, false
		case c == '"':
			return inDouble, false
		case c == '\'':
			return inSingle, false
		}
		return inBare, c == '>'
	}
	switch {
	case c == '>':
		return g, true
	case space && g == inName:
		return afterName, false
	case space:
		return g, false
	case c == '/':
		return between, false
	case c == '=' && g != between:
		return beforeValue, false
	}
	return inName, false
}
