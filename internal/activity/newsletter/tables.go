package newsletter

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables of the kind.
const (
	requestTable    = "newsletter_request"
	subscriberTable = "newsletter_subscriber"
	proofTable      = "newsletter_proof"
	changeTable     = "newsletter_change"
	memberTable     = "newsletter_member"
	segmentTable    = "newsletter_segment"
	listTable       = "newsletter_list"
)

// confirmedLeaf is the kind of the leaf that commits to a consent.
const confirmedLeaf = "newsletter.confirmed"

// requests lie apart for the seconds until a job takes them, so that a sign-up
// costs the same work and gets the same answer whoever is subscribed already.
// Whose they are is found out only then: each is its own subject.
var requests = manifest.Table{
	Name: requestTable, About: "a sign-up that has just arrived", Subject: "id", Activity: "activity",
	Moments: map[string]string{"sign-up": "signed_up_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the sign-up until it is known whose it is"},
		entryColumn,
		{Name: "signed_up_at", Type: manifest.TimeType, Why: "the period of a sign-up that nobody confirms runs from it"},
		{Name: "content", Type: manifest.BytesType, Field: fieldEmail, Class: manifest.Sealed, Show: titled("sign-up as it was sent", "Anmeldung, wie sie abgesandt wurde")},
	},
}

var subscribers = manifest.Table{
	Name: subscriberTable, About: "somebody who ordered the newsletter", Subject: "subject", Activity: "activity",
	Moments: map[string]string{"sign-up": "signed_up_at", "confirmed": "confirmed_at", "unsubscribe": "unsubscribed_at"},
	Proof:   &manifest.Proof{Table: proofTable, Given: "confirmed", Ended: "unsubscribe", Leaf: "confirm_leaf", Kind: confirmedLeaf},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the subscription", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "subject", Why: "whose subscription"},
		entryColumn,
		{Name: "ground", Why: "what the mails rest on", Show: manifest.Show{Title: policy.Text{"en": "sent on", "de": "versandt aufgrund"}, Says: grounds}},
		{Name: "signed_up_at", Type: manifest.TimeType, Why: "the period of a sign-up that nobody confirms runs from it", Show: folded("signed up", "angemeldet")},
		{Name: "confirmed_at", Type: manifest.TimeType, Null: true, Why: "mails are sent to confirmed addresses only", Show: folded("confirmed", "bestätigt")},
		{Name: "unsubscribed_at", Type: manifest.TimeType, Null: true, Why: "no mail is sent from then on, whatever keeps the row", Show: folded("unsubscribed", "abbestellt")},
		{Name: "confirm", Type: manifest.BytesType, Null: true, Why: "recognises the confirmation link without holding it", Show: folded("mark of the confirmation link", "Merkmal des Bestätigungslinks")},
		{Name: "email", Type: manifest.BytesType, Null: true, Field: fieldEmail, Class: manifest.Sealed, Show: manifest.Show{Place: manifest.First}},
		{Name: "first_name", Type: manifest.BytesType, Null: true, Field: fieldFirst, Class: manifest.Sealed},
		{Name: "last_name", Type: manifest.BytesType, Null: true, Field: fieldLast, Class: manifest.Sealed},
		{Name: "company", Type: manifest.BytesType, Null: true, Field: fieldCompany, Class: manifest.Sealed},
		{Name: "language", Null: true, Field: fieldLanguage, Show: manifest.Show{Says: languages}},
		{Name: "topics", Type: manifest.JSONType, Null: true, Field: fieldTopics},
		{Name: "contents", Null: true, Why: "which description of the contents the consent covers", Show: folded("description of the contents", "Beschreibung der Inhalte")},
		{Name: "measured", Null: true, Why: "what was agreed to be measured", Show: folded("agreed to be measured", "zu messen vereinbart")},
		{Name: "time_zone", Null: true, Field: fieldZone},
	},
}

// proofs outlive the subscription under a rule and a key of their own.
var proofs = manifest.Table{
	Name: proofTable, About: "how somebody consented to the newsletter and ended it", Subject: "subject", Evidence: true, Activity: "activity",
	Moments: map[string]string{"sign-up": "signed_up_at", "confirmed": "confirmed_at", "unsubscribe": "unsubscribed_at", "request": "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the subscription", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "subject", Why: "whose consent"},
		entryColumn,
		{Name: "link", Type: manifest.BytesType, Why: "recognises the links in the mails without holding them", Show: folded("mark of the links in the mails", "Merkmal der Links in den E-Mails")},
		{Name: "signed_up_at", Type: manifest.TimeType, Field: fieldSignUp, Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "signed up", "de": "angemeldet"}}},
		{Name: "source", Null: true, Field: fieldSignUp, Show: manifest.Show{Title: policy.Text{"en": "signed up by", "de": "angemeldet über"}, Says: sources}},
		{Name: "sign_up_address", Type: manifest.BytesType, Null: true, Field: fieldSignUp, Class: manifest.Sealed, Show: titled("IP address of the sign-up", "IP-Adresse der Anmeldung")},
		{Name: "proof_address", Type: manifest.BytesType, Null: true, Field: fieldProofAddress, Class: manifest.Sealed},
		{Name: "text_shown", Null: true, Field: fieldText, Show: titled("text shown", "gezeigter Text")},
		{Name: "form_version", Null: true, Field: fieldText, Show: titled("version of the form", "Fassung des Formulars")},
		{Name: "topics", Type: manifest.JSONType, Null: true, Field: fieldText, Show: titled("topics chosen at the sign-up", "bei der Anmeldung gewählte Themen")},
		{Name: "origin", Type: manifest.BytesType, Null: true, Field: fieldText, Class: manifest.Sealed, Show: titled("taken over from", "übernommen aus")},
		{Name: "sold_at", Type: manifest.TimeType, Null: true, Field: fieldCustomer, Show: titled("bought", "gekauft")},
		{Name: "sold", Type: manifest.BytesType, Null: true, Field: fieldCustomer, Class: manifest.Sealed, Show: titled("what was bought", "was gekauft wurde")},
		{Name: "told", Type: manifest.BytesType, Null: true, Field: fieldCustomer, Class: manifest.Sealed, Show: titled("how you were told that you may object", "wie Sie auf das Widerspruchsrecht hingewiesen wurden")},
		{Name: "confirmed_at", Type: manifest.TimeType, Null: true, Field: fieldConfirmation, Show: titled("confirmed", "bestätigt")},
		{Name: "confirm_address", Type: manifest.BytesType, Null: true, Field: fieldConfirmation, Class: manifest.Sealed, Show: titled("IP address of the confirmation", "IP-Adresse der Bestätigung")},
		{Name: "confirm_leaf", Null: true, Why: "the leaf of the ledger that commits to the consent", Show: folded("consent in the ledger", "Einwilligung im Protokoll")},
		{Name: "unsubscribed_at", Type: manifest.TimeType, Null: true, Field: fieldUnsubscription, Show: titled("unsubscribed", "abbestellt")},
		{Name: "unsubscribed_by", Null: true, Field: fieldUnsubscription, Show: manifest.Show{Title: policy.Text{"en": "unsubscribed by", "de": "abbestellt über"}, Says: ways}},
		{Name: "unsubscribe_leaf", Null: true, Why: "the leaf of the ledger that says when the consent ended", Show: folded("end in the ledger", "Ende im Protokoll")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "an earlier deletion runs from it", Show: folded("earlier deletion asked for", "frühere Löschung verlangt")},
		{Name: "suppression", Type: manifest.BytesType, Null: true, Field: fieldSuppression, Class: manifest.Indexed},
	},
}

var changes = manifest.Table{
	Name: changeTable, About: "a later change to a subscriber's details", Parent: proofTable, ParentKey: "proof", Evidence: true,
	Columns: []manifest.Column{
		{Name: "id", Why: "names the change", Show: folded("number of the change", "Nummer der Änderung")},
		{Name: "proof", Why: "the subscription that was changed", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "at", Type: manifest.TimeType, Null: true, Field: fieldChanges, Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "changed", "de": "geändert"}}},
		{Name: "address", Type: manifest.BytesType, Null: true, Field: fieldChanges, Class: manifest.Sealed, Show: titled("IP address of the change", "IP-Adresse der Änderung")},
		{Name: "changed", Type: manifest.JSONType, Null: true, Field: fieldChanges, Show: titled("what was changed", "was geändert wurde")},
		{Name: "topics", Type: manifest.JSONType, Null: true, Field: fieldChanges, Show: titled("topics from then on", "Themen von da an")},
	},
}

// members say who stands on a list that staff keeps.
var members = manifest.Table{
	Name: memberTable, About: "a place on a list", Parent: subscriberTable, ParentKey: "subscription",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the place", Show: folded("number of the place", "Nummer des Eintrags")},
		{Name: "subscription", Why: "the subscription that stands there", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "list", Null: true, Field: fieldLists, Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "list", "de": "Verteiler"}}},
	},
}

var segments = manifest.Table{
	Name: segmentTable, About: "a named question about subscribers", Activity: "activity",
	Impersonal: "a question: it says which topics, languages and times are asked for, and names nobody",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the segment"},
		entryColumn,
		{Name: "name", Why: "what staff calls it"},
		{Name: "content", Type: manifest.JSONType, Why: "what is asked for"},
		{Name: "created_at", Type: manifest.TimeType, Why: "the newest stands first"},
	},
}

var lists = manifest.Table{
	Name: listTable, About: "a list that staff keeps", Activity: "activity",
	Impersonal: "the name of a list; who stands on it is kept with each subscription",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the list"},
		entryColumn,
		{Name: "name", Why: "what staff calls it"},
		{Name: "created_at", Type: manifest.TimeType, Why: "the newest stands first"},
	},
}

// entryColumn is the column of the entry in every table that has one.
var entryColumn = manifest.Column{Name: "activity", Why: "the entry of the policy whose rules hold", Show: folded("newsletter", "Newsletter")}

// The words for what the room writes into rows.
var (
	languages = map[string]policy.Text{
		"de": {"en": "German", "de": "Deutsch"},
		"en": {"en": "English", "de": "Englisch"},
	}
	grounds = map[string]policy.Text{
		string(ByConsent):  {"en": "your consent", "de": "Ihrer Einwilligung"},
		string(ByCustomer): {"en": "a sale (§ 7(3) UWG)", "de": "eines Verkaufs (§ 7 Abs. 3 UWG)"},
	}
	sources = map[string]policy.Text{
		string(ByPage):   {"en": "the form on our site", "de": "das Formular auf unserer Website"},
		string(ByAPI):    {"en": "a program", "de": "ein Programm"},
		string(ByImport): {"en": "taken over from elsewhere", "de": "von anderswo übernommen"},
	}
	ways = map[string]policy.Text{
		string(ByLink):      {"en": "the link in a mail", "de": "den Link in einer E-Mail"},
		string(ByClick):     {"en": "the button of the mail program", "de": "die Schaltfläche des Mailprogramms"},
		string(ByMail):      {"en": "a mail to us", "de": "eine E-Mail an uns"},
		string(ByBounce):    {"en": "mails that came back", "de": "E-Mails, die zurückkamen"},
		string(ByObjection): {"en": "an objection", "de": "einen Widerspruch"},
		string(ByStaff):     {"en": "our staff, as you asked", "de": "unsere Mitarbeitenden, wie Sie es wünschten"},
		string(ByRequest):   {"en": "a request to us", "de": "ein Verlangen an uns"},
		string(ByComplaint): {"en": "a complaint to the mail provider", "de": "eine Beschwerde beim Mailanbieter"},
	}
)

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}
