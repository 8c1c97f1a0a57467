package press

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"kept/internal/duty/notice"
)

// PDF returns n as a PDF file. The issuer stands at the foot of each page.
func PDF(n notice.Notice, issuer string) ([]byte, error) {
	// The contents name pages that are only known once everything is set. Page
	// numbers do not change where lines break, so the second pass is the last.
	first := newSheet(n, issuer, nil)
	first.set()
	second := newSheet(n, issuer, first.pageOf)
	second.set()
	var b bytes.Buffer
	if err := second.Output(&b); err != nil {
		return nil, fmt.Errorf("set the notice as PDF: %w", err)
	}
	return b.Bytes(), nil
}

// Lengths in millimetres on A4.
const (
	left, right  = 26.0, 26.0
	top, bottom  = 24.0, 24.0
	width        = 210 - left - right
	height       = 297 - bottom // where the text of a page ends
	nameWidth    = 40.0         // of the names in a list of terms
	gutter       = 5.0
	bulletIndent = 4.5
)

// sheet is one setting of one notice.
type sheet struct {
	*fpdf.Fpdf
	notice  notice.Notice
	issuer  string
	y       float64 // where the next line begins
	anchors map[string]int
	pageOf  map[string]int // page of each section, as this pass set it
	known   map[string]int // the same as the pass before set it
}

func newSheet(n notice.Notice, issuer string, known map[string]int) *sheet {
	s := &sheet{Fpdf: fpdf.New("P", "mm", "A4", ""), notice: n, issuer: issuer, anchors: map[string]int{}, pageOf: map[string]int{}, known: known}
	s.loadFonts()
	s.SetMargins(left, top, right)
	s.SetAutoPageBreak(false, bottom)
	s.describe()
	for _, part := range n.Sections {
		s.anchors[part.ID] = s.AddLink()
	}
	s.SetFooterFunc(s.foot)
	s.turn()
	return s
}

// unborn is the time that the file names as that of its making: the format
// wants one, and a real one would make two files of one notice differ.
var unborn = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// describe writes what a catalogue or a reader's title bar shows.
func (s *sheet) describe() {
	s.SetTitle(s.notice.Title+" – "+s.notice.Stand, true)
	s.SetAuthor(s.issuer, true)
	s.SetSubject("SHA-256 "+s.notice.Hash(), true)
	s.SetCreator("Kept", true)
	s.SetProducer("Kept", true)
	s.SetLang(s.notice.Lang)
	s.SetCreationDate(unborn)
	s.SetModificationDate(unborn)
	s.SetCatalogSort(true)
	s.SetDisplayMode("fullwidth", "continuous")
}

// set sets everything.
func (s *sheet) set() {
	s.head()
	for i, part := range s.notice.Sections {
		if i == 1 {
			s.contents()
		}
		s.section(part)
	}
}

// turn begins a page.
func (s *sheet) turn() {
	s.AddPage()
	s.y = top
}

// need turns the page unless h more millimetres fit on this one.
func (s *sheet) need(h float64) {
	if s.y+h > height {
		s.turn()
	}
}

func (s *sheet) foot() {
	const y = 297 - 14
	s.rule(y-5, hairline, line)
	s.use(footing)
	s.Text(left, y, printable(s.issuer+" · "+s.notice.Title+" · "+s.notice.Stand))
	number := fmt.Sprint(s.PageNo())
	s.Text(210-right-s.GetStringWidth(number), y, number)
}

// head is the title and the version below it.
func (s *sheet) head() {
	s.lines(left, s.broken(plain(s.notice.Title), title, width), title)
	s.y += 1.5
	s.lines(left, s.broken(plain(s.notice.Stand), quiet, width), quiet)
	s.y += 2
}

// contents lists the chapters with their pages.
func (s *sheet) contents() {
	s.need(float64(len(s.notice.Chapters())+4) * entry.leading)
	if s.y > top {
		s.y += 7
	}
	s.lines(left, s.broken(plain(s.notice.Contents), heading, width), heading)
	s.y += 1
	for _, c := range s.notice.Chapters() {
		page := fmt.Sprint(s.known[c.ID])
		s.use(body)
		from := s.y
		s.lines(left, s.broken(notice.Para{{Text: c.Title, Href: "#" + c.ID}}, entry, width-12), entry)
		s.use(entry)
		s.Text(210-right-s.GetStringWidth(page), s.y-entry.drop(), page)
		s.Link(left, from, width, s.y-from, s.anchors[c.ID])
	}
	s.y += 4
}

// section sets a chapter or a part of one. A heading never stands alone at the
// foot of a page.
func (s *sheet) section(part notice.Section) {
	look, before, keep := chapter, 9.0, 30.0
	if part.Level > 2 {
		look, before, keep = heading, 5.5, 34.0
	}
	s.need(before + keep)
	if s.y > top {
		s.y += before
	}
	s.SetLink(s.anchors[part.ID], s.y, -1)
	s.Bookmark(printable(part.Title), part.Level-2, s.y)
	s.pageOf[part.ID] = s.PageNo()
	s.lines(left, s.broken(plain(part.Title), look, width), look)
	s.y += 1.5
	for _, b := range part.Blocks {
		s.block(b)
	}
}

func (s *sheet) block(b notice.Block) {
	switch {
	case b.Para != nil:
		s.lines(left, s.broken(b.Para, body, width), body)
		s.y += 2
	case b.List != nil:
		s.bullets(b.List)
	case b.Terms != nil:
		s.terms(b.Terms)
	case b.Table != nil:
		s.table(b.Table)
	}
}

func (s *sheet) bullets(items []notice.Para) {
	for _, item := range items {
		lines := s.broken(item, body, width-bulletIndent)
		s.need(body.leading)
		s.use(body)
		s.Text(left, s.y+body.rise(), "–")
		s.lines(left+bulletIndent, lines, body)
		s.y += 0.8
	}
	s.y += 1.2
}

// terms sets names on the left and what is said of them beside.
func (s *sheet) terms(terms []notice.Term) {
	for _, t := range terms {
		name := s.broken(plain(t.Name), label, nameWidth-gutter)
		says := make([][]textLine, len(t.Says))
		for i, p := range t.Says {
			says[i] = s.broken(p, body, width-nameWidth)
		}
		const above, between = 1.4, 0.9
		s.need(above + max(float64(len(name))*label.leading, float64(min(len(says[0]), 2))*body.leading))
		s.rule(s.y, hairline, line)
		s.y += above
		from := s.y
		s.lines(left, name, label)
		afterName, page := s.y, s.PageNo()
		s.y = from
		for i, lines := range says {
			if i > 0 {
				s.y += between
			}
			s.lines(left+nameWidth, lines, body)
		}
		if s.PageNo() == page {
			s.y = max(s.y, afterName)
		}
		s.y += above
	}
	s.y += 2
}
