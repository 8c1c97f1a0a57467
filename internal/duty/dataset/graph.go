package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Graph is collections of any number of datasets and the ways between them.
type Graph struct {
	Collections []*Collection
	Ways        []*Way // those of identities first
	Unreached   []*Collection
}

// Way leads to rows of a collection: from an identifier, or from rows of another
// collection. All pairs of a way must fit in one and the same row.
type Way struct {
	From     *Collection // nil: from an identifier
	To       *Collection
	Identity string // kind of identifier
	Pairs    []Pair // of an identity: one, without a source
	Shared   bool   // From is what many people share
}

// Pair is a field whose values are found in another one.
type Pair struct{ Source, Target *Field }

// String names the way, the same for the same files.
func (w *Way) String() string {
	var sources, targets []string
	for _, p := range w.Pairs {
		if p.Source != nil {
			sources = append(sources, p.Source.Name())
		}
		targets = append(targets, p.Target.Name())
	}
	to := fmt.Sprintf("%s(%s)", w.To, strings.Join(targets, ", "))
	if w.From == nil {
		return w.Identity + " → " + to
	}
	return fmt.Sprintf("%s(%s) → %s", w.From, strings.Join(sources, ", "), to)
}

// Into returns the ways to c.
func (g *Graph) Into(c *Collection) []*Way {
	return g.ways(func(w *Way) bool { return w.To == c })
}

// OutOf returns the ways that begin at c.
func (g *Graph) OutOf(c *Collection) []*Way {
	return g.ways(func(w *Way) bool { return w.From == c })
}

func (g *Graph) ways(which func(*Way) bool) []*Way {
	var found []*Way
	for _, w := range g.Ways {
		if which(w) {
			found = append(found, w)
		}
	}
	return found
}

// Own reports whether rows of c are the person's own: found by an identifier, or
// as what hangs on such a row.
func (g *Graph) Own(c *Collection) bool {
	return slices.ContainsFunc(g.Into(c), func(w *Way) bool { return !w.Shared && !w.up() })
}

// NewGraph joins datasets.
func NewGraph(datasets []*Dataset) (*Graph, Findings) {
	b := &builder{datasets: datasets, graph: &Graph{}}
	for _, d := range datasets {
		for _, c := range d.Collections {
			if !c.Skip {
				b.graph.Collections = append(b.graph.Collections, c)
			}
		}
	}
	for _, c := range b.graph.Collections {
		b.identities(c)
	}
	for _, c := range b.graph.Collections {
		b.references(c)
	}
	b.join()
	b.unreached()
	return b.graph, b.findings.sorted()
}

// builder makes a graph.
type builder struct {
	datasets []*Dataset
	graph    *Graph
	edges    []edge
	findings Findings
}

// edge is one pair in one direction, as a reference says it.
type edge struct {
	Pair
	said bool // the file names the direction
}

func (b *builder) report(f *Dataset, at Pos, warning bool, remedy, format string, args ...any) {
	b.findings = append(b.findings, Finding{File: f.File, Pos: at, Warning: warning, Problem: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (b *builder) identities(c *Collection) {
	for _, f := range c.Leaves() {
		if f.Identity != "" {
			b.graph.Ways = append(b.graph.Ways, &Way{To: c, Identity: f.Identity, Pairs: []Pair{{Target: f}}})
		}
	}
}

// references makes edges of what the fields of c say.
func (b *builder) references(c *Collection) {
	for _, f := range c.Leaves() {
		for _, ref := range f.References {
			other, ok := b.resolve(f, ref)
			if !ok || other.Collection.Skip {
				continue
			}
			if other.Collection == c && c.people() && ref.Direction == "" {
				b.report(c.Dataset, ref.At, true, "write its direction if the rows are the same person's", "%s leads to other people's rows and is not followed", f.Name())
				continue
			}
			if ref.Direction != "to" {
				b.edges = append(b.edges, edge{Pair{other, f}, ref.Direction == "from"})
			}
			if ref.Direction != "from" {
				b.edges = append(b.edges, edge{Pair{f, other}, ref.Direction == "to"})
			}
		}
	}
	for _, name := range slices.Concat(c.After, c.EraseAfter) {
		if b.collection(name) == nil {
			b.report(c.Dataset, c.At, !b.known(name), "write dataset.collection of one that is there", "collection %s comes after %s, which is not there", c.Name, name)
		}
	}
}

// resolve finds what a reference means. What lies in a dataset that is not here
// cannot be followed; that is told.
func (b *builder) resolve(f *Field, ref Reference) (*Field, bool) {
	name, path, _ := strings.Cut(ref.Field, ".")
	of := f.Collection.Dataset
	c := b.collection(ref.Dataset + "." + name)
	if c == nil {
		b.report(of, ref.At, !b.known(ref.Dataset+"."), "add its file, or correct the name", "%s refers to %s.%s, which is not there", f.Name(), ref.Dataset, name)
		return nil, false
	}
	other := c.Field(path)
	if other == nil || len(other.Fields) > 0 {
		b.report(of, ref.At, false, "name a field that holds a value", "%s refers to %s.%s, which is no field", f.Name(), c, path)
		return nil, false
	}
	return other, true
}

// known reports whether the dataset of a dotted name is among the files.
func (b *builder) known(name string) bool {
	return slices.ContainsFunc(b.datasets, func(d *Dataset) bool { return strings.HasPrefix(name, d.Key+".") })
}

// collection finds dataset.collection; keys of datasets may hold dots.
func (b *builder) collection(name string) *Collection {
	for _, d := range b.datasets {
		rest, ok := strings.CutPrefix(name, d.Key+".")
		if !ok {
			continue
		}
		for _, c := range d.Collections {
			if c.Name == rest {
				return c
			}
		}
	}
	return nil
}

// unreached warns of collections to which nothing leads.
func (b *builder) unreached() {
	reached := b.reach(func(*Way) bool { return true })
	for _, c := range b.graph.Collections {
		if !reached[c] {
			b.graph.Unreached = append(b.graph.Unreached, c)
			b.report(c.Dataset, c.At, true, "add an identity or a reference, or fides_meta: {skip_processing: true}", "nothing leads to collection %s", c.Name)
		}
	}
}

// people reports whether the rows of c are people, and a reference among them
// leads to somebody else.
func (c *Collection) people() bool {
	return slices.ContainsFunc(c.Leaves(), func(f *Field) bool { return f.Identity != "" })
}
