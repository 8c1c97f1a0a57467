package register

import (
	"cmp"
	"slices"
	"strings"
)

// The picture's measures in its own units, about a pixel each on paper.
const (
	pictureWidth = 1240.0
	margin       = 20.0
	peopleX      = margin
	peopleWidth  = 186.0
	middleX      = 316.0
	middleWidth  = 350.0
	outsideX     = 820.0
	outsideWidth = 330.0 // to its right, the ways on to further recipients

	firstY    = 74.0 // below the heads of the columns
	boxGap    = 12.0
	groupGap  = 22.0
	headSpace = 24.0 // a group's heading
	textX     = 12.0
	nameLine  = 18.0
	smallLine = 15.5
	boxPad    = 9.0

	nameChar  = 9.1 // about the width of a letter
	smallChar = 7.1
)

// box is one thing of the picture, with its place.
type box struct {
	key        string
	name, says []string // wrapped
	mark       []string // what is said of third countries
	tip        string
	x, y, w, h float64
}

func (b *box) middle() float64 { return b.y + b.h/2 }

// stack is boxes under one heading, one below the other.
type stack struct {
	head  string
	third bool // a third country
	boxes []*box
	wish  float64 // where its middle would like to be
}

func (s *stack) height() float64 {
	h := 0.0
	if s.head != "" {
		h = headSpace
	}
	for i, b := range s.boxes {
		if i > 0 {
			h += boxGap
		}
		h += b.h
	}
	return h
}

func (s *stack) place(y float64) {
	if s.head != "" {
		y += headSpace
	}
	for _, b := range s.boxes {
		b.y = y
		y += b.h + boxGap
	}
}

// edge is data on its way from one box to another.
type edge struct {
	from, to *box
	abroad   bool // it reaches a third country
	onward   bool // a recipient hands it on
	y1, y2   float64
}

// drawing is everything in its place.
type drawing struct {
	people, middle, outside []*stack
	edges                   []*edge
	height                  float64
}

// draw lays the record out: people, activities and recipients in three columns.
// Activities stand in the order of the record; people and recipients as near as
// they can to the activities that they belong to, so that few ways cross.
func (r *Record) draw() *drawing {
	d := &drawing{middle: r.middleColumn()}
	y := firstY
	for _, s := range d.middle {
		s.place(y)
		y += s.height() + groupGap
	}
	activities := boxesOf(d.middle)
	d.people = r.peopleColumn(activities)
	d.outside = r.outsideColumn(activities)
	bottom := max(y-groupGap, firstY+tall(d.outside), firstY+tall(d.people))
	settle(d.people, firstY, bottom)
	settle(d.outside, firstY, bottom)
	d.edges = r.edges(activities, boxesOf(d.people), boxesOf(d.outside))
	dock(d.edges)
	d.height = bottom
	return d
}

func boxesOf(stacks []*stack) map[string]*box {
	found := map[string]*box{}
	for _, s := range stacks {
		for _, b := range s.boxes {
			found[b.key] = b
		}
	}
	return found
}

func tall(stacks []*stack) float64 {
	h := 0.0
	for i, s := range stacks {
		if i > 0 {
			h += groupGap
		}
		h += s.height()
	}
	return h
}

// settle places stacks in their order, each as near to its wish as those above
// and below allow.
func settle(stacks []*stack, top, bottom float64) {
	tops := make([]float64, len(stacks))
	y := top
	for i, s := range stacks {
		tops[i] = max(y, s.wish-s.height()/2)
		y = tops[i] + s.height() + groupGap
	}
	for i := len(stacks) - 1; i >= 0; i-- {
		tops[i] = max(top, min(tops[i], bottom-stacks[i].height()))
		bottom = tops[i] - groupGap
	}
	for i, s := range stacks {
		s.place(tops[i])
	}
}

func byWish(column []*stack) {
	slices.SortStableFunc(column, func(a, b *stack) int { return cmp.Compare(a.wish, b.wish) })
}

func mean(of []float64) float64 {
	sum := 0.0
	for _, x := range of {
		sum += x
	}
	return sum / float64(max(1, len(of)))
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wrap sets text in lines of that width; a word that is longer than a line is
// broken.
func wrap(text string, width, char float64) []string {
	most := int(width / char)
	var lines []string
	line := []rune{}
	for word := range strings.SplitSeq(text, " ") {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) > most {
			lines, line = append(lines, string(line)), nil
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for ; len(w) > most; w = w[most:] {
			lines = append(lines, string(w[:most]))
		}
		line = append(line, w...)
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}

// capital begins text with a capital letter.
func capital(text string) string {
	for i, c := range text {
		return strings.ToUpper(string(c)) + text[i+len(string(c)):]
	}
	return text
}
