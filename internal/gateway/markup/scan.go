package markup

import (
	"bytes"
	"strings"
)

// scanText passes text up to the next "<" and what begins there.
func (r *Rewriter) scanText(final bool) bool {
	if r.skims() {
		r.skim()
	}
	b := r.in[r.pos:]
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		r.passText(len(b))
		return true
	}
	if i > 0 {
		r.passText(i)
		b = b[i:]
	}
	switch {
	case len(b) < 2 || b[1] == '/' && len(b) < 3:
		if final {
			r.passText(len(b))
		}
		return final
	case class[b[1]]&isLetter != 0, b[1] == '/' && class[b[2]]&isLetter != 0:
		return r.scanTag(b)
	case b[1] == '!':
		return r.scanDeclaration(b, final)
	case b[1] == '?' || b[1] == '/':
		r.state = inBogus
	default:
		r.passText(1)
	}
	return true
}

// passText passes n bytes of text. Text that is not white space begins a body.
func (r *Rewriter) passText(n int) {
	if !r.seen.body && r.seen.template == 0 {
		b := r.in[r.pos : r.pos+n]
		if blank := len(b) - len(bytes.TrimLeft(b, spaces)); blank < n {
			r.pos += blank
			n -= blank
			if !r.seen.begun {
				r.begin("")
			}
			r.beginBody()
		}
	}
	r.pos += n
}

const sectionStart, sectionEnd = "<![CDATA[", "]]>"

// scanDeclaration passes what begins a comment, a doctype or a CDATA section.
func (r *Rewriter) scanDeclaration(b []byte, final bool) bool {
	if !final && len(b) < len(sectionStart) && bytes.IndexByte(b, '>') < 0 {
		return false
	}
	switch {
	case bytes.HasPrefix(b, []byte("<!-->")):
		r.pos += 5
	case bytes.HasPrefix(b, []byte("<!--->")):
		r.pos += 6
	case bytes.HasPrefix(b, []byte("<!--")):
		r.pos += 4
		r.state = inComment
	case len(r.open) > 0 && bytes.HasPrefix(b, []byte(sectionStart)):
		r.beginSection()
	default:
		r.seen.doctype = r.seen.doctype || len(b) >= 9 && strings.EqualFold(string(b[:9]), "<!doctype")
		r.pos += 2
		r.state = inBogus
	}
	return true
}

// beginSection opens a CDATA section inside SVG or MathML. Where the current
// node may be HTML it could as well be a comment; its text is then written in a
// way that has one reading only.
func (r *Rewriter) beginSection() {
	top := r.open[len(r.open)-1]
	if top.role <= root || top.role == doorway && !top.touched {
		r.pos += len(sectionStart)
		r.state = inSection
		return
	}
	r.drop(len(sectionStart))
	r.state = inEscaped
}

func (r *Rewriter) scanSection(final bool) bool {
	b := r.in[r.pos:]
	n := bytes.Index(b, []byte(sectionEnd))
	found := n >= 0
	if !found {
		n = len(b)
		if !final {
			n = max(0, n-len(sectionEnd)+1)
		}
	}
	if r.state == inSection {
		r.pos += n
		if found {
			r.pos += len(sectionEnd)
		}
	} else {
		r.insert(textEscapes.Replace(string(b[:n])))
		r.drop(n)
		if found {
			r.drop(len(sectionEnd))
		}
	}
	if found {
		r.state = inText
	}
	return found
}

// scanComment passes a comment up to its end.
func (r *Rewriter) scanComment(final bool) bool {
	b := r.in[r.pos:]
	for i := 0; ; {
		n := bytes.Index(b[i:], []byte("--"))
		if n < 0 {
			i = len(b)
			if !final && i > 0 && b[i-1] == '-' {
				i--
			}
			r.pos += i
			return i == len(b)
		}
		i += n
		switch end := b[i+2:]; {
		case len(end) > 0 && end[0] == '>':
			return r.passThrough(i+2, 1)
		case len(end) > 1 && end[0] == '!' && end[1] == '>':
			return r.passThrough(i+2, 2)
		case !final && (len(end) == 0 || len(end) == 1 && end[0] == '!'):
			r.pos += i
			return false
		}
		i++
	}
}

// scanLongTag leaves out the rest of a tag that is too long.
func (r *Rewriter) scanLongTag() bool {
	for i, c := range r.in[r.pos:] {
		var done bool
		if r.gap, done = r.gap.step(c); done {
			r.drop(i + 1)
			r.endLongTag()
			return true
		}
	}
	r.drop(len(r.in) - r.pos)
	return true
}
