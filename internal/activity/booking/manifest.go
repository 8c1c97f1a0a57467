package booking

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "booking"

// The fields of the kind.
const (
	fieldFirst       = "first_name"
	fieldLast        = "last_name"
	fieldEmail       = "email"
	fieldPhone       = "phone"
	fieldCompany     = "company"
	fieldAppointment = "appointment"
	fieldZone        = "time_zone"
	fieldLanguage    = "language"
	fieldMessage     = "message"
)

// The protocols of the setting calendar.
const (
	byCalDAV = "caldav"
	// elsewhere says that appointments are made on the provider's own pages: Kept
	// declares them and takes none.
	elsewhere = "youcanbookme"
)

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Booking appointments", "de": "Terminbuchung"},
		About: policy.Text{
			"en": "You choose an appointment online; we confirm it and remind you of it.",
			"de": "Sie wählen online einen Termin; wir bestätigen ihn und erinnern Sie daran.",
		},
		When:   policy.Text{"en": "when you book an appointment", "de": "wenn Sie einen Termin buchen"},
		People: []string{"prospect", "customer"},
		Fields: []policy.Field{
			{Name: "first_name", Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
			{Name: "last_name", Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
			{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: "phone", Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
			{Name: "company", Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "company", "de": "Firma"}},
			{Name: "appointment", Category: "user.behavior", Source: "person", Title: policy.Text{"en": "kind and time of the appointment", "de": "Art und Zeit des Termins"}},
			{Name: "time_zone", Category: "user.location.imprecise", Source: "device", Title: policy.Text{"en": "time zone", "de": "Zeitzone"}},
			{Name: "language", Category: "user.demographic.language", Source: "device", Title: policy.Text{"en": "language of the mails", "de": "Sprache der E-Mails"}},
			{Name: "message", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "what the appointment is about", "de": "Anlass des Termins"}},
		},
		Sets: []policy.Set{
			{Name: "name", Fields: []string{"first_name", "last_name"}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the booking", "de": "die Buchung"}},
			{Name: "appointment", Title: policy.Text{"en": "the appointment", "de": "der Termin"}},
			{Name: "cancelled", Title: policy.Text{"en": "the cancellation", "de": "die Absage"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "remind", Type: policy.SettingPeriod,
				Title: policy.Text{"en": "reminder before the appointment", "de": "Erinnerung vor dem Termin"}},
			{Name: "calendar", Type: policy.SettingForward, Keys: []string{byCalDAV, elsewhere},
				Title: policy.Text{"en": "calendar in which the appointments stand (caldav), or provider on whose own pages they are made (youcanbookme)", "de": "Kalender, in dem die Termine stehen (caldav), oder Anbieter, auf dessen Seiten sie vereinbart werden (youcanbookme)"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests, policy.Consent},
		Asks:      true,
	}
}
