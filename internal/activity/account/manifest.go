package account

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "account"

// SessionCookie holds a signed-in session.
const SessionCookie = "kept_session"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Customer account", "de": "Kundenkonto"},
		About: policy.Text{
			"en": "With an account you sign in to the portal and manage what you have ordered.",
			"de": "Mit einem Konto melden Sie sich im Portal an und verwalten, was Sie bestellt haben.",
		},
		When:   policy.Text{"en": "when you create an account", "de": "wenn Sie ein Konto anlegen"},
		People: []string{"customer", "contact_person"},
		Fields: []policy.Field{
			{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: "first_name", Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
			{Name: "last_name", Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
			{Name: "phone", Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
			{Name: "password", Category: "user.authorization.password", Source: "person", Title: policy.Text{"en": "password (hashed)", "de": "Passwort (als Prüfwert)"}},
			{Name: "passkeys", Category: "user.authorization.credentials", Source: "device", Title: policy.Text{"en": "passkeys", "de": "Passkeys"}},
			{Name: "microsoft_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "Microsoft tenant id and user id", "de": "Mandanten- und Benutzerkennung bei Microsoft"},
				When: policy.Text{"en": "when you sign in with Microsoft", "de": "wenn Sie sich mit Microsoft anmelden"}},
			{Name: "role", Category: "user.account.settings", Source: "derived", Title: policy.Text{"en": "role in the account", "de": "Rolle im Konto"}},
			{Name: "language", Category: "user.account.settings", Source: "device", Title: policy.Text{"en": "language", "de": "Sprache"}},
			{Name: "sign_in", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "times of sign-in", "de": "Zeiten der Anmeldung"},
				When: policy.Text{"en": "when you sign in", "de": "wenn Sie sich anmelden"}},
		},
		Sets: []policy.Set{
			{Name: "name", Fields: []string{"first_name", "last_name"}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the registration", "de": "die Registrierung"}},
			{Name: "last-sign-in", Title: policy.Text{"en": "the last sign-in", "de": "die letzte Anmeldung"}},
			{Name: "expiry", Title: policy.Text{"en": "the expiry of the last subscription", "de": "der Ablauf des letzten Abonnements"}},
			{Name: "closed", Title: policy.Text{"en": "the closing of the account", "de": "die Schließung des Kontos"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "sign_in", Type: policy.SettingStrings, Keys: []string{"password", "passkey", "microsoft"}, Default: []string{"password", "passkey"},
				Title: policy.Text{"en": "ways to sign in", "de": "Wege der Anmeldung"}},
		},
		Cookies:   []string{SessionCookie},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests},
		Planned:   true,
	}
}
