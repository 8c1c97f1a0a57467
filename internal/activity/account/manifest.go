package account

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "account"

// The fields of the kind.
const (
	fieldEmail     = "email"
	fieldFirst     = "first_name"
	fieldLast      = "last_name"
	fieldPhone     = "phone"
	fieldPassword  = "password"
	fieldPasskeys  = "passkeys"
	fieldMicrosoft = "microsoft_id"
	fieldRole      = "role"
	fieldLanguage  = "language"
	fieldSignIn    = "sign_in"
)

// The moments from which a policy counts.
const (
	lastSignIn = "last-sign-in"
	expiry     = "expiry"
	closed     = "closed"
	requested  = "request"
)

// The settings.
const (
	signIn    = "sign_in"
	microsoft = "microsoft"
)

// The ways to sign in.
const (
	byPassword  = "password"
	byPasskey   = "passkey"
	byMicrosoft = "microsoft"
)

// SessionCookie holds a signed-in session.
const SessionCookie = "kept_session"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

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
			{Name: fieldEmail, Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: fieldFirst, Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
			{Name: fieldLast, Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
			{Name: fieldPhone, Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
			{Name: fieldPassword, Category: "user.authorization.password", Source: "person", Title: policy.Text{"en": "password (hashed)", "de": "Passwort (als Prüfwert)"}},
			{Name: fieldPasskeys, Category: "user.authorization.credentials", Source: "device", Title: policy.Text{"en": "passkeys", "de": "Passkeys"}},
			{Name: fieldMicrosoft, Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "Microsoft tenant id and user id", "de": "Mandanten- und Benutzerkennung bei Microsoft"},
				When: policy.Text{"en": "when you sign in with Microsoft", "de": "wenn Sie sich mit Microsoft anmelden"}},
			{Name: fieldRole, Category: "user.account.settings", Source: "derived", Title: policy.Text{"en": "role in the account", "de": "Rolle im Konto"}},
			{Name: fieldLanguage, Category: "user.account.settings", Source: "device", Title: policy.Text{"en": "language", "de": "Sprache"}},
			{Name: fieldSignIn, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "times of sign-in", "de": "Zeiten der Anmeldung"},
				When: policy.Text{"en": "when you sign in", "de": "wenn Sie sich anmelden"}},
		},
		Sets: []policy.Set{
			{Name: "name", Fields: []string{fieldFirst, fieldLast}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the registration", "de": "die Registrierung"}},
			{Name: lastSignIn, Title: policy.Text{"en": "the last sign-in", "de": "die letzte Anmeldung"}},
			{Name: expiry, Title: policy.Text{"en": "the expiry of the last subscription", "de": "der Ablauf des letzten Abonnements"}},
			{Name: closed, Title: policy.Text{"en": "the closing of the account", "de": "die Schließung des Kontos"}},
			{Name: requested, Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: signIn, Type: policy.SettingStrings, Keys: []string{byPassword, byPasskey, byMicrosoft}, Default: []string{byPassword, byPasskey},
				Title: policy.Text{"en": "ways to sign in", "de": "Wege der Anmeldung"}},
			{Name: microsoft, Type: policy.SettingRecipient,
				Title: policy.Text{"en": "the recipient that is asked when people sign in with Microsoft", "de": "der Empfänger, der bei der Anmeldung mit Microsoft gefragt wird"}},
		},
		Cookies:   []string{SessionCookie},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests},
	}
}
