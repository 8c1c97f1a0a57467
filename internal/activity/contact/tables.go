package contact

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables of the kind.
const (
	requestTable      = "contact_request"
	conversationTable = "contact_conversation"
	messageTable      = "contact_message"
	attachmentTable   = "contact_attachment"
	noteTable         = "contact_note"
)

func tables() []manifest.Table {
	return []manifest.Table{arrivals, conversations, messages, attachments, notes, spent, heldOff}
}

// arrivals lie apart for the seconds until a job takes them, so that a form costs
// the same work whoever is known already. Whose they are is found out only then:
// each is its own subject.
var arrivals = manifest.Table{
	Name: requestTable, About: "a message that the form took a moment ago", Subject: "id", Activity: "activity",
	Moments: map[string]string{"collection": "received_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the message until it is known whose it is"},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "received_at", Type: manifest.TimeType, Why: "when it came"},
		{Name: "content", Type: manifest.BytesType, Class: manifest.Sealed, Why: "what was entered, for the seconds until it lies in its conversation",
			Show: titled("message as it was sent", "Nachricht, wie sie abgesandt wurde")},
	},
}

var conversations = manifest.Table{
	Name: conversationTable, About: "a correspondence with somebody who wrote to us", Subject: "subject", Activity: "activity",
	Moments: map[string]string{"collection": "opened_at", concluded: "concluded_at", requested: "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the correspondence", Show: folded("number of the correspondence", "Nummer des Schriftwechsels")},
		{Name: "activity", Why: "the entry of the policy whose rules hold", Show: folded("entry of the policy", "Eintrag der Policy")},
		{Name: "subject", Why: "with whom"},
		{Name: "link", Type: manifest.BytesType, Class: manifest.Indexed, Why: "recognises the token of its mails without holding it", Show: folded("mark of its mails", "Merkmal der E-Mails")},
		{Name: "source", Why: "how it began: what a mail says why it was sent", Show: manifest.Show{Place: manifest.Folded, Title: policy.Text{"en": "began by", "de": "begonnen über"}, Says: sources}},
		{Name: "language", Why: "in which language the mails say why they were sent", Show: folded("language", "Sprache")},
		{Name: "opened_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("began", "begonnen")},
		{Name: "last_at", Type: manifest.TimeType, Why: "it ends by itself after a pause", Show: folded("last message", "letzte Nachricht")},
		{Name: "concluded_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("concluded", "beendet")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("deletion asked for", "Löschung verlangt")},
		{Name: "waits", Type: manifest.BoolType, Why: "whether it waits for our answer", Show: folded("waits for our answer", "wartet auf unsere Antwort")},
		{Name: "assigned", Null: true, Why: "the account of our staff that deals with it", Show: folded("dealt with by the account", "bearbeitet vom Konto")},
		sealed("first_name", fieldFirst), sealed("last_name", fieldLast), sealed("email", fieldEmail), sealed("phone", fieldPhone),
		sealed("company", fieldCompany), sealed("title", fieldSubject),
	},
}

var messages = manifest.Table{
	Name: messageTable, About: "a message of a correspondence, to us or from us", Parent: conversationTable, ParentKey: "conversation",
	Letter: &manifest.Letter{
		At: "at", Title: conversationTable + ".title", Texts: []string{"message", "correspondence"},
		Address: []string{"sender", conversationTable + ".email"}, Way: "way", Ours: []string{string(FromUs)},
	},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the message", Show: folded("number of the message", "Nummer der Nachricht")},
		{Name: "conversation", Why: "the correspondence", Show: folded("number of the correspondence", "Nummer des Schriftwechsels")},
		{Name: "n", Type: manifest.IntType, Why: "the order of the messages", Show: folded("which message", "wievielte Nachricht")},
		{Name: "way", Why: "who wrote it", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "written by", "de": "geschrieben von"}, Says: ways}},
		{Name: "at", Type: manifest.TimeType, Null: true, Field: fieldTime},
		{Name: "automatic", Type: manifest.BoolType, Why: "a machine wrote it: it is not answered", Show: folded("written by a machine", "von einer Maschine geschrieben")},
		{Name: "left_out", Type: manifest.IntType, Why: "how many files or parts were not kept", Show: folded("parts that were not kept", "nicht aufbewahrte Teile")},
		{Name: "author", Null: true, Why: "the account of our staff that wrote it", Show: folded("written by the account", "geschrieben vom Konto")},
		{Name: "mail", Null: true, Why: "our mail, to know whether it arrived", Show: folded("id of the mail", "Kennung der E-Mail")},
		{Name: "state", Null: true, Why: "what became of our mail", Show: manifest.Show{Place: manifest.Folded, Title: policy.Text{"en": "state of the mail", "de": "Stand der E-Mail"}, Says: states}},
		{Name: "mark", Type: manifest.BytesType, Null: true, Class: manifest.Indexed, Why: "recognises mails that refer to it", Show: folded("mark of the mail", "Merkmal der E-Mail")},
		withOthers(sealed("message", fieldMessage)), withOthers(sealed("correspondence", fieldCorrespondence)),
		shown(sealed("sender", fieldEmail), "sent from another address", "gesandt von einer anderen Adresse"),
		shown(sealed("reference", fieldCorrespondence), "id of your mail", "Kennung Ihrer E-Mail"),
	},
}

var attachments = manifest.Table{
	Name: attachmentTable, About: "a file that came with a message", Parent: messageTable, ParentKey: "message",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the file", Show: folded("number of the file", "Nummer der Datei")},
		{Name: "message", Why: "the message that it came with", Show: folded("number of the message", "Nummer der Nachricht")},
		{Name: "n", Type: manifest.IntType, Why: "the order of the files", Show: folded("which file", "wievielte Datei")},
		{Name: "type", Field: fieldAttachments, Show: titled("type of the file", "Art der Datei")},
		{Name: "size", Type: manifest.IntType, Field: fieldAttachments, Show: titled("bytes", "Bytes")},
		{Name: "name", Type: manifest.BytesType, Field: fieldAttachments, Class: manifest.Sealed, Show: first("name of the file", "Name der Datei")},
		{Name: "content", Type: manifest.BytesType, Field: fieldAttachments, Class: manifest.Sealed, Show: titled("content of the file", "Inhalt der Datei")},
	},
}

var notes = manifest.Table{
	Name: noteTable, About: "what staff noted on a correspondence", Parent: conversationTable, ParentKey: "conversation",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the note", Show: folded("number of the note", "Nummer des Vermerks")},
		{Name: "conversation", Why: "the correspondence", Show: folded("number of the correspondence", "Nummer des Schriftwechsels")},
		{Name: "n", Type: manifest.IntType, Why: "the order of the notes", Show: folded("which note", "wievielter Vermerk")},
		{Name: "at", Type: manifest.TimeType, Null: true, Field: fieldTime},
		{Name: "author", Why: "the account of our staff that wrote it", Show: folded("written by the account", "geschrieben vom Konto")},
		{Name: "note", Type: manifest.BytesType, Field: fieldNotes, Class: manifest.Sealed, Others: manifest.Masked},
	},
}

var spent = manifest.Table{
	Name: "contact_spent", About: "a form or a mail that was taken, so that it is taken once",
	Impersonal: "random marks of forms and keyed marks of mails, for some days: they say nothing about anybody",
	Columns: []manifest.Column{
		{Name: "mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "knows the form or the mail again"},
		{Name: "at", Type: manifest.TimeType, Why: "when it was taken"},
	},
}

var heldOff = manifest.Table{
	Name: "contact_held_off", About: "how many messages the form did not take on a day, and why",
	Impersonal: "counts by day and cause: nothing of who sent what",
	Columns: []manifest.Column{
		{Name: "day", Type: manifest.TimeType, Why: "the day"},
		{Name: "activity", Why: "the entry of the policy whose form it was"},
		{Name: "cause", Why: "what held it off"},
		{Name: "times", Type: manifest.IntType, Why: "how often"},
	},
}

// The words for what the room writes into rows.
var (
	sources = map[string]policy.Text{
		string(ByPage):    {"en": "the form on our site", "de": "das Formular auf unserer Website"},
		string(ByProgram): {"en": "a program", "de": "ein Programm"},
		string(ByMail):    {"en": "a mail to us", "de": "eine E-Mail an uns"},
	}
	ways = map[string]policy.Text{
		string(ToUs):   {"en": "you", "de": "Ihnen"},
		string(FromUs): {"en": "us", "de": "uns"},
	}
	states = map[string]policy.Text{
		string(Waiting):  {"en": "waiting to leave", "de": "wartet auf den Versand"},
		string(Left):     {"en": "sent", "de": "versandt"},
		string(Rejected): {"en": "refused by the mail server", "de": "vom Mailserver abgelehnt"},
		string(CameBack): {"en": "came back", "de": "kam zurück"},
	}
)

// sealed declares a sealed column that stores a field.
func sealed(name, field string) manifest.Column {
	return manifest.Column{Name: name, Type: manifest.BytesType, Null: true, Field: field, Class: manifest.Sealed}
}

// withOthers says of a text that other people may be in it: they are masked in a
// person's copy.
func withOthers(c manifest.Column) manifest.Column {
	c.Others = manifest.Masked
	return c
}

// shown gives a column another title than its field's.
func shown(c manifest.Column, en, de string) manifest.Column {
	c.Show = folded(en, de)
	return c
}

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func first(en, de string) manifest.Show {
	return manifest.Show{Place: manifest.First, Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Place: manifest.Folded, Title: policy.Text{"en": en, "de": de}}
}
