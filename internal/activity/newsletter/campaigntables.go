package newsletter

import (
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables of campaigns.
const (
	campaignTable = "newsletter_campaign"
	contentsTable = "newsletter_contents"
	linkTable     = "newsletter_link"
	dispatchTable = "newsletter_dispatch"
)

// campaigns hold what is counted, so that a report outlives the rows of people.
var campaigns = manifest.Table{
	Name: campaignTable, About: "a mail to many: its texts, times and counts", Activity: "activity",
	Impersonal: "texts of the house, and how many got them; to whom is kept for each letter",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the campaign"},
		entryColumn,
		{Name: "name", Why: "what staff calls it"},
		{Name: "state", Why: "what may happen to it next"},
		{Name: "format", Why: "what its texts are written in"},
		{Name: "sources", Type: manifest.JSONType, Why: "title and text in each language"},
		{Name: "segment", Type: manifest.JSONType, Why: "which subscribers are asked for"},
		{Name: "contents", Type: manifest.JSONType, Why: "which consents cover it"},
		{Name: "public", Type: manifest.BoolType, Why: "whether it stands in the archive"},
		{Name: "pace", Why: "how fast providers are written to"},
		{Name: "created_at", Type: manifest.TimeType, Why: "the newest stands first"},
		{Name: "send_at", Type: manifest.TimeType, Null: true, Why: "when it is to leave"},
		{Name: "zone", Why: "the time zone that this time was meant in"},
		{Name: "local", Type: manifest.BoolType, Why: "whether it leaves at this hour of each reader"},
		{Name: "started_at", Type: manifest.TimeType, Null: true, Why: "when it began to leave"},
		{Name: "ended_at", Type: manifest.TimeType, Null: true, Why: "when the last letter was dealt with"},
		{Name: "run", Null: true, Why: "which run sends it: one that stood still is stopped by it"},
		{Name: "filled_to", Null: true, Why: "how far the recipients are written down"},
		{Name: "filled", Type: manifest.BoolType, Why: "whether all of them are"},
		{Name: "recipients", Type: manifest.IntType, Why: "count: letters to be written"},
		{Name: "sent", Type: manifest.IntType, Why: "count: letters that a mail server took"},
		{Name: "refused", Type: manifest.IntType, Why: "count: letters that a mail server refused"},
		{Name: "bounced", Type: manifest.IntType, Why: "count: letters that came back later"},
		{Name: "complained", Type: manifest.IntType, Why: "count: complaints"},
		{Name: "withheld", Type: manifest.IntType, Why: "count: letters that did not leave because their reader ended it before"},
		{Name: "departed", Type: manifest.IntType, Why: "count: readers who unsubscribed with this as their latest letter"},
		{Name: "opened", Type: manifest.IntType, Why: "count: how often it was opened, where that is counted"},
		{Name: "told", Type: manifest.IntType, Why: "count: letters that the ledger knows as handed to the processor"},
	},
}

var descriptions = manifest.Table{
	Name: contentsTable, About: "a description of the contents that people consented to", Activity: "activity",
	Impersonal: "words of the policy as they were shown; who consented to them stands with each subscription",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the description: made of its words"},
		entryColumn,
		{Name: "says", Type: manifest.JSONType, Why: "the words in each language"},
		{Name: "first_at", Type: manifest.TimeType, Why: "since when it was shown"},
	},
}

var links = manifest.Table{
	Name: linkTable, About: "a link of a campaign and how often it was followed", Parent: campaignTable, ParentKey: "campaign",
	Impersonal: "an address of the text and a count",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the link, so that a mail cannot lead elsewhere"},
		{Name: "campaign", Why: "whose link"},
		{Name: "address", Why: "where it leads"},
		{Name: "clicks", Type: manifest.IntType, Why: "count: how often it was followed, where that is counted"},
	},
}

// dispatches are the letters, one a recipient. A row without the fields that the
// policy may list says nothing but that a letter is still to leave, and goes with it.
var dispatches = manifest.Table{
	Name: dispatchTable, About: "a letter of a campaign to one subscriber", Subject: "subject", Activity: "activity",
	Moments: map[string]string{"sent": "sent_at", "unsubscribe": "unsubscribed_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the letter; its Message-ID is made of it", Show: folded("id of the mail", "Kennung der E-Mail")},
		{Name: "campaign", Why: "which mail it is", Show: folded("campaign", "Aussendung")},
		entryColumn,
		{Name: "subscription", Why: "whose links it bears", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "subject", Why: "to whom it is written"},
		{Name: "due_at", Type: manifest.TimeType, Null: true, Why: "when it is to leave; nothing once it has", Show: folded("to be sent", "zu versenden")},
		{Name: "first_due_at", Type: manifest.TimeType, Null: true, Why: "how long a mail server has been asked; nothing once it has left", Show: folded("to be sent at first", "zuerst zu versenden")},
		{Name: "sent_at", Type: manifest.TimeType, Null: true, Field: fieldDispatch, Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "sent", "de": "versandt"}}},
		{Name: "unsubscribed_at", Type: manifest.TimeType, Null: true, Why: "the end of the subscription ends this too", Show: folded("unsubscribed", "abbestellt")},
		{Name: "outcome", Null: true, Field: fieldDispatch, Show: manifest.Show{Title: policy.Text{"en": "what became of it", "de": "was daraus wurde"}, Says: outcomes}},
		{Name: "code", Type: manifest.IntType, Null: true, Field: fieldDispatch, Show: folded("answer of the mail server", "Antwort des Mailservers")},
		{Name: "status", Null: true, Field: fieldDispatch, Show: folded("status (RFC 3463)", "Status (RFC 3463)")},
		{Name: "opened_at", Type: manifest.TimeType, Null: true, Field: fieldOpens, Show: titled("first opened", "zuerst geöffnet")},
		{Name: "clicks", Type: manifest.JSONType, Null: true, Field: fieldClicks, Show: titled("links clicked", "angeklickte Links")},
	},
}

// outcomes are the words for what became of a letter.
var outcomes = map[string]policy.Text{
	string(mail.Sent):       {"en": "sent", "de": "versandt"},
	string(mail.Refused):    {"en": "refused", "de": "abgelehnt"},
	string(mail.Bounced):    {"en": "came back", "de": "kam zurück"},
	string(mail.Complained): {"en": "reported as unwanted", "de": "als unerwünscht gemeldet"},
}
