package dataset

import (
	"slices"
	"strings"
)

// What leads from one collection to another is taken together. An edge at whose
// end one field alone names a row (the whole key, or an identity) is strong: it
// is a way of its own. All others only narrow: a tenant, or a part of a key. So
// several strong edges are several ways, each narrowed by every edge that is not
// strong; without a strong one all edges make one way. Where one field is at the
// end of two edges, only one of them can hold in a row, and they are ways apart.

// mostReferences between two collections can be told apart in every combination.
const mostReferences = 12

// join makes ways of the edges.
func (b *builder) join() {
	type between struct{ from, to *Collection }
	sets := map[between][]edge{}
	var order []between
	for _, e := range b.edges {
		k := between{e.Source.Collection, e.Target.Collection}
		if slices.ContainsFunc(sets[k], func(x edge) bool { return x.Pair == e.Pair }) {
			continue // both ends name the same reference
		}
		if sets[k] == nil {
			order = append(order, k)
		}
		sets[k] = append(sets[k], e)
	}
	for _, k := range order {
		if len(sets[k]) > mostReferences {
			b.report(k.to.Dataset, sets[k][0].Target.At, false, "leave those out that are no part of a key", "%d references lead from %s to %s", len(sets[k]), k.from, k.to)
			continue
		}
		for _, pairs := range combine(sets[k]) {
			w := &Way{From: k.from, To: k.to, Pairs: pairs}
			b.complete(w)
			b.graph.Ways = append(b.graph.Ways, w)
		}
	}
	b.share()
}

// combine makes the pairs of each way of the edges between two collections.
func combine(edges []edge) (ways [][]Pair) {
	var strong, weak []Pair
	for _, e := range edges {
		if e.strong() {
			strong = append(strong, e.Pair)
		} else {
			weak = append(weak, e.Pair)
		}
	}
	if len(strong) == 0 {
		return matchings(weak)
	}
	for _, s := range strong {
		rest := slices.DeleteFunc(slices.Clone(weak), func(p Pair) bool { return p.Source == s.Source || p.Target == s.Target })
		for _, m := range matchings(rest) {
			ways = append(ways, append([]Pair{s}, m...))
		}
	}
	return ways
}

// matchings returns the largest choices of pairs in which every field stands
// once. Without pairs there is one: the empty choice.
func matchings(pairs []Pair) [][]Pair {
	var found [][]Pair
	var choose func(i int, chosen []Pair)
	choose = func(i int, chosen []Pair) {
		if i == len(pairs) {
			if maximal(pairs, chosen) {
				found = append(found, slices.Clone(chosen))
			}
			return
		}
		if fits(chosen, pairs[i]) {
			choose(i+1, append(chosen, pairs[i]))
		}
		if !fits(chosen, pairs[i]) || rivals(pairs, pairs[i]) {
			choose(i+1, chosen)
		}
	}
	choose(0, nil)
	return found
}

func fits(chosen []Pair, p Pair) bool {
	return !slices.ContainsFunc(chosen, func(x Pair) bool { return x.Source == p.Source || x.Target == p.Target })
}

// rivals reports whether another pair shares a field with p.
func rivals(pairs []Pair, p Pair) bool {
	return slices.ContainsFunc(pairs, func(x Pair) bool { return x != p && (x.Source == p.Source || x.Target == p.Target) })
}

func maximal(pairs, chosen []Pair) bool {
	return !slices.ContainsFunc(pairs, func(p Pair) bool { return fits(chosen, p) })
}

// strong reports whether one end of the edge names a row alone.
func (e edge) strong() bool { return e.Source.names() || e.Target.names() }

// names reports whether the value of f alone names a row: f is the whole key, or
// an identity.
func (f *Field) names() bool {
	if f.Identity != "" {
		return true
	}
	key := f.Collection.Key()
	return len(key) == 1 && key[0] == f
}

// up reports whether the way leads from a row to what it hangs on: the target is
// named by its key, and what names it is no key at its own place.
func (w *Way) up() bool {
	if w.From == nil {
		return false
	}
	for _, p := range w.Pairs {
		if p.Source.names() {
			return false
		}
	}
	return w.whole(targetOf)
}

// whole reports whether the pairs hold the whole key at one end, or an identity.
func (w *Way) whole(end func(Pair) *Field) bool {
	has := map[*Field]bool{}
	for _, p := range w.Pairs {
		f := end(p)
		if has[f] = true; f.names() {
			return true
		}
	}
	key := end(w.Pairs[0]).Collection.Key()
	return len(key) > 0 && !slices.ContainsFunc(key, func(f *Field) bool { return !has[f] })
}

// complete adds to a way that begins with a part of a key the parts that are
// missing: a field of the same name, or one that refers to the same place. It
// reports a part that cannot be found, since a customer number without its tenant
// would find other people's rows.
func (b *builder) complete(w *Way) {
	for _, end := range []func(Pair) *Field{sourceOf, targetOf} {
		f := end(w.Pairs[0])
		key := f.Collection.Key()
		if len(key) < 2 || !slices.ContainsFunc(w.Pairs, func(p Pair) bool { return end(p).Key }) || b.named(w) {
			continue
		}
		for _, part := range key {
			if slices.ContainsFunc(w.Pairs, func(p Pair) bool { return end(p) == part }) {
				continue
			}
			b.addPart(w, part)
		}
	}
}

func sourceOf(p Pair) *Field { return p.Source }
func targetOf(p Pair) *Field { return p.Target }

// named reports whether rows are named completely at one end.
func (b *builder) named(w *Way) bool { return w.whole(sourceOf) || w.whole(targetOf) }

func (b *builder) addPart(w *Way, part *Field) {
	other := w.To
	if part.Collection == w.To && w.From != w.To {
		other = w.From
	}
	match := b.counterpart(part, other)
	if match == nil {
		first := w.Pairs[0]
		b.report(w.To.Dataset, first.Target.At, false, "add a reference for "+part.Name(), "%s leads by %s, which is only a part of the key of %s: %s is missing", w, first.Source.Name(), part.Collection, part.Name())
		return
	}
	p := Pair{Source: part, Target: match}
	if other == w.From && w.From != w.To {
		p = Pair{Source: match, Target: part}
	}
	if fits(w.Pairs, p) {
		w.Pairs = append(w.Pairs, p)
	}
}

// counterpart finds in c what f is: the field of the same path, or one that is
// linked to the same field elsewhere.
func (b *builder) counterpart(f *Field, c *Collection) *Field {
	for _, x := range c.Leaves() {
		if x != f && b.linked(f, x) {
			return x
		}
	}
	if x := c.Field(f.Name()); x != nil && x != f && len(x.Fields) == 0 {
		return x
	}
	return nil
}

// linked reports whether two fields refer to the same field.
func (b *builder) linked(f, g *Field) bool {
	for _, x := range b.edges {
		for _, y := range b.edges {
			if place := x.other(f); place != nil && place == y.other(g) {
				return true
			}
		}
	}
	return false
}

// other returns the far end of an edge that ends at f.
func (e edge) other(f *Field) *Field {
	switch f {
	case e.Source:
		return e.Target
	case e.Target:
		return e.Source
	}
	return nil
}

// share marks ways that begin at what many people share, and lets none of them
// widen what an own way finds.
func (b *builder) share() {
	own := b.reach(func(w *Way) bool { return !w.up() })
	found := b.reach(func(*Way) bool { return true })
	var kept []*Way
	for _, w := range b.graph.Ways {
		w.Shared = w.From != nil && !own[w.From]
		switch {
		case w.From != nil && !found[w.From]: // nobody comes by
		case w.Shared && own[w.To]:
			b.narrow(w, own)
		default:
			kept = append(kept, w)
		}
	}
	b.graph.Ways = kept
	for _, w := range kept {
		if w.Shared && !w.up() {
			b.report(w.To.Dataset, w.Pairs[0].Target.At, true, "if other people's rows hang on it too, lead to it from the person's own", "collection %s is found only through %s, which several people may share", w.To.Name, w.From)
		}
	}
}

// reach returns the collections to which ways that follow admits lead from
// identifiers.
func (b *builder) reach(follow func(*Way) bool) map[*Collection]bool {
	reached := map[*Collection]bool{}
	for grew := true; grew; {
		grew = false
		for _, w := range b.graph.Ways {
			if !reached[w.To] && (w.From == nil || reached[w.From] && follow(w)) {
				reached[w.To], grew = true, true
			}
		}
	}
	return reached
}

// narrow takes a way from something shared into the own ways to the same place.
// One that no file says in this direction is only the way back, and means nothing.
func (b *builder) narrow(w *Way, own map[*Collection]bool) {
	if !slices.ContainsFunc(b.edges, func(e edge) bool { return e.said && slices.Contains(w.Pairs, e.Pair) }) {
		return
	}
	for _, mine := range b.graph.Ways {
		if mine.To != w.To || mine.From == nil || !own[mine.From] || mine == w {
			continue
		}
		for _, p := range w.Pairs {
			b.restrain(mine, p)
		}
	}
}

// restrain adds to an own way that the field p.Target must have the value which
// the own row has for the same shared thing.
func (b *builder) restrain(mine *Way, p Pair) {
	for _, x := range mine.From.Leaves() {
		for _, e := range b.edges {
			if pair := (Pair{x, p.Target}); e.other(x) == p.Source && fits(mine.Pairs, pair) {
				mine.Pairs = append(mine.Pairs, pair)
				return
			}
		}
	}
	if !slices.ContainsFunc(mine.Pairs, func(x Pair) bool { return x.Target == p.Target }) {
		b.report(mine.To.Dataset, p.Target.At, false,
			"add to "+mine.From.String()+" a reference to "+p.Source.String()+", or take this one out",
			"%s is to fit %s, and %s does not say which one is its own", p.Target.Name(), p.Source, mine.From.Name)
	}
}

// describe is the pairs of a way in words, for plans.
func (w *Way) describe() string {
	var parts []string
	for _, p := range w.Pairs {
		if p.Source == nil {
			parts = append(parts, p.Target.Name()+" = "+w.Identity)
			continue
		}
		parts = append(parts, p.Target.Name()+" = "+w.From.Name+"."+p.Source.Name())
	}
	return strings.Join(parts, " and ")
}
