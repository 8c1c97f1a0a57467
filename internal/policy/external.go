package policy

import (
	"slices"

	"kept/internal/policy/taxonomy"
)

// External is the kind of what is done in another system: Kept declares it in
// notice and register and does not perform it. It has no vocabulary of its own;
// the entry brings its words. Its data are keys of the taxonomy, or maps with a
// category; its moments are those below and whatever the entry names.
const External = "external"

// commonMoments are the moments that an external activity may count from
// without declaring them.
var commonMoments = []Moment{
	{Name: "collection", Title: Text{"de": "die Erhebung", "en": "the collection"}},
	{Name: "concluded", Title: Text{"de": "der Abschluss des Vorgangs", "en": "the end of the matter"}},
	{Name: "contract-end", Title: Text{"de": "das Ende des Vertrags", "en": "the end of the contract"}},
	{Name: "invoice-date", Title: Text{"de": "das Datum der Rechnung", "en": "the date of the invoice"}},
	{Name: "objection", Title: Text{"de": "der Widerspruch", "en": "the objection"}},
	{Name: "purpose-end", Title: Text{"de": "der Wegfall des Zwecks", "en": "the end of the purpose"}},
	{Name: "request", Title: Text{"de": "das Verlangen der Person", "en": "the person's request"}},
	{Name: "revocation", Title: Text{"de": "der Widerruf der Einwilligung", "en": "the withdrawal of consent"}},
}

// external makes the vocabulary that an external activity brings itself.
func (a *Activity) external() *Kind {
	k := &Kind{
		Name: External, Title: a.Title, External: true, Delivers: true, Anonymises: true,
		Moments: slices.Concat(a.Moments, commonMoments), People: a.People,
	}
	for _, ref := range a.Data {
		if f, ok := a.externalField(ref.Name); ok && k.field(f.Name) == nil {
			k.Fields = append(k.Fields, f)
		}
	}
	return k
}

// externalField returns the field that a name in data stands for: one that the
// entry describes, else a category of the taxonomy.
func (a *Activity) externalField(name string) (Field, bool) {
	f := Field{Name: name, Category: name}
	if i := slices.IndexFunc(a.Described, func(d Field) bool { return d.Name == name }); i >= 0 {
		f = a.Described[i]
	}
	term, known := taxonomy.Category(f.Category)
	if len(f.Title) == 0 && known {
		f.Title = Text{"de": term.DE, "en": term.EN}
	}
	if f.Source == "" && len(a.Origin) > 0 {
		f.Source = "third-party"
	} else if f.Source == "" {
		f.Source = "person"
	}
	return f, known
}
