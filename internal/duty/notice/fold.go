package notice

import (
	"html/template"
	"strings"
	"unicode/utf8"
)

// Bounds from which a notice folds, in characters of its text: about eight printed
// pages, and half a page of a chapter or a part.
const (
	longNotice  = 24_000
	longChapter = 1_500
	manyParts   = 5
)

// alwaysOpen are chapters that people must not have to look for: who answers, what in
// short, and their rights (the right to object is told apart from everything else,
// Art. 21(4) GDPR).
var alwaysOpen = map[string]bool{"summary": true, "controller": true, "overview": true, "rights": true}

// chapter is a section of a page with the parts that stand below it. One that folds
// shows its heading until somebody opens it; the text is there all the same, for who
// prints, searches or follows a link into it.
type chapter struct {
	Section
	Folds bool
	Parts []chapter
}

// chapters are the sections of a page. Without fold none folds, and of a short notice
// none does either.
func (n Notice) chapters(fold bool) []chapter {
	var all []chapter
	for _, s := range n.Sections {
		if s.Level == 2 || len(all) == 0 {
			all = append(all, chapter{Section: s})
			continue
		}
		last := &all[len(all)-1]
		last.Parts = append(last.Parts, chapter{Section: s})
	}
	if !fold || utf8.RuneCountInString(n.text) < longNotice {
		return all
	}
	for i := range all {
		c := &all[i]
		c.Folds = !alwaysOpen[c.ID] && c.length() > longChapter
		for j := range c.Parts {
			c.Parts[j].Folds = c.Folds && len(c.Parts) > manyParts
		}
	}
	return all
}

// length is how many characters a chapter and its parts have.
func (c chapter) length() int {
	var b strings.Builder
	for _, block := range c.Blocks {
		block.plain(&b)
	}
	n := utf8.RuneCountInString(b.String())
	for _, p := range c.Parts {
		n += p.length()
	}
	return n
}

// Folded returns the notice as HTML does, and of a long one with its longer chapters
// folded (details), which works without a script.
func (n Notice) Folded() template.HTML { return n.article(true) }
