package subject

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Rule is the name of the built-in activity, and the vault's name for the key
// under which a subject's identifiers and the words of its restrictions are
// sealed.
const Rule = "identity"

// Manifest declares the built-in activity "identity".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{person, identifier, restriction, objection, hold}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: Rule, BuiltIn: true,
		People: []string{"visitor"},
		Title:  policy.Text{"en": "Telling people apart", "de": "Zuordnung von Personen"},
		About: policy.Text{
			"en": "So that you can see, correct and delete what is held about you, we keep the identifiers that lead to it, encrypted, for as long as anything is held.",
			"de": "Damit Sie sehen, berichtigen und löschen können, was über Sie gespeichert ist, bewahren wir verschlüsselt die Kennungen auf, die dorthin führen, solange etwas gespeichert ist.",
		},
		When: policy.Text{"en": "as soon as something is stored that belongs to you", "de": "sobald etwas gespeichert wird, das zu Ihnen gehört"},
		Fields: []policy.Field{
			{Name: "identifier", Category: "user.unique_id", Source: "derived", Title: policy.Text{"en": "identifiers", "de": "Kennungen"}},
			{Name: "restriction", Category: "user.behavior", Source: "person", Title: policy.Text{"en": "restrictions and objections", "de": "Einschränkungen und Widersprüche"}},
			{Name: "hold", Category: "user.behavior", Source: "derived", Title: policy.Text{"en": "suspended deletions and their reasons", "de": "ausgesetzte Löschungen und ihre Gründe"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "collection", "de": "die Erhebung"}},
			{Name: "unused", Title: policy.Text{"en": "the deletion of the last data that they lead to", "de": "die Löschung der letzten Daten, zu denen sie führen"}},
			{Name: "end", Title: policy.Text{"en": "the end of the suspension", "de": "das Ende der Aussetzung"}},
		},
		Default: []byte(`
purpose: essential.legal_obligation
basis: legal-obligation
law: Art. 11, 12, 15-21 GDPR
data: [identifier, restriction, hold]
retention:
  - {data: [identifier, restriction], from: unused, keep: 0 days, then: delete}
  - {data: hold, from: end, keep: 3 years, then: delete, reason: {en: proof why data was kept longer, de: "Nachweis, warum Daten länger aufbewahrt wurden"}}
`),
	}
}

var person = manifest.Table{
	Name: "subject", About: "a person, known by nothing but a random number", Subject: "id",
	Moments: map[string]string{"collection": "created_at", "unused": "unused_at"},
	Columns: []manifest.Column{
		{Name: "id", Field: "identifier"},
		{Name: "created_at", Type: manifest.TimeType, Field: "identifier", Show: manifest.Show{Title: policy.Text{"en": "known since", "de": "bekannt seit"}}},
		{Name: "checked_at", Type: manifest.TimeType, Why: "when it was last seen that something is still held", Show: manifest.Show{Title: policy.Text{"en": "last looked after", "de": "zuletzt nachgesehen"}}},
		{Name: "unused_at", Type: manifest.TimeType, Null: true, Why: "since when nothing is held any more", Show: manifest.Show{Title: policy.Text{"en": "nothing held since", "de": "nichts gespeichert seit"}}},
	},
}

// kinds are the words for the identifiers that the program itself gives.
var kinds = map[string]policy.Text{
	"visitor":  {"en": "random visitor id", "de": "zufällige Besuchskennung"},
	"decision": {"en": "id of a decision", "de": "Kennung einer Entscheidung"},
	"email":    {"en": "e-mail address", "de": "E-Mail-Adresse"},
	"phone":    {"en": "phone number", "de": "Telefonnummer"},
	"account":  {"en": "account", "de": "Konto"},
	"customer": {"en": "customer", "de": "Kunde"},
}

var identifier = manifest.Table{
	Name: "subject_identifier", About: "something that leads to a person", Subject: "subject", Parent: "subject", ParentKey: "subject",
	Moments: map[string]string{"collection": "created_at"},
	Columns: []manifest.Column{
		{Name: "lookup", Type: manifest.BytesType, Field: "identifier", Class: manifest.Indexed},
		{Name: "kind", Why: "what the identifier is: visitor, decision, …", Show: manifest.Show{Title: policy.Text{"en": "kind of identifier", "de": "Art der Kennung"}, Says: kinds, Place: manifest.First}},
		{Name: "value", Type: manifest.BytesType, Field: "identifier", Class: manifest.Sealed, Show: manifest.Show{Title: policy.Text{"en": "identifier", "de": "Kennung"}}},
		{Name: "subject", Why: "whom it leads to"},
		{Name: "created_at", Type: manifest.TimeType, Field: "identifier", Show: manifest.Show{Title: policy.Text{"en": "known since", "de": "bekannt seit"}}},
	},
}

var restriction = manifest.Table{
	Name: "subject_restriction", About: "a person whose data is kept and not otherwise processed (Art. 18 GDPR)",
	Subject: "subject", Parent: "subject", ParentKey: "subject",
	Moments: map[string]string{"collection": "since"},
	Columns: []manifest.Column{
		{Name: "subject", Why: "whose data"},
		{Name: "reason", Type: manifest.BytesType, Field: "restriction", Class: manifest.Sealed, Show: manifest.Show{Title: policy.Text{"en": "reason for the restriction", "de": "Grund der Einschränkung"}}},
		{Name: "since", Type: manifest.TimeType, Field: "restriction", Show: manifest.Show{Title: policy.Text{"en": "restricted since", "de": "eingeschränkt seit"}}},
	},
}

var objection = manifest.Table{
	Name: "subject_objection", About: "a person who objected to an activity (Art. 21 GDPR)",
	Subject: "subject", Parent: "subject", ParentKey: "subject",
	Moments: map[string]string{"collection": "at"},
	Columns: []manifest.Column{
		{Name: "subject", Why: "who objected"},
		{Name: "activity", Field: "restriction", Show: manifest.Show{Title: policy.Text{"en": "objection to", "de": "Widerspruch gegen"}}},
		{Name: "at", Type: manifest.TimeType, Field: "restriction", Show: manifest.Show{Title: policy.Text{"en": "objected", "de": "widersprochen"}}},
	},
}

// hold stands for itself, not for the person whose deletion it suspends: it
// survives the erasure that it stops, and its reason is sealed under a key of
// its own, which ends with it.
var hold = manifest.Table{
	Name: "subject_hold", About: "a suspended deletion, with its reason and its end", Subject: "id",
	Moments: map[string]string{"collection": "since", "end": "until_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the hold"},
		{Name: "subject", Field: "hold"},
		{Name: "activity", Field: "hold"},
		{Name: "rule", Field: "hold"},
		{Name: "reason", Type: manifest.BytesType, Field: "hold", Class: manifest.Sealed},
		{Name: "set_by", Field: "hold"},
		{Name: "since", Type: manifest.TimeType, Field: "hold"},
		{Name: "until_at", Type: manifest.TimeType, Field: "hold"},
		{Name: "ground", Field: "hold"},
	},
}
