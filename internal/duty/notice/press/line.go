package press

import (
	"strings"
	"unicode/utf8"

	"kept/internal/duty/notice"
)

// textLine is what stands on one line, in runs that share a link.
type textLine []run

type run struct {
	text string
	href string
}

func plain(text string) notice.Para { return notice.Para{{Text: text}} }

// broken breaks p into lines of at most w millimetres in the look l. A line
// breaks at spaces; a word that is longer than a line breaks where it must.
func (s *sheet) broken(p notice.Para, l look, w float64) []textLine {
	s.use(l)
	var lines []textLine
	var now textLine
	used := 0.0
	for _, whole := range words(p) {
		for i, piece := range s.pieces(whole, w) {
			space := ""
			if len(now) > 0 && i == 0 {
				space = " "
			}
			length := s.GetStringWidth(space) + s.long(piece)
			if len(now) > 0 && used+length > w {
				lines = append(lines, now)
				now, used, space = nil, 0, ""
				length = s.long(piece)
			}
			now = now.with(space, piece)
			used += length
		}
	}
	if len(now) > 0 {
		lines = append(lines, now)
	}
	return lines
}

// with appends a word; words of one link stay one run, so that the link covers
// the spaces between them.
func (l textLine) with(space string, w textLine) textLine {
	for i, r := range w {
		last := len(l) - 1
		switch {
		case last >= 0 && l[last].href == r.href:
			l[last].text += space + r.text
		case last >= 0 && i == 0:
			l[last].text += space
			l = append(l, r)
		default:
			l = append(l, r)
		}
		space = ""
	}
	return l
}

// words takes p apart at its spaces. A word is of several runs where a link
// begins or ends within it: a full stop stays with the link before it.
func words(p notice.Para) []textLine {
	var all []textLine
	apart := true // whether a space came last
	for _, span := range p {
		text := printable(span.Text)
		if a := span.Address(); a != "" {
			text += " (" + printable(a) + ")"
		}
		for i, part := range strings.Split(text, " ") {
			if i > 0 {
				apart = true
			}
			if part == "" {
				continue
			}
			if apart {
				all = append(all, nil)
			}
			last := len(all) - 1
			all[last] = append(all[last], run{part, span.Href})
			apart = false
		}
	}
	return all
}

func (s *sheet) long(w textLine) (length float64) {
	for _, r := range w {
		length += s.GetStringWidth(r.text)
	}
	return length
}

// pieces breaks a word that is longer than w.
func (s *sheet) pieces(whole textLine, w float64) []textLine {
	if s.long(whole) <= w {
		return []textLine{whole}
	}
	var all []textLine
	for _, r := range whole {
		rest := r.text
		for s.GetStringWidth(rest) > w {
			n := s.fitting(rest, w)
			all = append(all, textLine{{rest[:n], r.href}})
			rest = rest[n:]
		}
		all = append(all, textLine{{rest, r.href}})
	}
	return all
}

// fitting returns how many bytes of text, which is longer than w, go on a line
// of w: at least one character, and if that leaves at least half of them, up to
// a mark at which an address or a compound parts well.
func (s *sheet) fitting(text string, w float64) int {
	_, n := utf8.DecodeRuneInString(text)
	for i := range text {
		if i <= n {
			continue
		}
		if s.GetStringWidth(text[:i]) > w {
			break
		}
		n = i
	}
	if i := strings.LastIndexAny(text[:n], "/-_.@&?="); i >= n/2 {
		return i + 1
	}
	return n
}

// lines sets lines from the left edge x and turns pages as needed.
func (s *sheet) lines(x float64, lines []textLine, l look) {
	for _, each := range lines {
		s.need(l.leading)
		s.line(x, s.y, each, l)
		s.y += l.leading
	}
}

// line sets one line with its top at y.
func (s *sheet) line(x, y float64, runs textLine, l look) {
	s.use(l)
	for _, r := range runs {
		w := s.GetStringWidth(r.text)
		linked := s.link(x, y, w, l.leading, r.href)
		if linked && l != entry {
			s.colour(accent)
		}
		s.Text(x, y+l.rise(), r.text)
		s.colour(l.ink)
		x += w
	}
}

// link lays a link over a place and reports whether it leads anywhere.
func (s *sheet) link(x, y, w, h float64, href string) bool {
	if id, inside := strings.CutPrefix(href, "#"); inside {
		anchor, known := s.anchors[id]
		if known {
			s.Link(x, y, w, h, anchor)
		}
		return known
	}
	if !(notice.Span{Href: href}).Leads() {
		return false
	}
	s.LinkString(x, y, w, h, href)
	return true
}
