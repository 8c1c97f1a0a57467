package policy

import (
	"slices"
	"strings"
	"time"

	"kept/internal/policy/source"
	"kept/internal/policy/taxonomy"
)

// complete fills in what the file leaves to the kinds and to the language.
func (c *checker) complete() {
	c.builtIn()
	c.measures()
	for i := range c.p.Activities {
		a := &c.p.Activities[i]
		a.words = c.wordsOf(a)
		kind := a.words
		if kind == nil {
			c.unknownKind(a)
			continue
		}
		if !a.keys.has("people") {
			a.People = slices.Clone(kind.People)
		}
		c.expand(a, kind)
		a.wholes(kind)
		a.deliveries(kind)
		c.resolve(a, kind)
		if a.Basis == Consent && a.OnWithdrawal == "" {
			a.OnWithdrawal = Delete
		}
	}
	for i := range c.p.Services {
		s := &c.p.Services[i]
		if len(s.Data) == 0 {
			for _, f := range usualLoad {
				s.Data = append(s.Data, Ref{Name: f})
			}
		}
	}
	c.p.Groups = c.p.groupsInUse()
}

// measures gives the measures that a key stands for their names.
func (c *checker) measures() {
	for i := range c.p.Measures {
		if m := &c.p.Measures[i]; m.Key != "" {
			term, _ := taxonomy.Measure(m.Key)
			m.Title = Text{"de": term.DE, "en": term.EN}
		}
	}
}

// wordsOf returns the words of what performs an entry, nil if nothing does. Of
// the built-in kinds the file may have those that stand in it by default, each
// under its own name.
func (c *checker) wordsOf(a *Activity) *Kind {
	if a.Kind == External {
		return a.external()
	}
	kind := c.words[a.Kind]
	if kind != nil && kind.BuiltIn && (len(kind.Default) == 0 || a.Key != kind.Name) {
		return nil
	}
	return kind
}

func (c *checker) unknownKind(a *Activity) {
	known := []string{External}
	for name, k := range c.words {
		if !k.BuiltIn || len(k.Default) > 0 && a.Key == name {
			known = append(known, name)
		}
	}
	at := a.keys.of("kind", a.At)
	c.reportFix("K125", at, didYouMean(a.Kind, known), "activity %s is of the kind %s, which this program does not know", a.Key, quoted(a.Kind))
}

// builtIn adds the activities that Kept itself performs, and completes those
// that the file has.
func (c *checker) builtIn() {
	names := make([]string, 0, len(c.words))
	for name := range c.words {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		kind := c.words[name]
		if !kind.BuiltIn || len(kind.Default) == 0 {
			continue
		}
		standard := c.standard(kind)
		if declared := c.p.Activity(name); declared != nil {
			declared.inherit(standard)
			continue
		}
		c.p.Activities = append(c.p.Activities, standard)
	}
}

// standard reads the entry that stands for a built-in kind if the file has
// none. Its places are unknown: it stands in no file.
func (c *checker) standard(kind *Kind) Activity {
	r := &reporter{file: "built-in activity " + kind.Name, src: kind.Default}
	root, mistakes := source.Parse(kind.Default)
	for _, m := range mistakes {
		r.report(string(m.Fault), m.Pos, "%s", m.Problem)
	}
	if root == nil {
		root = &source.Node{Kind: source.Map}
	}
	a := r.open(root, Pos{}, "activity "+kind.Name).activity(kind.Name)
	a.forgetPlaces()
	for _, f := range r.done() { // a defect of the kind, shown where it can be seen
		f.Pos = Pos{}
		c.findings = append(c.findings, f)
	}
	return a
}

// inherit takes from standard whatever the file does not say.
func (a *Activity) inherit(standard Activity) {
	take := func(key string, set func()) {
		if !a.keys.has(key) {
			set()
		}
	}
	take("purpose", func() { a.Purpose = standard.Purpose })
	take("basis", func() { a.Basis = standard.Basis })
	take("explicit", func() { a.Explicit = standard.Explicit })
	take("law", func() { a.Law = standard.Law })
	take("interest", func() { a.Interest = standard.Interest })
	take("group", func() { a.Group = standard.Group })
	take("title", func() { a.Title = standard.Title })
	take("data", func() { a.Data = standard.Data })
	take("cookies", func() { a.Cookies = standard.Cookies })
	take("recipients", func() { a.Recipients = standard.Recipients })
	take("settings", func() { a.settings = standard.settings })
	take("retention", func() { a.Retention = standard.Retention })
	take("provision", func() { a.Provision = standard.Provision })
	take("on_withdrawal", func() { a.OnWithdrawal = standard.OnWithdrawal })
	take("on_behalf_of", func() { a.OnBehalfOf = standard.OnBehalfOf })
	take("also", func() { a.Also = standard.Also })
	take("access", func() { a.Access = standard.Access })
	take("decision", func() { a.Decision = standard.Decision })
	take("origin", func() { a.Origin = standard.Origin })
}

// forgetPlaces takes the positions out of an entry that stands in no file.
func (a *Activity) forgetPlaces() {
	a.At, a.keys = Pos{}, places{}
	forgetRefs(a.Data)
	forgetRefs(a.Access)
	for i := range a.Cookies {
		a.Cookies[i].At, a.Cookies[i].keys = Pos{}, places{}
	}
	for i := range a.Recipients {
		a.Recipients[i].At = Pos{}
		forgetRefs(a.Recipients[i].Fields)
	}
	for i := range a.Retention {
		a.Retention[i].At, a.Retention[i].keys = Pos{}, places{}
		forgetRefs(a.Retention[i].Data)
	}
}

func forgetRefs(refs []Ref) {
	for i := range refs {
		refs[i].At = Pos{}
	}
}

// expand resolves the named sets of an entry and says which rule decides about
// which field.
func (c *checker) expand(a *Activity, kind *Kind) {
	a.fields, a.order = map[string]bool{}, nil
	for _, f := range kind.fieldsOf(a.Data) {
		if !a.fields[f] {
			a.fields[f] = true
			a.order = append(a.order, f)
		}
	}
	named := map[string]map[string]bool{} // moment → fields that some rule names
	for i := range a.Retention {
		r := &a.Retention[i]
		if named[r.From] == nil {
			named[r.From] = map[string]bool{}
		}
		for _, f := range kind.fieldsOf(r.Data) {
			named[r.From][f] = true
		}
	}
	for i := range a.Retention {
		r := &a.Retention[i]
		r.fields = map[string]bool{}
		for _, f := range kind.fieldsOf(r.Data) {
			r.fields[f] = true
		}
		if len(r.Data) == 0 {
			for _, f := range a.order {
				r.fields[f] = !named[r.From][f]
			}
		}
		r.identify(a.Key)
	}
}

// all stands in place of fields for everything that an activity holds.
const all = "all"

// wholes gives those who hold all of an entry its fields.
func (a *Activity) wholes(kind *Kind) {
	for i := range a.Recipients {
		d := &a.Recipients[i]
		if len(d.Fields) != 1 || d.Fields[0].Name != all || kind.field(all) != nil || kind.set(all) != nil {
			continue
		}
		d.whole, d.Fields = true, slices.Clone(a.Data)
		for j := range d.Fields {
			d.Fields[j].At = d.At
		}
	}
}

// deliveries takes apart the sets that recipients get.
func (a *Activity) deliveries(kind *Kind) {
	for i := range a.Recipients {
		a.Recipients[i].gets = kind.fieldsOf(a.Recipients[i].Fields)
	}
}

// fieldsOf returns the known fields that refs name, sets expanded.
func (k *Kind) fieldsOf(refs []Ref) []string {
	var found []string
	for _, ref := range refs {
		if s := k.set(ref.Name); s != nil {
			found = append(found, s.Fields...)
		} else if k.field(ref.Name) != nil {
			found = append(found, ref.Name)
		}
	}
	return found
}

// identify names the rule after what it says: activity/data/moment, with data
// * for the rest; a rule that anonymises or restricts ends in /anonymise or
// /restrict, so that it may stand beside one that deletes.
func (r *Rule) identify(activity string) {
	data := "*"
	if len(r.Data) > 0 {
		var names []string
		for _, ref := range r.Data {
			names = append(names, ref.Name)
		}
		slices.Sort(names)
		data = strings.Join(names, "+")
	}
	r.ID = activity + "/" + data + "/" + r.From
	if r.Then == Anonymise || r.Then == Restrict {
		r.ID += "/" + string(r.Then)
	}
}

// day is the day of the check as the file writes dates.
func (c *checker) day() string { return c.asOf.UTC().Format(time.DateOnly) }
