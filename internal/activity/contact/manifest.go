package contact

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "contact"

// The fields of the kind.
const (
	fieldFirst          = "first_name"
	fieldLast           = "last_name"
	fieldEmail          = "email"
	fieldPhone          = "phone"
	fieldCompany        = "company"
	fieldSubject        = "subject"
	fieldMessage        = "message"
	fieldAttachments    = "attachments"
	fieldCorrespondence = "correspondence"
	fieldNotes          = "notes"
	fieldTime           = "time"
)

// The moments from which a policy counts.
const (
	concluded = "concluded"
	requested = "request"
)

// pause is the setting after which a correspondence counts as concluded.
const pause = "conclude_after"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Messages to us", "de": "Nachrichten an uns"},
		About: policy.Text{
			"en": "What you write to us by form or by mail serves to answer you.",
			"de": "Was Sie uns über das Formular oder per E-Mail schreiben, dient dazu, Ihnen zu antworten.",
		},
		When:   policy.Text{"en": "when you write to us", "de": "wenn Sie uns schreiben"},
		People: []string{"prospect", "customer"},
		Fields: []policy.Field{
			{Name: fieldFirst, Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
			{Name: fieldLast, Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
			{Name: fieldEmail, Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: fieldPhone, Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
			{Name: fieldCompany, Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "company", "de": "Firma"}},
			{Name: fieldSubject, Category: "user.content.message", Source: "person", Title: policy.Text{"en": "subject", "de": "Betreff"}},
			{Name: fieldMessage, Category: "user.content.message", Source: "person", Title: policy.Text{"en": "message", "de": "Nachricht"}},
			{Name: fieldAttachments, Category: "user.content.message", Source: "person", Title: policy.Text{"en": "attached files", "de": "angehängte Dateien"}},
			{Name: fieldCorrespondence, Category: "user.content.message", Source: "person", Title: policy.Text{"en": "mails that follow", "de": "weiterer Schriftwechsel"},
				When: policy.Text{"en": "when we write to each other", "de": "wenn wir einander schreiben"}},
			{Name: fieldNotes, Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "notes on how it was dealt with", "de": "Vermerke zur Bearbeitung"}},
			{Name: fieldTime, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
		},
		Sets: []policy.Set{
			{Name: "name", Fields: []string{fieldFirst, fieldLast}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the message", "de": "die Nachricht"}},
			{Name: concluded, Title: policy.Text{"en": "the end of the correspondence", "de": "das Ende des Schriftwechsels"}},
			{Name: requested, Title: policy.Text{"en": "your objection or request for deletion", "de": "Ihr Widerspruch oder Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: pause, Type: policy.SettingPeriod,
				Title: policy.Text{"en": "pause after which the correspondence counts as concluded", "de": "Pause, nach der der Schriftwechsel als beendet gilt"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests, policy.Consent},
		Asks:      true,
	}
}
