package register

import (
	"cmp"
	"slices"
)

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
