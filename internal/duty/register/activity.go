package register

import (
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// activity makes the entry of one activity of the policy.
func (b builder) activity(a *policy.Activity) Activity {
	x := Activity{
		ID: a.Key, Form: Declared, Name: b.names.Activity(a), About: a.Words().About.In(b.lang),
		OnBehalfOf: a.OnBehalfOf.In(b.lang), Purpose: b.use(a.Purpose), Bases: b.bases(a), People: b.people(a),
		Data: b.data(a), Origin: a.Origin.In(b.lang), Recipients: b.deliveries(a), Retention: b.rules(a),
		Access: b.access(a), Decision: b.decision(a.Decision), Provision: b.provision(a), Dataset: a.Dataset,
	}
	x.Sources = sources(x.Data)
	if a.Words().BuiltIn {
		x.Form = BuiltIn
	}
	x.System = Kept
	switch k := a.Words(); {
	case k.External:
		x.System = External
	case k.Planned:
		x.System = Planned
	}
	x.SystemName = b.say("system." + string(x.System))
	if a.Basis == policy.Consent && a.OnWithdrawal != "" {
		x.Withdrawal = b.say("withdrawal." + string(a.OnWithdrawal))
	}
	return x
}

// bases are the activity's own legal basis and the further ones, each with what
// it rests on.
func (b builder) bases(a *policy.Activity) []Basis {
	all := []Basis{}
	if a.Basis != "" {
		x := b.basis(a.Basis)
		x.Interest, x.Law = a.Interest.In(b.lang), i18n.Law(a.Law, b.lang)
		if a.Explicit {
			x.Name = b.say("basis.consent-express")
		}
		if a.Basis == policy.Consent && a.Group != "" {
			x.Group = b.names.Group(a.Group)
		}
		all = append(all, x)
	}
	for _, g := range a.Also {
		x := b.basis(g.Basis)
		x.For, x.Interest, x.Law = g.For.In(b.lang), g.Interest.In(b.lang), i18n.Law(g.Law, b.lang)
		all = append(all, x)
	}
	return all
}

func (b builder) basis(key policy.Basis) Basis {
	n := b.named("basis.", string(key))
	return Basis{Key: n.Key, Name: n.Name}
}

func (b builder) people(a *policy.Activity) []Term {
	keys := a.People
	if len(keys) == 0 {
		keys = a.Words().People
	}
	all := []Term{}
	for _, key := range keys {
		all = append(all, b.person(key))
	}
	return all
}

// data lists every field with its category, its source and the rules that end
// it.
func (b builder) data(a *policy.Activity) []Datum {
	all := []Datum{}
	for _, name := range a.Fields() {
		d := b.datum(fieldOf(a.Words().Fields, name))
		for i := range a.Retention {
			if a.Retention[i].Governs(name) {
				d.Rules = append(d.Rules, i)
			}
		}
		all = append(all, d)
	}
	return all
}

func fieldOf(fields []policy.Field, name string) policy.Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return policy.Field{Name: name}
}

func (b builder) datum(f policy.Field) Datum {
	return Datum{
		Field: f.Name, Name: or(f.Title.In(b.lang), spoken(f.Name)), Category: b.category(f.Category),
		Special: taxonomy.SpecialOf(f.Category), Source: b.named("source.", f.Source), Rules: []int{},
	}
}

// sources are where the data comes from, each once.
func sources(data []Datum) []Named {
	all := []Named{}
	seen := map[string]bool{"": true}
	for _, d := range data {
		if !seen[d.Source.Key] {
			seen[d.Source.Key] = true
			all = append(all, d.Source)
		}
	}
	return all
}

// deliveries are the recipients with the fields that each gets, sets expanded.
func (b builder) deliveries(a *policy.Activity) []Delivery {
	all := []Delivery{}
	for _, d := range a.Recipients {
		x := Delivery{Recipient: d.Recipient, Name: b.names.Recipient(d.Recipient), Fields: []Named{}}
		for _, name := range expand(a.Words(), d.Fields) {
			x.Fields = append(x.Fields, b.field(a.Words().Fields, name))
		}
		all = append(all, x)
	}
	return all
}

func (b builder) field(fields []policy.Field, name string) Named {
	f := fieldOf(fields, name)
	return Named{Key: name, Name: or(f.Title.In(b.lang), spoken(name))}
}

// expand resolves the named sets in refs.
func expand(k *policy.Kind, refs []policy.Ref) []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, ref := range refs {
		set := false
		for _, s := range k.Sets {
			if s.Name == ref.Name {
				set = true
				for _, f := range s.Fields {
					add(f)
				}
			}
		}
		if !set {
			add(ref.Name)
		}
	}
	return names
}

func (b builder) access(a *policy.Activity) []Named {
	all := []Named{}
	for _, ref := range a.Access {
		n := Named{Key: ref.Name, Name: spoken(ref.Name)}
		if d := b.p.Department(ref.Name); d != nil {
			n.Name = or(d.Title.In(b.lang), n.Name)
		}
		all = append(all, n)
	}
	return all
}

func (b builder) decision(d *policy.Decision) *Decision {
	if d == nil {
		return nil
	}
	x := &Decision{Kind: b.named("decision.", d.Kind), Logic: d.Logic.In(b.lang), Consequences: d.Consequences.In(b.lang)}
	if d.Ground != "" {
		ground := b.named("decision-ground.", d.Ground)
		x.Ground = &ground
	}
	return x
}

func (b builder) provision(a *policy.Activity) *Provision {
	p := a.Provision
	if p.Required == "" {
		return nil
	}
	x := &Provision{Required: b.named("provision.", p.Required), Consequence: p.Consequence.In(b.lang)}
	for _, name := range expand(a.Words(), p.Data) {
		x.Data = append(x.Data, b.field(a.Words().Fields, name))
	}
	return x
}
