package mail

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Name is the built-in activity's name, its kind, and the vault's name for the
// key under which the record of a person's mails is sealed. The mails themselves
// are sealed each under a key of its own, Name/id.
const Name = "mail"

// Manifest declares the built-in activity "mail".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{outbox, incoming, crowd}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: Name, BuiltIn: true,
		Title: policy.Text{"en": "E-mail", "de": "E-Mail"},
		About: policy.Text{
			"en": "If we write to you by e-mail or you to us, the mail lies encrypted until it is delivered; then it is deleted here, and for a while we keep whether it arrived.",
			"de": "Schreiben wir Ihnen oder Sie uns eine E-Mail, so liegt sie verschlüsselt bis zur Zustellung; dann wird sie hier gelöscht, und wir halten eine Zeit lang fest, ob sie ankam.",
		},
		When:   policy.Text{"en": "when we write to you or you to us", "de": "wenn wir Ihnen oder Sie uns schreiben"},
		People: []string{"visitor", "prospect", "customer"},
		Fields: []policy.Field{
			{Name: "address", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: "content", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "the mail itself", "de": "die E-Mail selbst"}},
			{Name: "dispatch", Category: "user.behavior.communication", Source: "derived", Title: policy.Text{"en": "when it was sent or received, and whether it arrived", "de": "wann sie versandt oder empfangen wurde und ob sie ankam"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the writing of the mail, or its arrival", "de": "das Schreiben oder Eintreffen der E-Mail"}},
			{Name: "arrival", Title: policy.Text{"en": "the arrival of your mail", "de": "das Eintreffen Ihrer E-Mail"}},
			{Name: "delivery", Title: policy.Text{"en": "the delivery", "de": "die Zustellung"}},
		},
		Default: []byte(`
purpose: essential.service.notifications.email
basis: legitimate-interests
interest: {en: "mails reach those they are meant for, and it can be seen what became of them", de: "E-Mails erreichen die, für die sie bestimmt sind, und es lässt sich sehen, was aus ihnen wurde"}
data: [address, content, dispatch]
retention:
  - {data: content, from: delivery, keep: 0 days, then: delete}
  - {data: [address, dispatch], from: delivery, keep: 30 days, then: delete}
  - {from: arrival, keep: 30 days, then: delete}
`),
	}
}

var outbox = manifest.Table{
	Name: "mail_outbox", About: "a mail that leaves, and what became of it", Subject: "subject", Evidence: true,
	Moments: map[string]string{"collection": "queued_at", "delivery": "done_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the mail; its Message-ID is made of it", Show: folded("id of the mail", "Kennung der E-Mail")},
		{Name: "activity", Field: "dispatch", Show: titled("written for", "geschrieben für")},
		{Name: "subject", Null: true, Why: "to whom it is written; nobody for staff"},
		{Name: "key", Null: true, Why: "keeps the same mail from being written twice", Show: folded("key of the mail", "Schlüsselwort der E-Mail")},
		{Name: "queued_at", Type: manifest.TimeType, Field: "dispatch", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "written", "de": "geschrieben"}}},
		{Name: "due_at", Type: manifest.TimeType, Field: "dispatch", Show: titled("to be sent not before", "zu versenden nicht vor")},
		{Name: "state", Field: "dispatch", Show: manifest.Show{Title: policy.Text{"en": "state", "de": "Stand"}, Says: states}},
		{Name: "done_at", Type: manifest.TimeType, Null: true, Field: "dispatch", Show: titled("delivered or refused", "zugestellt oder abgelehnt")},
		{Name: "code", Type: manifest.IntType, Field: "dispatch", Show: folded("answer of the mail server", "Antwort des Mailservers")},
		{Name: "status", Field: "dispatch", Show: folded("status (RFC 3463)", "Status (RFC 3463)")},
		{Name: "said", Field: "dispatch", Show: folded("words of the mail server", "Wortlaut des Mailservers")},
		{Name: "address", Type: manifest.BytesType, Null: true, Field: "address", Class: manifest.Sealed},
		{Name: "content", Type: manifest.BytesType, Null: true, Field: "content", Class: manifest.Sealed},
	},
}

var incoming = manifest.Table{
	Name: "mail_incoming", About: "a mail that came in, until the activity it is for has taken it", Subject: "subject", Evidence: true,
	Moments: map[string]string{"collection": "arrived_at", "arrival": "arrived_at", "delivery": "done_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the mail, so that it is taken once", Show: folded("id of the mail", "Kennung der E-Mail")},
		{Name: "subject", Null: true, Why: "from whom it came, if that address is known"},
		{Name: "local", Field: "dispatch", Show: titled("written to", "geschrieben an")},
		{Name: "arrived_at", Type: manifest.TimeType, Field: "dispatch", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "arrived", "de": "eingetroffen"}}},
		{Name: "done_at", Type: manifest.TimeType, Null: true, Field: "dispatch", Show: titled("taken over", "übernommen")},
		{Name: "size", Type: manifest.IntType, Field: "dispatch", Show: folded("bytes", "Bytes")},
		{Name: "address", Type: manifest.BytesType, Null: true, Field: "address", Class: manifest.Sealed},
		{Name: "content", Type: manifest.BytesType, Null: true, Field: "content", Class: manifest.Sealed},
	},
}

// crowd is what Stranger counts.
var crowd = manifest.Table{
	Name: "mail_crowd", About: "how many mails to unknown addresses each activity was asked for in the hour that runs",
	Impersonal: "a count for each activity; whose addresses they are is not kept",
	Columns: []manifest.Column{
		{Name: "activity", Why: "whose form counts"},
		{Name: "hour", Type: manifest.TimeType, Why: "the hour that is counted"},
		{Name: "asked", Type: manifest.IntType, Why: "count: mails asked for in it"},
	},
}

// states are the words for the states of a mail.
var states = map[string]policy.Text{
	string(queued):     {"en": "waiting", "de": "wartet"},
	string(Sent):       {"en": "sent", "de": "versandt"},
	string(Refused):    {"en": "refused", "de": "abgelehnt"},
	string(Bounced):    {"en": "came back", "de": "kam zurück"},
	string(Complained): {"en": "reported as unwanted", "de": "als unerwünscht gemeldet"},
}

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}
