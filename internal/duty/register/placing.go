package register

import (
	"cmp"
	"slices"
	"strings"
)

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
