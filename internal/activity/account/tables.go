package account

import (
	"kept/internal/access"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables of the kind.
const (
	accountTable    = "account"
	customerTable   = "account_customer"
	memberTable     = "account_member"
	sessionTable    = "account_session"
	passkeyTable    = "account_passkey"
	linkTable       = "account_link"
	arrivalTable    = "account_arrival"
	invitationTable = "account_invitation"
)

// The spaces of blind indexes.
const (
	emailSpace     = "account/email"
	microsoftSpace = "account/microsoft"
	passkeySpace   = "account/passkey"
)

func tables() []manifest.Table {
	return []manifest.Table{accounts, customers, members, sessions, passkeys, links, arrivals, invitations, spent}
}

var accounts = manifest.Table{
	Name: accountTable, About: "an account of somebody who signs in to the portal", Subject: "subject",
	Moments: map[string]string{"collection": "created_at", lastSignIn: "seen_at", expiry: "expires_at", closed: "closed_at", requested: "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the account", Show: folded("number of the account", "Nummer des Kontos")},
		{Name: "subject", Why: "whose account it is"},
		{Name: "email_index", Type: manifest.BytesType, Null: true, Field: fieldEmail, Class: manifest.Indexed, Space: emailSpace, Show: folded("mark of the address", "Merkmal der Adresse")},
		sealed("email", fieldEmail), sealed("first_name", fieldFirst), sealed("last_name", fieldLast), sealed("phone", fieldPhone),
		sealed("password", fieldPassword),
		{Name: "microsoft_index", Type: manifest.BytesType, Null: true, Field: fieldMicrosoft, Class: manifest.Indexed, Space: microsoftSpace, Show: folded("mark of the Microsoft account", "Merkmal des Microsoft-Kontos")},
		sealed("microsoft", fieldMicrosoft),
		{Name: "language", Null: true, Field: fieldLanguage},
		{Name: "created_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("registered", "registriert")},
		{Name: "seen_at", Type: manifest.TimeType, Why: "the day of the last sign-in: periods run from it", Show: titled("day of the last sign-in", "Tag der letzten Anmeldung")},
		{Name: "expires_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("last subscription expires", "letztes Abonnement läuft ab")},
		{Name: "closed_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("closed", "geschlossen")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("deletion asked for", "Löschung verlangt")},
	},
}

// customers are companies: what is kept of one as such names nobody. Its keys seal
// what other kinds keep for it.
var customers = manifest.Table{
	Name: customerTable, About: "a customer, for whom people act", Subject: "id",
	Moments: map[string]string{"collection": "created_at", expiry: "expires_at", closed: "closed_at", requested: "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the customer"},
		{Name: "founder", Why: "the account with which it was registered: mails about expiry go to its address", Show: folded("registered by the account", "registriert vom Konto")},
		{Name: "created_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("registered", "registriert")},
		{Name: "expires_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("subscription expires", "Abonnement läuft ab")},
		{Name: "closed_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("closed", "geschlossen")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("deletion asked for", "Löschung verlangt")},
	},
}

var members = manifest.Table{
	Name: memberTable, About: "what somebody may do for a customer", Parent: accountTable, ParentKey: "account",
	Moments: map[string]string{"collection": "joined_at", expiry: "expires_at", requested: "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the row", Show: folded("number of the entry", "Nummer des Eintrags")},
		{Name: "account", Why: "who acts", Show: folded("number of the account", "Nummer des Kontos")},
		{Name: "customer", Why: "for which customer", Show: folded("number of the customer", "Nummer des Kunden")},
		{Name: "role", Null: true, Field: fieldRole, Show: manifest.Show{Says: roleWords}},
		{Name: "joined_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("acts for the customer since", "handelt für den Kunden seit")},
		{Name: "expires_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("subscription expires", "Abonnement läuft ab")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "periods run from it", Show: titled("deletion asked for", "Löschung verlangt")},
	},
}

var sessions = manifest.Table{
	Name: sessionTable, About: "an open session of the portal", Parent: accountTable, ParentKey: "account",
	Moments: map[string]string{"collection": "created_at", lastSignIn: "seen_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the session", Show: folded("number of the session", "Nummer der Sitzung")},
		{Name: "token", Type: manifest.BytesType, Class: manifest.Indexed, Why: "recognises the browser's cookie without holding it", Show: folded("mark of the cookie", "Merkmal des Cookies")},
		{Name: "account", Why: "whose session", Show: folded("number of the account", "Nummer des Kontos")},
		{Name: "customer", Null: true, Why: "for which customer the person acts now", Show: folded("number of the customer", "Nummer des Kunden")},
		{Name: "created_at", Type: manifest.TimeType, Field: fieldSignIn, Show: first("signed in", "angemeldet")},
		{Name: "seen_at", Type: manifest.TimeType, Field: fieldSignIn, Show: titled("last used", "zuletzt benutzt")},
		{Name: "fresh_until", Type: manifest.TimeType, Null: true, Why: "until when it counts as a fresh proof", Show: folded("fresh until", "frisch bis")},
	},
}

var passkeys = manifest.Table{
	Name: passkeyTable, About: "a passkey that opens an account", Parent: accountTable, ParentKey: "account",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the passkey", Show: folded("number of the passkey", "Nummer des Passkeys")},
		{Name: "account", Why: "which account it opens", Show: folded("number of the account", "Nummer des Kontos")},
		{Name: "mark", Type: manifest.BytesType, Null: true, Field: fieldPasskeys, Class: manifest.Indexed, Show: folded("mark of the passkey", "Merkmal des Passkeys")},
		sealed("passkey", fieldPasskeys),
		{Name: "added_at", Type: manifest.TimeType, Null: true, Field: fieldPasskeys, Show: titled("added", "hinzugefügt")},
	},
}

var links = manifest.Table{
	Name: linkTable, About: "a link in a mail that is used once, within an hour", Parent: accountTable, ParentKey: "account",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the link", Show: folded("number of the link", "Nummer des Links")},
		{Name: "token", Type: manifest.BytesType, Class: manifest.Indexed, Why: "recognises the link without holding it", Show: folded("mark of the link", "Merkmal des Links")},
		{Name: "account", Why: "whose account", Show: folded("number of the account", "Nummer des Kontos")},
		{Name: "purpose", Why: "what it is for", Show: titled("for", "wofür")},
		{Name: "pair", Null: true, Why: "the other link that has to be used too", Show: folded("belongs with", "gehört zu")},
		{Name: "address", Type: manifest.BytesType, Null: true, Field: fieldEmail, Class: manifest.Sealed, Show: titled("new address", "neue Adresse")},
		{Name: "created_at", Type: manifest.TimeType, Why: "it ends by itself", Show: folded("made", "erstellt")},
		{Name: "used_at", Type: manifest.TimeType, Null: true, Why: "it is used once", Show: folded("used", "benutzt")},
	},
}

// arrivals lie apart until a job takes them, so that a form costs the same work
// whoever is known already; one for a new account lies until its link is used, or
// for an hour. Whose they are nobody knows yet: each is its own subject.
var arrivals = manifest.Table{
	Name: arrivalTable, About: "an address that was typed and that nobody has confirmed yet", Subject: "id",
	Moments: map[string]string{"collection": "received_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the entry until it is known whose it is"},
		{Name: "token", Type: manifest.BytesType, Null: true, Class: manifest.Indexed, Why: "recognises the link of its mail without holding it"},
		{Name: "received_at", Type: manifest.TimeType, Why: "it ends by itself after an hour"},
		{Name: "content", Type: manifest.BytesType, Field: fieldEmail, Class: manifest.Sealed},
	},
}

var invitations = manifest.Table{
	Name: invitationTable, About: "an invitation to act for a customer", Subject: "subject",
	Moments: map[string]string{"collection": "created_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the invitation", Show: folded("number of the invitation", "Nummer der Einladung")},
		{Name: "subject", Why: "who is invited"},
		{Name: "customer", Why: "to act for whom", Show: folded("number of the customer", "Nummer des Kunden")},
		{Name: "token", Type: manifest.BytesType, Class: manifest.Indexed, Why: "recognises the link of its mail without holding it", Show: folded("mark of the link", "Merkmal des Links")},
		{Name: "inviter", Why: "the account that invites", Show: folded("invited by the account", "eingeladen vom Konto")},
		{Name: "role", Null: true, Field: fieldRole, Show: manifest.Show{Says: roleWords}},
		sealed("email", fieldEmail),
		{Name: "created_at", Type: manifest.TimeType, Why: "it ends by itself after a week", Show: first("invited", "eingeladen")},
	},
}

var spent = manifest.Table{
	Name: "account_spent", About: "a number that was used, so that it is used once",
	Impersonal: "marks of random numbers, for an hour: they say nothing about anybody",
	Columns: []manifest.Column{
		{Name: "mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "knows the number again"},
		{Name: "at", Type: manifest.TimeType, Why: "when it was used"},
	},
}

// roleWords are the words for the roles.
var roleWords = map[string]policy.Text{
	string(access.CustomerOwner):   {"en": "owner: may do everything", "de": "Inhaber: darf alles"},
	string(access.CustomerAdmin):   {"en": "administrator: sets up and runs what was ordered", "de": "Verwalter: richtet ein und betreibt, was bestellt ist"},
	string(access.CustomerBilling): {"en": "billing: orders and pays", "de": "Rechnungen: bestellt und bezahlt"},
}

// sealed declares a sealed column that stores a field.
func sealed(name, field string) manifest.Column {
	return manifest.Column{Name: name, Type: manifest.BytesType, Null: true, Field: field, Class: manifest.Sealed}
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
