package consent

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Name is the built-in activity's name, its kind, and the vault's name for the
// key under which a person's proofs are sealed.
const Name = "consent"

// Manifest declares the built-in activity "consent".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{decision, withdrawn, order, notice, terms, count}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: Name, BuiltIn: true,
		Title: policy.Text{"en": "Consent", "de": "Einwilligung"},
		About: policy.Text{
			"en": "We remember what you agreed to or refused, and keep the proof of it.",
			"de": "Wir merken uns, worin Sie eingewilligt oder was Sie abgelehnt haben, und bewahren den Nachweis auf.",
		},
		When:   policy.Text{"en": "when you decide, and on later visits", "de": "wenn Sie entscheiden, und bei späteren Besuchen"},
		People: []string{"visitor"},
		Fields: []policy.Field{
			{Name: "choice", Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "what was offered and chosen", "de": "was angeboten und gewählt wurde"}},
			{Name: "decided", Category: "user.privacy_preferences", Source: "device", Title: policy.Text{"en": "time, place and language of the choice", "de": "Zeit, Ort und Sprache der Wahl"}},
			{Name: "text_shown", Category: "user.privacy_preferences", Source: "derived", Title: policy.Text{"en": "the text that was shown", "de": "der gezeigte Text"}},
			{Name: "signal", Category: "user.privacy_preferences", Source: "device", Title: policy.Text{"en": "the browser's objection signal (Global Privacy Control)", "de": "das Widerspruchssignal des Browsers (Global Privacy Control)"}},
			{Name: "signature", Category: "user.privacy_preferences", Source: "derived", Title: policy.Text{"en": "signed receipts", "de": "unterschriebene Belege"}},
			{Name: "ended", Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "time and manner of the withdrawal", "de": "Zeit und Art des Widerrufs"}},
			{Name: "last_visit", Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "day of the last visit", "de": "Tag des letzten Besuchs"}},
		},
		Sets: []policy.Set{{
			Name: "proof", Fields: []string{"choice", "decided", "text_shown", "signal", "signature", "ended"},
			Title: policy.Text{"en": "proof of the choice and of its withdrawal", "de": "Nachweis der Wahl und ihres Widerrufs"},
		}},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the choice", "de": "die Wahl"}},
			{Name: "last-visit", Title: policy.Text{"en": "the last visit", "de": "der letzte Besuch"}},
			{Name: "revocation", Title: policy.Text{"en": "the withdrawal, replacement or expiry of the consent", "de": "der Widerruf, die Ersetzung oder der Ablauf der Einwilligung"}},
		},
		Cookies: []string{CookieName, OnceName},
		Default: []byte(`
purpose: essential.legal_obligation
basis: legal-obligation
law: Art. 7(1), 5(2) GDPR
data: [proof, last_visit]
cookies:
  - {name: kept_choice, lifetime: 6 months, purpose: {en: remembers your choice, de: merkt sich Ihre Wahl}}
  - {name: kept_once, session: true, purpose: {en: loads one item once, de: lädt einen Inhalt einmal}}
retention:
  - {data: last_visit, from: last-visit, keep: 6 months, then: delete}
  - {data: proof, from: revocation, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
`),
	}
}

var decision = manifest.Table{
	Name: "consent_decision", About: "an acceptance, from the choice to its end", Subject: "subject", Evidence: true,
	Moments: map[string]string{"collection": "decided_at", "last-visit": "last_visit_at", "revocation": "ended_at"},
	Columns: []manifest.Column{
		{Name: "id", Field: "choice", Show: folded("id of the decision", "Kennung der Entscheidung")},
		{Name: "subject", Why: "whose decision"},
		{Name: "decided_at", Type: manifest.TimeType, Field: "decided", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "decided", "de": "entschieden"}}},
		{Name: "last_visit_at", Type: manifest.TimeType, Null: true, Field: "last_visit"},
		{Name: "ended_at", Type: manifest.TimeType, Null: true, Field: "ended", Show: titled("ended", "beendet")},
		{Name: "ended_by", Field: "ended", Show: manifest.Show{Title: policy.Text{"en": "ended by", "de": "beendet durch"}, Says: endings}},
		{Name: "previous", Field: "choice", Show: folded("id of the decision before", "Kennung der Entscheidung davor")},
		{Name: "notice_hash", Field: "text_shown", Show: manifest.Show{Title: policy.Text{"en": "text shown", "de": "gezeigter Text"}, Leads: "/privacy/notice/{notice_hash}"}},
		{Name: "policy_hash", Field: "text_shown", Show: folded("checksum of the policy in force", "Prüfsumme der geltenden Regeln")},
		{Name: "language", Field: "decided", Show: manifest.Show{Title: policy.Text{"en": "language of the text", "de": "Sprache des Textes"}, Says: languages}},
		{Name: "source", Field: "decided", Show: manifest.Show{Title: policy.Text{"en": "decided in", "de": "entschieden in"}, Says: places}},
		{Name: "gpc", Type: manifest.BoolType, Field: "signal"},
		{Name: "offered", Type: manifest.JSONType, Field: "choice", Show: titled("asked", "gefragt")},
		{Name: "accepted", Type: manifest.JSONType, Field: "choice", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "agreed to", "de": "eingewilligt in"}}},
		{Name: "leaf", Why: "the leaf of the ledger that commits to the decision", Show: titled("decision in the ledger", "Entscheidung im Protokoll")},
		{Name: "end_leaf", Why: "the leaf of the ledger that commits to its end", Show: titled("end in the ledger", "Ende im Protokoll")},
		{Name: "proof", Type: manifest.BytesType, Field: "signature", Class: manifest.Sealed, Show: manifest.Show{Title: policy.Text{"en": "receipt", "de": "Quittung"}, Leads: "/privacy/receipts/{id}"}},
		{Name: "ending", Type: manifest.BytesType, Null: true, Field: "signature", Class: manifest.Sealed, Show: manifest.Show{Title: policy.Text{"en": "receipt of the end", "de": "Quittung des Endes"}, Leads: "/privacy/receipts/{id}"}},
	},
}

// How the columns of a decision read, and the words for what the room writes.
var (
	endings = map[string]policy.Text{
		Withdrew: {"en": "your withdrawal", "de": "Ihren Widerruf"},
		Replaced: {"en": "a newer decision", "de": "eine neuere Entscheidung"},
		Lapsed:   {"en": "expiry", "de": "Ablauf"},
	}
	languages = map[string]policy.Text{
		"de": {"en": "German", "de": "Deutsch"},
		"en": {"en": "English", "de": "Englisch"},
	}
	places = map[string]policy.Text{
		string(Banner):      {"en": "the banner", "de": "der Abfrage"},
		string(Settings):    {"en": "the settings", "de": "den Einstellungen"},
		string(Placeholder): {"en": "the placeholder of a service", "de": "dem Platzhalter eines Dienstes"},
		string(NoScript):    {"en": "the form without JavaScript", "de": "dem Formular ohne JavaScript"},
		string(Signal):      {"en": "the browser’s settings (Global Privacy Control)", "de": "den Einstellungen des Browsers (Global Privacy Control)"},
	}
)

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}

var withdrawn = manifest.Table{
	Name: "consent_withdrawn", About: "a decision whose cookies count no longer",
	Impersonal: "holds digests of random ids, so that a copied cookie stops counting even after the decision itself was erased; 400 days, the longest life of a cookie",
	Columns: []manifest.Column{
		{Name: "digest", Type: manifest.BytesType, Why: "first half of the SHA-256 of the decision's id"},
		{Name: "at", Type: manifest.TimeType, Why: "when it ended"},
		{Name: "place", Type: manifest.IntType, Why: "its place in the order in which decisions ended, on all nodes"},
	},
}

var order = manifest.Table{
	Name: "consent_order", About: "how many decisions have ended", Impersonal: "holds a counter",
	Columns: []manifest.Column{
		{Name: "id", Type: manifest.IntType, Why: "always 1"},
		{Name: "last", Type: manifest.IntType, Why: "the last place that was given"},
	},
}

var notice = manifest.Table{
	Name: "consent_notice", About: "a text that was in force", Impersonal: "holds published texts",
	Columns: []manifest.Column{
		{Name: "hash", Why: "names the exact text"},
		{Name: "policy_hash", Why: "the policy it was made from"},
		{Name: "version", Why: "the policy's own version"},
		{Name: "language", Why: "the text's language"},
		{Name: "html", Why: "the text as it was shown"},
		{Name: "body", Why: "the text in plain words"},
		{Name: "at", Type: manifest.TimeType, Why: "since when it was in force"},
	},
}

var terms = manifest.Table{
	Name: "consent_terms", About: "what a consent to one group or service covered, and who took part", Impersonal: "holds what published policies say",
	Columns: []manifest.Column{
		{Name: "hash", Why: "names the exact content; receipts refer to it"},
		{Name: "body", Type: manifest.JSONType, Why: "the content, in the terms of ISO/IEC TS 27560"},
	},
}

var count = manifest.Table{
	Name: "consent_count", About: "how many decisions of one outcome a day had", Impersonal: "counts, without persons",
	Columns: []manifest.Column{
		{Name: "day", Type: manifest.TimeType, Why: "which day"},
		{Name: "outcome", Why: "accepted, partial, refused, withdrawn, once"},
		{Name: "count", Type: manifest.IntType, Why: "how many"},
	},
}
