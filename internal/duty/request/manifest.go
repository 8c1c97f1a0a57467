package request

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Name is the built-in activity's name, its kind, and the vault's name for the
// key of a case.
const Name = "request"

// CookieName is the cookie of a browser that has just proven who asks.
const CookieName = "kept_request"

// Manifest declares the built-in activity "request".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{
		cases, identities, codes, passes, parts, letters, notes, packages, chunks,
	}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: Name, BuiltIn: true,
		People: []string{"visitor", "prospect", "customer"},
		Title:  policy.Text{"en": "Answering your requests", "de": "Beantwortung Ihrer Anträge"},
		About: policy.Text{
			"en": "When you ask us something about your data, by page, mail, letter or call, we keep what you asked, how you showed who you are, what was decided and what we wrote to you, encrypted.",
			"de": "Wenn Sie auf der Seite, per E-Mail, Brief oder Anruf etwas zu Ihren Daten verlangen, bewahren wir verschlüsselt auf, was Sie verlangt haben, wie Sie gezeigt haben, wer Sie sind, was entschieden wurde und was wir Ihnen geschrieben haben.",
		},
		When: policy.Text{"en": "when you ask, and until you have the answer", "de": "wenn Sie etwas verlangen, und bis Sie die Antwort haben"},
		Fields: []policy.Field{
			{Name: "contact", Category: "user.contact", Source: "person", Title: policy.Text{"en": "your name and how to reach you", "de": "Ihr Name und wie Sie zu erreichen sind"}},
			{Name: "wish", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "what you asked for", "de": "was Sie verlangt haben"}},
			{Name: "identity", Category: "user.unique_id", Source: "person", Title: policy.Text{"en": "how you showed who you are", "de": "wie Sie gezeigt haben, wer Sie sind"}},
			{Name: "code", Category: "user.authorization", Source: "derived", Title: policy.Text{"en": "codes that are valid once", "de": "einmal gültige Codes"}},
			{Name: "course", Category: "user.behavior", Source: "derived", Title: policy.Text{"en": "which right you used, what was decided and done, when and by whom", "de": "welches Recht Sie genutzt haben und was wann von wem entschieden und getan wurde"}},
			{Name: "letter", Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "what we wrote to you", "de": "was wir Ihnen geschrieben haben"}},
			{Name: "package", Category: "user", Source: "derived", Title: policy.Text{"en": "the file with your data, while you can fetch it", "de": "die Datei mit Ihren Daten, solange Sie sie abholen können"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the request", "de": "der Antrag"}},
			{Name: unprovenMoment, Title: policy.Text{"en": "the sending of a code that never came back", "de": "der Versand eines Codes, der nie zurückkam"}},
			{Name: "made", Title: policy.Text{"en": "the day on which the file was made", "de": "der Tag, an dem die Datei entstand"}},
			{Name: "closed", Title: policy.Text{"en": "the end of the request", "de": "der Abschluss des Antrags"}},
		},
		Cookies: []string{CookieName},
		Default: []byte(`
purpose: essential.legal_obligation
basis: legal-obligation
law: Art. 7(3), 12, 15-22 GDPR
data: [contact, wish, identity, code, course, letter, package]
cookies: [{name: kept_request, lifetime: 1 hour, purpose: {en: "shows your request to you after you have proven who you are", de: "zeigt Ihnen Ihren Antrag, nachdem Sie gezeigt haben, wer Sie sind"}}]
retention:
  - {data: code, from: collection, keep: 1 day, then: delete}
  - {data: package, from: made, keep: 30 days, then: delete}
  - {data: [contact, wish, identity, letter], from: unproven, keep: 30 days, then: delete}
  - {data: [contact, wish, identity, course, letter], from: closed, keep: 3 years, until: end-of-year, then: delete, reason: {en: proof that the request was answered, de: Nachweis der Beantwortung}}
`),
	}
}

// cases stand for themselves: the number of a case is the subject under whose key
// lies what the person wrote, so that it survives the erasure that it orders, and
// ends by its own rule.
var cases = manifest.Table{
	Name: "request_case", About: "what a person asked, by when it is answered, and how far it is", Subject: "id",
	Moments: map[string]string{"collection": "received_at", unprovenMoment: "unproven_at", "closed": "closed_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the request"},
		{Name: "number", Field: "course", Show: first("number", "Nummer")},
		{Name: "asked", Type: manifest.JSONType, Field: "course", Show: titled("asked for", "verlangt")},
		{Name: "activity", Null: true, Field: "course", Show: titled("about", "zu")},
		{Name: "channel", Field: "course", Show: said("came by", "kam per", channelWords)},
		{Name: "language", Field: "course", Show: titled("language", "Sprache")},
		{Name: "state", Field: "course", Show: said("state", "Stand", stateWords)},
		{Name: "resume_state", Null: true, Field: "course", Show: said("goes on at", "geht weiter bei", stateWords)},
		{Name: "received_at", Type: manifest.TimeType, Field: "course", Show: first("received", "eingegangen")},
		{Name: "due_at", Type: manifest.TimeType, Field: "course", Show: titled("to be answered before", "zu beantworten vor")},
		{Name: "extended_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("extended", "verlängert")},
		{Name: "paused_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("waits since", "wartet seit")},
		{Name: "paused_for", Null: true, Field: "course", Show: titled("waits for", "wartet auf")},
		{Name: "paused_ms", Type: manifest.IntType, Why: "milliseconds for which the clock stood still", Show: folded("milliseconds of waiting", "Millisekunden des Wartens")},
		{Name: "identified_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("identified", "identifiziert")},
		{Name: "planned_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("planned", "geplant")},
		{Name: "approved_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("approved", "genehmigt")},
		{Name: "approved_by", Null: true, Field: "course", Show: folded("approved by", "genehmigt von")},
		{Name: "carried_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("carried out", "ausgeführt")},
		{Name: "answered_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("answered", "beantwortet")},
		{Name: "closed_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("closed", "abgeschlossen")},
		{Name: "ground", Null: true, Field: "course", Show: titled("ground of the refusal", "Grund der Ablehnung")},
		{Name: "restricts", Type: manifest.BoolType, Field: "course", Show: titled("restricted meanwhile", "währenddessen eingeschränkt")},
		{Name: "reminded", Type: manifest.IntType, Why: "the last reminder that went to the officer", Show: folded("reminders", "Erinnerungen")},
		{Name: "unproven_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("waits for the code since", "wartet auf den Code seit")},
		{Name: "told", Null: true, Why: "what the officer was told that it waits for", Show: folded("told to the officer", "dem Beauftragten mitgeteilt")},
		{Name: "told_at", Type: manifest.TimeType, Null: true, Why: "when the officer was told", Show: folded("officer told", "Beauftragter benachrichtigt")},
		{Name: "source", Null: true, Why: "keeps the same mail from becoming two requests", Show: folded("source", "Quelle")},
		{Name: "contact", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "contact"},
		{Name: "wish", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "wish"},
		{Name: "plans", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "course", Show: folded("plan", "Plan")},
	},
}

var identities = manifest.Table{
	Name: "request_identity", About: "an identifier that was shown to be the person's", Parent: "request_case", ParentKey: "request",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the proof"},
		{Name: "request", Why: "of which request"},
		{Name: "kind", Field: "identity", Show: first("kind of identifier", "Art der Kennung")},
		{Name: "lookup", Type: manifest.BytesType, Class: manifest.Indexed, Field: "identity"},
		{Name: "value", Type: manifest.BytesType, Class: manifest.Sealed, Field: "identity"},
		{Name: "proof", Field: "identity", Show: titled("how it was shown", "wie es gezeigt wurde")},
		{Name: "evidence", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "identity", Show: titled("evidence", "Beleg")},
		{Name: "by_whom", Null: true, Field: "identity", Show: folded("seen by", "gesehen von")},
		{Name: "at", Type: manifest.TimeType, Field: "identity", Show: titled("shown", "gezeigt")},
	},
}

var codes = manifest.Table{
	Name: "request_code", About: "a code that was sent to prove who asks", Parent: "request_case", ParentKey: "request",
	Moments: map[string]string{"collection": "created_at"},
	Columns: []manifest.Column{
		{Name: "mark", Type: manifest.BytesType, Field: "code"},
		{Name: "request", Why: "of which request"},
		{Name: "address", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "code", Show: titled("sent to the new address", "an die neue Adresse versandt")},
		{Name: "tries", Type: manifest.IntType, Field: "code", Show: folded("wrong tries", "falsche Versuche")},
		{Name: "created_at", Type: manifest.TimeType, Field: "code", Show: titled("sent", "versandt")},
		{Name: "used_at", Type: manifest.TimeType, Null: true, Field: "code", Show: titled("used", "verwendet")},
	},
}

var passes = manifest.Table{
	Name: "request_pass", About: "a browser that has just proven who asks", Parent: "request_case", ParentKey: "request",
	Moments: map[string]string{"collection": "created_at"},
	Columns: []manifest.Column{
		{Name: "mark", Type: manifest.BytesType, Field: "code"},
		{Name: "request", Why: "of which request"},
		{Name: "created_at", Type: manifest.TimeType, Field: "code", Show: titled("proven", "gezeigt")},
	},
}

var parts = manifest.Table{
	Name: "request_part", About: "one right of a request: what was decided and what became of it", Parent: "request_case", ParentKey: "request",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the part"},
		{Name: "request", Why: "of which request"},
		{Name: "asked", Field: "course", Show: first("right", "Recht")},
		{Name: "place", Type: manifest.IntType, Why: "the order in which rights are carried out", Show: folded("place", "Reihenfolge")},
		{Name: "refused", Type: manifest.BoolType, Field: "course", Show: titled("refused", "abgelehnt")},
		{Name: "ground", Null: true, Field: "course", Show: titled("ground", "Grund")},
		{Name: "reason", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "course", Show: titled("reason", "Begründung")},
		{Name: "review", Null: true, Field: "course", Show: titled("result of the review", "Ergebnis der Überprüfung")},
		{Name: "ordered_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("begun", "begonnen")},
		{Name: "done_at", Type: manifest.TimeType, Null: true, Field: "course", Show: titled("done", "erledigt")},
		{Name: "failed", Null: true, Field: "course", Show: titled("could not be done", "nicht möglich")},
		{Name: "goes", Type: manifest.JSONType, Null: true, Field: "course", Show: titled("deleted or changed", "gelöscht oder geändert")},
		{Name: "stays", Type: manifest.JSONType, Null: true, Field: "course", Show: titled("kept", "aufbewahrt")},
		{Name: "told", Type: manifest.JSONType, Null: true, Field: "course", Show: titled("recipients told", "informierte Empfänger")},
		{Name: "leaf", Null: true, Why: "the ledger's leaf", Show: folded("ledger", "Protokoll")},
	},
}

var letters = manifest.Table{
	Name: "request_letter", About: "a letter to the person, as a draft or as it was sent", Parent: "request_case", ParentKey: "request",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the letter"},
		{Name: "request", Why: "of which request"},
		{Name: "kind", Field: "letter", Show: first("letter", "Schreiben")},
		{Name: "language", Field: "letter", Show: folded("language", "Sprache")},
		{Name: "title", Type: manifest.BytesType, Class: manifest.Sealed, Field: "letter", Show: titled("subject", "Betreff")},
		{Name: "body", Type: manifest.BytesType, Class: manifest.Sealed, Field: "letter"},
		{Name: "written_at", Type: manifest.TimeType, Field: "letter", Show: titled("written", "geschrieben")},
		{Name: "sent_at", Type: manifest.TimeType, Null: true, Field: "letter", Show: titled("sent", "versandt")},
		{Name: "by_whom", Null: true, Field: "letter", Show: folded("sent by", "versandt von")},
		{Name: "way", Null: true, Field: "letter", Show: titled("sent by", "versandt per")},
		{Name: "about", Null: true, Why: "the ground or the reason that takes effect with the letter", Show: folded("about", "zu")},
		{Name: "outcome", Null: true, Field: "letter", Show: titled("arrival", "Zustellung")},
	},
}

var notes = manifest.Table{
	Name: "request_note", About: "one line of a request's history", Parent: "request_case", ParentKey: "request",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the line"},
		{Name: "request", Why: "of which request"},
		{Name: "at", Type: manifest.TimeType, Field: "course", Show: first("time", "Zeit")},
		{Name: "what", Field: "course", Show: titled("what happened", "was geschah")},
		{Name: "by_whom", Null: true, Field: "course", Show: folded("by", "von")},
		{Name: "body", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Field: "course", Show: titled("note", "Notiz")},
	},
}

// packages are subjects of their own: their key ends with them, weeks after the
// answer, whatever else is kept of the case.
var packages = manifest.Table{
	Name: "request_package", About: "the file of an answer", Subject: "id",
	Moments: map[string]string{"made": "made_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the file"},
		{Name: "request", Why: "of which request"},
		{Name: "asked", Field: "package", Show: titled("right", "Recht")},
		{Name: "made_at", Type: manifest.TimeType, Field: "package", Show: titled("made", "erstellt")},
		{Name: "whole", Type: manifest.BoolType, Why: "whether it was written to its end"},
		{Name: "files", Type: manifest.IntType, Field: "package", Show: folded("files", "Dateien")},
		{Name: "bytes", Type: manifest.IntType, Field: "package", Show: folded("bytes", "Bytes")},
		{Name: "sha256", Field: "package", Show: folded("SHA-256", "SHA-256")},
		{Name: "encrypted", Type: manifest.BoolType, Field: "package", Show: titled("encrypted for you", "für Sie verschlüsselt")},
		{Name: "fetched", Type: manifest.IntType, Field: "package", Show: titled("times fetched", "Mal abgeholt")},
		{Name: "handover", Type: manifest.BytesType, Null: true, Why: "finds the file by the link that another controller got", Show: folded("link for another controller", "Verweis für einen anderen Verantwortlichen")},
	},
}

var chunks = manifest.Table{
	Name: "request_chunk", About: "a piece of the file of an answer", Parent: "request_package", ParentKey: "package",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the piece"},
		{Name: "package", Why: "of which file"},
		{Name: "place", Type: manifest.IntType, Why: "where in the file"},
		{Name: "content", Type: manifest.BytesType, Class: manifest.Sealed, Field: "package"},
	},
}

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func first(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.First}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}

func said(en, de string, says map[string]policy.Text) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Says: says}
}

// The words for what the room writes.
var (
	channelWords = map[string]policy.Text{
		string(Page): {"en": "this site's page", "de": "Seite dieser Website"}, string(Mail): {"en": "e-mail", "de": "E-Mail"},
		string(Letter): {"en": "letter", "de": "Brief"}, string(Call): {"en": "call", "de": "Anruf"},
		string(Program): {"en": "program", "de": "Programm"}, string(Browser): {"en": "your browser", "de": "Ihr Browser"},
	}
	stateWords = map[string]policy.Text{
		string(Received): {"en": "received", "de": "eingegangen"}, string(Identified): {"en": "identified", "de": "identifiziert"},
		string(Planned): {"en": "looked into", "de": "geprüft"}, string(Approved): {"en": "approved", "de": "genehmigt"},
		string(Executing): {"en": "being carried out", "de": "in Arbeit"}, string(Carried): {"en": "carried out", "de": "ausgeführt"},
		string(Answered): {"en": "answered", "de": "beantwortet"}, string(Closed): {"en": "closed", "de": "abgeschlossen"},
		string(Refused): {"en": "refused", "de": "abgelehnt"}, string(Withdrawn): {"en": "withdrawn", "de": "zurückgenommen"},
		string(Lapsed): {"en": "never confirmed", "de": "nie bestätigt"}, string(Waiting): {"en": "waiting for the person", "de": "wartet auf die Person"},
	}
)
