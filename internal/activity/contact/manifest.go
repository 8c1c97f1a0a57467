package contact

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "contact"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

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
			{Name: "first_name", Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
			{Name: "last_name", Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
			{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: "phone", Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
			{Name: "company", Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "company", "de": "Firma"}},
			{Name: "subject", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "subject", "de": "Betreff"}},
			{Name: "message", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "message", "de": "Nachricht"}},
			{Name: "attachments", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "attached files", "de": "angehängte Dateien"}},
			{Name: "correspondence", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "mails that follow", "de": "weiterer Schriftwechsel"},
				When: policy.Text{"en": "when we write to each other", "de": "wenn wir einander schreiben"}},
			{Name: "notes", Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "notes on how it was dealt with", "de": "Vermerke zur Bearbeitung"}},
			{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
		},
		Sets: []policy.Set{
			{Name: "name", Fields: []string{"first_name", "last_name"}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the message", "de": "die Nachricht"}},
			{Name: "concluded", Title: policy.Text{"en": "the end of the correspondence", "de": "das Ende des Schriftwechsels"}},
			{Name: "request", Title: policy.Text{"en": "your objection or request for deletion", "de": "Ihr Widerspruch oder Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "conclude_after", Type: policy.SettingPeriod,
				Title: policy.Text{"en": "pause after which the correspondence counts as concluded", "de": "Pause, nach der der Schriftwechsel als beendet gilt"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests, policy.Consent},
		Asks:      true,
		Planned:   true,
	}
}
