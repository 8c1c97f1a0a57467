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
	peopleWidth  = 160.0
	middleX      = 290.0
	middleWidth  = 350.0
	outsideX     = 800.0
	outsideWidth = 330.0 // to its right, the ways on to further recipients

	firstY    = 74.0 // below the heads of the columns
	boxGap    = 12.0
	groupGap  = 22.0
	headSpace = 24.0 // a group's heading
	textX     = 12.0
	nameLine  = 18.0
	smallLine = 15.5
	boxPad    = 9.0

	nameChar  = 8.0 // about the width of a letter
	smallChar = 6.5
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

// middleColumn holds the activities: the policy's own, what is done for others,
// what pages embed, what is always there.
func (r *Record) middleColumn() []*stack {
	var own, embedded, standing []*Activity
	for i := range r.Activities {
		a := &r.Activities[i]
		switch a.Form {
		case Embed:
			embedded = append(embedded, a)
		case BuiltIn:
			standing = append(standing, a)
		default:
			own = append(own, a)
		}
	}
	var column []*stack
	add := func(head string, list []*Activity) {
		if len(list) == 0 {
			return
		}
		s := &stack{head: head}
		for _, a := range list {
			s.boxes = append(s.boxes, r.activityBox(a))
		}
		column = append(column, s)
	}
	add(r.say("picture.own"), own)
	for i := range r.Commissions {
		c := &r.Commissions[i]
		var list []*Activity
		for j := range c.Activities {
			list = append(list, &c.Activities[j])
		}
		add(r.say("picture.commission", oneLine(c.Controller)), list)
	}
	add(r.say("picture.embedded"), embedded)
	add(r.say("picture.standing"), standing)
	return column
}

// mostData is how many lines a box spends on categories of data; the rest is
// counted.
const mostData = 3

func (r *Record) activityBox(a *Activity) *box {
	list := entry{r: r, a: a}.categories()
	b := &box{key: a.ID, x: middleX, w: middleWidth, name: wrap(oneLine(a.Name), middleWidth-2*textX, nameChar)}
	b.says = r.shortened(list, middleWidth-2*textX)
	b.tip = a.Name + " – " + strings.Join(list, ", ")
	b.size()
	return b
}

// shortened sets as many items as fit into the lines for data, and counts the
// others.
func (r *Record) shortened(items []string, width float64) []string {
	for n := len(items); n > 0; n-- {
		text := strings.Join(items[:n], ", ")
		if n < len(items) {
			text = r.say("picture.more", text, len(items)-n)
		}
		if lines := wrap(text, width, smallChar); len(lines) <= mostData || n == 1 {
			return lines
		}
	}
	return nil
}

func (b *box) size() {
	b.h = 2*boxPad + float64(len(b.name))*nameLine + float64(len(b.says)+len(b.mark))*smallLine
}

// peopleColumn holds those whom the data is about, each near the middle of their
// activities.
func (r *Record) peopleColumn(activities map[string]*box) []*stack {
	var column []*stack
	at := map[string]*stack{}
	near := map[string][]float64{}
	for a := range r.All() {
		for _, t := range a.People {
			if at[t.Key] == nil {
				b := &box{key: t.Key, x: peopleX, w: peopleWidth, name: wrap(capital(oneLine(t.Name)), peopleWidth-2*textX, nameChar), tip: t.Name}
				b.size()
				at[t.Key] = &stack{boxes: []*box{b}}
				column = append(column, at[t.Key])
			}
			near[t.Key] = append(near[t.Key], activities[a.ID].middle())
		}
	}
	for key, s := range at {
		s.wish = mean(near[key])
	}
	byWish(column)
	return column
}

// outsideColumn holds the recipients by country, third countries last.
func (r *Record) outsideColumn(activities map[string]*box) []*stack {
	wishes := r.wishes(activities)
	var column []*stack
	at := map[string]*stack{}
	for i := range r.Recipients {
		x := &r.Recipients[i]
		country := Country{Name: r.say("picture.nowhere")}
		if x.Country != nil {
			country = *x.Country
		}
		s := at[country.Code]
		if s == nil {
			s = &stack{head: oneLine(country.Name)}
			at[country.Code] = s
			column = append(column, s)
		}
		for _, t := range x.Transfers {
			s.third = s.third || t.To.Code == country.Code
		}
		s.boxes = append(s.boxes, r.recipientBox(x))
	}
	for _, s := range column {
		slices.SortStableFunc(s.boxes, func(a, b *box) int { return cmp.Compare(wishes[a.key], wishes[b.key]) })
		var of []float64
		for _, b := range s.boxes {
			of = append(of, wishes[b.key])
		}
		s.wish = mean(of)
		if s.third {
			s.head = r.say("picture.third", s.head)
		}
	}
	byWish(column)
	slices.SortStableFunc(column, func(a, b *stack) int { return cmp.Compare(number(a.third), number(b.third)) })
	return column
}

// wishes are the heights at which recipients would like to stand: amid the
// activities that they get data from, or near whoever hands data on to them.
func (r *Record) wishes(activities map[string]*box) map[string]float64 {
	near := map[string][]float64{}
	for a := range r.All() {
		for _, x := range r.reached(a.Recipients) {
			near[x.Key] = append(near[x.Key], activities[a.ID].middle())
		}
	}
	found := map[string]float64{}
	for key, of := range near {
		found[key] = mean(of)
	}
	return found
}

func (r *Record) recipientBox(x *Recipient) *box {
	inner := outsideWidth - 2*textX
	b := &box{key: x.Key, x: outsideX, w: outsideWidth, name: wrap(oneLine(x.Name), inner, nameChar), says: wrap(oneLine(x.categoryOf()), inner, smallChar)}
	for _, line := range r.abroad(x) {
		b.mark = append(b.mark, wrap(oneLine(line), inner, smallChar)...)
	}
	b.tip = x.Name + " – " + strings.Join(listed{r: r, x: x}.gets(), "; ")
	b.size()
	return b
}

// abroad says, a line for each country, by which safeguards data gets there.
func (r *Record) abroad(x *Recipient) []string {
	var order []string
	by := map[string][]string{}
	for _, t := range x.Transfers {
		if by[t.To.Name] == nil {
			order = append(order, t.To.Name)
		}
		by[t.To.Name] = append(by[t.To.Name], r.say("picture.safeguard."+t.Safeguard.Key))
	}
	var lines []string
	for _, country := range order {
		lines = append(lines, "⇢ "+country+": "+strings.Join(unique(by[country]), ", "))
	}
	return lines
}

func (r *Record) edges(activities, people, outside map[string]*box) []*edge {
	var all []*edge
	for a := range r.All() {
		for _, t := range a.People {
			all = append(all, &edge{from: people[t.Key], to: activities[a.ID]})
		}
		seen := map[string]bool{}
		for _, d := range a.Recipients {
			if to := outside[d.Recipient]; to != nil && !seen[d.Recipient] {
				seen[d.Recipient] = true
				all = append(all, &edge{from: activities[a.ID], to: to, abroad: r.reachesAbroad([]Delivery{d})})
			}
		}
	}
	for i := range r.Recipients {
		x := &r.Recipients[i]
		for _, key := range x.From {
			all = append(all, &edge{from: outside[key], to: outside[x.Key], onward: true, abroad: r.reachesAbroad([]Delivery{{Recipient: x.Key}})})
		}
	}
	return all
}

// reachesAbroad tells whether a delivery, or what becomes of it further down, is
// transferred to a third country.
func (r *Record) reachesAbroad(d []Delivery) bool {
	return slices.ContainsFunc(r.reached(d), func(x *Recipient) bool { return len(x.Transfers) > 0 })
}

// dock spreads the ends of edges along the sides of their boxes, in the order in
// which they come in, so that they do not cross at the box.
func dock(edges []*edge) {
	type side struct {
		b     *box
		right bool
	}
	ends := map[side][]*edge{}
	var order []side
	add := func(s side, e *edge) {
		if ends[s] == nil {
			order = append(order, s)
		}
		ends[s] = append(ends[s], e)
	}
	for _, e := range edges {
		add(side{e.from, true}, e)
		add(side{e.to, e.onward}, e)
	}
	for _, s := range order {
		list := ends[s]
		slices.SortStableFunc(list, func(a, b *edge) int { return cmp.Compare(a.other(s.b).middle(), b.other(s.b).middle()) })
		room := s.b.h - 2*boxPad
		for i, e := range list {
			y := s.b.middle() + room*((float64(i)+0.5)/float64(len(list))-0.5)
			if e.from == s.b && s.right {
				e.y1 = y
			} else {
				e.y2 = y
			}
		}
	}
}

func (e *edge) other(b *box) *box {
	if e.from == b {
		return e.to
	}
	return e.from
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
