package rights

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Name is the built-in activity's name and kind.
const Name = "rights"

// requestTable is where requests lie.
const requestTable = "rights_request"

// Manifest declares the built-in activity "rights".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{requests(), owed(), orders(), tellings(), examinations()}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: Name, BuiltIn: true,
		People: []string{"visitor"},
		Title:  policy.Text{"en": "Your rights", "de": "Ihre Rechte"},
		About: policy.Text{
			"en": "When you ask for a copy, erasure or restriction of your data, or object, we do it and can show that we did.",
			"de": "Wenn Sie eine Kopie, Löschung oder Einschränkung Ihrer Daten verlangen oder widersprechen, tun wir das und können es belegen.",
		},
		When: policy.Text{"en": "when you exercise a right", "de": "wenn Sie ein Recht ausüben"},
		Fields: []policy.Field{
			{Name: "request", Category: "user.behavior", Source: "person", Title: policy.Text{"en": "what you asked for, and when", "de": "was Sie verlangt haben, und wann"}},
			{Name: "outcome", Category: "user.behavior", Source: "derived", Title: policy.Text{"en": "what we did, and when", "de": "was wir getan haben, und wann"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the request", "de": "die Anfrage"}},
			{Name: "closed", Title: policy.Text{"en": "the answer", "de": "die Antwort"}},
		},
		Default: []byte(`
purpose: essential.legal_obligation
basis: legal-obligation
law: Art. 12, 15-22 GDPR
data: [request, outcome]
retention:
  - {from: closed, keep: 3 years, until: end-of-year, then: delete, reason: {en: proof that the request was answered, de: Nachweis der Beantwortung}}
`),
	}
}

func requests() manifest.Table {
	return manifest.Table{
		Name: requestTable, About: "what a person asked for and what was done", Subject: "subject", Evidence: true,
		Moments: map[string]string{"collection": "received_at", "closed": "closed_at"},
		Columns: []manifest.Column{
			{Name: "id", Why: "names the request", Show: manifest.Show{Title: policy.Text{"en": "number of the request", "de": "Nummer des Antrags"}}},
			{Name: "asked", Field: "request", Show: manifest.Show{Title: policy.Text{"en": "asked for", "de": "verlangt"}, Says: asked, Place: manifest.First}},
			{Name: "subject", Null: true, Why: "whose request; empty once an erasure is done"},
			{Name: "activity", Null: true, Field: "request", Show: manifest.Show{Title: policy.Text{"en": "against", "de": "gegen"}}},
			{Name: "state", Field: "outcome", Show: manifest.Show{Title: policy.Text{"en": "state", "de": "Stand"}, Says: states, Place: manifest.First}},
			{Name: "resume_state", Null: true, Why: "where a waiting request goes on", Show: manifest.Show{Title: policy.Text{"en": "goes on at", "de": "geht weiter bei"}}},
			{Name: "reason", Null: true, Field: "outcome", Show: manifest.Show{Title: policy.Text{"en": "reason", "de": "Grund"}}},
			{Name: "received_at", Type: manifest.TimeType, Field: "request", Show: manifest.Show{Title: policy.Text{"en": "received", "de": "eingegangen"}}},
			{Name: "due_at", Type: manifest.TimeType, Why: "one month after receipt", Show: manifest.Show{Title: policy.Text{"en": "due", "de": "zu erledigen bis"}}},
			{Name: "closed_at", Type: manifest.TimeType, Null: true, Field: "outcome", Show: manifest.Show{Title: policy.Text{"en": "closed", "de": "abgeschlossen"}}},
			{Name: "goes", Type: manifest.JSONType, Null: true, Field: "outcome", Show: manifest.Show{Title: policy.Text{"en": "deleted", "de": "gelöscht"}}},
			{Name: "stays", Type: manifest.JSONType, Null: true, Field: "outcome", Show: manifest.Show{Title: policy.Text{"en": "kept", "de": "aufbewahrt"}}},
			{Name: "intent_leaf", Null: true, Why: "the ledger's leaf before", Show: manifest.Show{Title: policy.Text{"en": "beginning in the ledger", "de": "Beginn im Protokoll"}}},
			{Name: "leaf", Null: true, Why: "the ledger's leaf after", Show: manifest.Show{Title: policy.Text{"en": "end in the ledger", "de": "Ende im Protokoll"}}},
		},
	}
}

// owed has no period of its own: a row ends with the hold that it waits for.
func owed() manifest.Table {
	return manifest.Table{
		Name: owedTable, About: "an erasure that is asked for again when a hold ends", Subject: "subject",
		Columns: []manifest.Column{
			{Name: "subject", Why: "whose data a hold keeps"},
			{Name: "at", Type: manifest.TimeType, Why: "when the erasure was done but for that",
				Show: manifest.Show{Title: policy.Text{"en": "erased but for what a hold keeps", "de": "gelöscht bis auf das, was zurückgehalten wird"}}},
		},
	}
}

// orders stand for a case, not for the person: what an order knows of the person is
// sealed under a key of its own, which outlives the person's and ends with the order.
func orders() manifest.Table {
	return manifest.Table{
		Name: "rights_order", About: "a right of a case that is carried out here and in other systems", Subject: "id",
		Moments: map[string]string{"collection": "received_at", "closed": "closed_at"},
		Columns: []manifest.Column{
			{Name: "id", Why: "names the order"},
			{Name: "case_id", Why: "the case that it belongs to"},
			{Name: "asked", Field: "request"},
			{Name: "state", Field: "outcome"},
			{Name: "waits", Type: manifest.JSONType, Null: true, Field: "outcome"},
			{Name: "content", Type: manifest.BytesType, Null: true, Field: "request", Class: manifest.Sealed},
			{Name: "approved_by", Field: "outcome"},
			{Name: "received_at", Type: manifest.TimeType, Field: "request"},
			{Name: "closed_at", Type: manifest.TimeType, Null: true, Field: "outcome"},
			{Name: "goes", Type: manifest.JSONType, Null: true, Field: "outcome"},
			{Name: "stays", Type: manifest.JSONType, Null: true, Field: "outcome"},
			{Name: "intent_leaf", Null: true, Why: "the ledger's leaf before"},
			{Name: "leaf", Null: true, Why: "the ledger's leaf after"},
		},
	}
}

func tellings() manifest.Table {
	return manifest.Table{
		Name: "rights_told", About: "a recipient that is told what became of data that it got (Art. 19 GDPR)", Parent: "rights_order", ParentKey: "order_id",
		Columns: []manifest.Column{
			{Name: "id", Why: "names the telling"},
			{Name: "order_id", Why: "the order that it follows"},
			{Name: "recipient", Field: "outcome"},
			{Name: "system", Null: true, Field: "outcome"},
			{Name: "activity", Field: "outcome"},
			{Name: "fields", Type: manifest.JSONType, Field: "outcome"},
			{Name: "way", Field: "outcome"},
			{Name: "asked", Field: "request"},
			{Name: "since", Type: manifest.TimeType, Field: "outcome"},
			{Name: "told_at", Type: manifest.TimeType, Null: true, Field: "outcome"},
			{Name: "told_by", Null: true, Field: "outcome"},
		},
	}
}

// examinations have no period of their own: a row ends with the restriction.
func examinations() manifest.Table {
	return manifest.Table{
		Name: "rights_examination", About: "a restriction while a case is examined", Subject: "subject",
		Columns: []manifest.Column{
			{Name: "case_id", Why: "the case that is examined", Show: manifest.Show{Title: policy.Text{"en": "number of the case", "de": "Nummer des Vorgangs"}}},
			{Name: "subject", Why: "whose data is restricted meanwhile"},
			{Name: "since", Type: manifest.TimeType, Why: "when the examination began",
				Show: manifest.Show{Title: policy.Text{"en": "restricted for an examination since", "de": "wegen einer Prüfung eingeschränkt seit"}}},
			{Name: "lifts_at", Type: manifest.TimeType, Null: true, Why: "when the restriction ends, as the person was told",
				Show: manifest.Show{Title: policy.Text{"en": "restriction ends", "de": "Einschränkung endet"}}},
		},
	}
}

// The words for what the room writes.
var (
	asked = map[string]policy.Text{
		string(Access):        {"en": "a copy", "de": "Auskunft"},
		string(Portability):   {"en": "a copy to take along", "de": "Übertragung"},
		string(Erasure):       {"en": "erasure", "de": "Löschung"},
		string(Restriction):   {"en": "restriction", "de": "Einschränkung"},
		string(Objection):     {"en": "objection", "de": "Widerspruch"},
		string(Rectification): {"en": "rectification", "de": "Berichtigung"},
		string(Withdrawal):    {"en": "withdrawal of consent", "de": "Widerruf der Einwilligung"},
		string(HumanReview):   {"en": "review by a person", "de": "Prüfung durch einen Menschen"},
		string(Safeguards):    {"en": "copy of the safeguards", "de": "Kopie der Garantien"},
		string(Confirmation):  {"en": "whether anything is held", "de": "ob etwas gespeichert ist"},
	}
	states = map[string]policy.Text{
		string(Received):  {"en": "received", "de": "eingegangen"},
		string(Prepared):  {"en": "checked", "de": "geprüft"},
		string(Executing): {"en": "being carried out", "de": "in Arbeit"},
		string(Verified):  {"en": "carried out, being checked", "de": "ausgeführt, wird nachgesehen"},
		string(Done):      {"en": "done", "de": "erledigt"},
		string(Refused):   {"en": "refused", "de": "abgelehnt"},
		string(Waiting):   {"en": "waiting", "de": "wartet"},
	}
)
