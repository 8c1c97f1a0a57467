package markup

import (
	"bytes"
	"strings"
)

// holding is what the content of an element is kept for until its end.
type holding byte

const (
	nothing holding = iota
	styleSheet
	styleSheetSVG // text with comments, sections and character references in it
	importMap
	speculation
	scriptless // of noscript
)

// beginRaw follows the start tag of a raw text element, which has been passed.
func (r *Rewriter) beginRaw(t *tag) {
	r.raw, r.state = string(t.name), inRaw
	switch r.raw {
	case "script":
		r.state, r.script = inScript, scriptState{}
		switch strings.ToLower(strings.Trim(t.get("type"), spaces)) {
		case "importmap":
			r.hold(importMap)
		case "speculationrules":
			r.hold(speculation)
		}
	case "style":
		r.hold(styleSheet)
	case "plaintext":
		r.state = inPlaintext
	case "noscript":
		if r.noScript {
			r.state = inText
			return
		}
		r.hold(scriptless)
	}
}

func (r *Rewriter) hold(h holding) {
	r.flush()
	r.holding = h
}

// settle judges the content that is held and writes what is left of it.
func (r *Rewriter) settle() {
	r.flush()
	kind, content := r.holding, r.content
	r.holding = nothing
	if kind == nothing {
		return
	}
	if r.tooLong {
		r.tooLong = false
		return
	}
	var out []byte
	var changed bool
	switch kind {
	case styleSheet:
		var css string
		css, changed = inertStyle(string(content), r.holds("style", "css"))
		out = []byte(css)
	case styleSheetSVG:
		var css string
		css, changed = inertStyle(characterData(content), r.holds("style", "css"))
		out = []byte(textEscapes.Replace(css))
	case importMap:
		out, changed = inertImports(content, r.holds("script", "importmap"))
	case speculation:
		out, changed = inertSpeculation(content, r.holds("script", "speculationrules"))
	case scriptless:
		out, changed = r.withoutScripts(content), true
	}
	if !changed {
		out = content
	}
	r.write(out)
	r.content = content[:0]
}

// withoutScripts rewrites the content of a noscript element, which is text to
// one browser and markup to another: nothing of it may reach beyond its end.
func (r *Rewriter) withoutScripts(content []byte) []byte {
	if len(r.open) > 0 {
		return nil // it could open what keeps the SVG around from closing
	}
	var out bytes.Buffer
	inner := New(&out, Options{Gate: r.o.Gate, Limit: r.o.Limit})
	inner.noScript, inner.depth, inner.language = true, r.depth, r.language
	inner.seen.body = true
	inner.Write(content) // a buffer takes everything
	inner.Close()
	return out.Bytes()
}

// characterData returns the text of an SVG element from its markup, which holds
// no tags.
func characterData(content []byte) string {
	var b strings.Builder
	for s := string(content); s != ""; {
		before, rest, found := strings.Cut(s, "<!")
		b.WriteString(decodeText([]byte(before)))
		if !found {
			break
		}
		if section, ok := strings.CutPrefix(rest, sectionStart[2:]); ok {
			var text string
			text, s, _ = strings.Cut(section, sectionEnd)
			b.WriteString(text)
			continue
		}
		s = afterComment(rest)
	}
	return b.String()
}

// afterComment returns what follows the comment whose "<!" was read.
func afterComment(s string) string {
	end, skip := strings.Index(s, ">"), 1
	if body, ok := strings.CutPrefix(s, "--"); ok && !strings.HasPrefix(body, ">") && !strings.HasPrefix(body, "->") {
		end, skip = strings.Index(body, "-->"), 3
		if bang := strings.Index(body, "--!>"); bang >= 0 && (end < 0 || bang < end) {
			end, skip = bang, 4
		}
		s = body
	}
	if end < 0 {
		return ""
	}
	return s[end+skip:]
}

// scanRaw passes or leaves out raw text up to its end tag.
func (r *Rewriter) scanRaw(final bool) bool {
	b := r.in[r.pos:]
	var n int
	var found bool
	if r.raw == "script" {
		n, found = r.script.end(b, final)
	} else {
		n, found = rawEnd(b, r.raw, final)
	}
	if r.state == inDropped {
		r.drop(n)
		r.skipEnd = found
	} else {
		r.pos += n
	}
	if found {
		r.settle()
		r.state = inText
		return true
	}
	return n == len(b)
}

// rawEnd returns where the end tag of name begins in b; without one, how much
// of b is certain to stand before it.
func rawEnd(b []byte, name string, final bool) (n int, found bool) {
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], '<')
		if next < 0 {
			return len(b), false
		}
		i += next
		switch ends, known := isEnd(b[i:], name); {
		case ends:
			return i, true
		case !known && !final:
			return i, false
		}
	}
}

// isEnd reports whether b, which begins with "<", is the end tag of name, and
// whether b is long enough to tell.
func isEnd(b []byte, name string) (ends, known bool) {
	if len(b) > 1 && b[1] != '/' {
		return false, true
	}
	if len(b) < len(name)+3 {
		return false, len(b) > 2 && !strings.EqualFold(string(b[2:]), name[:len(b)-2])
	}
	return class[b[len(name)+2]]&endsName != 0 && strings.EqualFold(string(b[2:len(name)+2]), name), true
}

// scriptState is where a scan stands in a script: after <!-- a <script> inside
// keeps </script> from ending it (HTML, 13.2.5.18 to 13.2.5.31).
type scriptState struct{ escaped, double bool }

func (s *scriptState) ending() string {
	if s.escaped {
		return "--></script>"
	}
	return "</script>"
}

// end is rawEnd for scripts.
func (s *scriptState) end(b []byte, final bool) (n int, found bool) {
	for i := 0; i < len(b); {
		next := s.next(b[i:])
		if next < 0 {
			return len(b), false
		}
		i += next
		size, ends, known := s.step(b[i:])
		switch {
		case ends:
			return i, true
		case !known && !final:
			return i, false
		}
		i += size
	}
	return len(b), false
}

// next returns where something may happen, -1 if nowhere.
func (s *scriptState) next(b []byte) int {
	if s.escaped {
		return bytes.IndexAny(b, "<-")
	}
	return bytes.IndexByte(b, '<')
}

const longestStep = len("</script>")

// step looks at what begins with "<" or "-" and returns how far to go on,
// whether it is the end tag, and whether b is long enough to tell.
func (s *scriptState) step(b []byte) (size int, ends, known bool) {
	known = len(b) >= longestStep
	if b[0] == '-' {
		switch {
		case bytes.HasPrefix(b, []byte("-->")):
			*s = scriptState{}
			return 3, false, true
		case len(b) < 3 && strings.HasPrefix("--", string(b)):
			return 1, false, false
		}
		return 1, false, true
	}
	switch {
	case !s.double && isScriptTag(b, "</script"):
		return 0, true, true
	case !s.escaped && bytes.HasPrefix(b, []byte("<!--")):
		s.escaped = true
		return 2, false, true // its dashes may be those of -->
	case s.escaped && !s.double && isScriptTag(b, "<script"):
		s.double = true
		return 1, false, true
	case s.double && isScriptTag(b, "</script"):
		s.double = false
		return 1, false, true
	}
	return 1, false, known || !couldMatter(b)
}

func isScriptTag(b []byte, prefix string) bool {
	return len(b) > len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix) && class[b[len(prefix)]]&endsName != 0
}

// couldMatter reports whether more bytes could make b one of the tags and marks
// that step looks for.
func couldMatter(b []byte) bool {
	for _, mark := range []string{"</script", "<script", "<!--"} {
		n := min(len(b), len(mark))
		if strings.EqualFold(string(b[:n]), mark[:n]) {
			return true
		}
	}
	return false
}
