package staff

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the built-in activity "administration".
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: words(), Tables: []manifest.Table{account, session, link}}
}

func words() policy.Kind {
	return policy.Kind{
		Name: "administration", BuiltIn: true,
		Title: policy.Text{"en": "Administration", "de": "Verwaltung"},
		About: policy.Text{
			"en": "Our own people sign in to a console that shows what is held and for how long.",
			"de": "Unsere Mitarbeitenden melden sich an einer Konsole an, die zeigt, was wie lange gespeichert ist.",
		},
		When:   policy.Text{"en": "when our people get an account and sign in", "de": "wenn Mitarbeitende einen Zugang erhalten und sich anmelden"},
		People: []string{"employee"},
		Fields: []policy.Field{
			{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
			{Name: "password", Category: "user.authorization.password", Source: "person", Title: policy.Text{"en": "password (hashed)", "de": "Passwort (als Prüfsumme)"}},
			{Name: "role", Category: "user.job_title", Source: "derived", Title: policy.Text{"en": "role", "de": "Rolle"}},
			{Name: "sign_in", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "sign-in times", "de": "Anmeldezeiten"}},
			{Name: "invitation", Category: "user.authorization", Source: "derived", Title: policy.Text{"en": "one-time links", "de": "Einmal-Links"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the invitation", "de": "die Einladung"}},
			{Name: "last-visit", Title: policy.Text{"en": "the last visit", "de": "der letzte Besuch"}},
			{Name: "departure", Title: policy.Text{"en": "the departure from the company", "de": "das Ausscheiden"}},
		},
		Cookies: []string{CookieName}, Inside: true,
		Default: []byte(`
purpose: essential.service.security
basis: legitimate-interests
interest: {en: only our own people can open the console, de: nur eigene Mitarbeitende können die Konsole öffnen}
data: [email, password, role, sign_in, invitation]
cookies: [{name: kept_staff, session: true}]
retention:
  - {data: invitation, from: collection, keep: 1 day, then: delete}
  - {data: sign_in, from: last-visit, keep: 14 days, then: delete}
  - {data: [email, password, role], from: departure, keep: 30 days, then: delete}
`),
	}
}

var account = manifest.Table{
	Name: "staff", About: "a person who may sign in to the console", Subject: "id",
	Moments: map[string]string{"departure": "left_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the person inside Kept"},
		{Name: "email_index", Field: "email", Class: manifest.Indexed, Type: manifest.BytesType},
		{Name: "email", Field: "email", Class: manifest.Sealed, Type: manifest.BytesType},
		{Name: "role", Field: "role"},
		{Name: "password", Field: "password", Null: true},
		{Name: "created_at", Type: manifest.TimeType, Why: "when the account was made"},
		{Name: "left_at", Type: manifest.TimeType, Null: true, Why: "when the person left"},
	},
}

var session = manifest.Table{
	Name: "staff_session", About: "an open session of the console", Subject: "staff", Parent: "staff", ParentKey: "staff",
	Moments: map[string]string{"collection": "created_at", "last-visit": "seen_at"},
	Columns: []manifest.Column{
		{Name: "token", Type: manifest.BytesType, Field: "sign_in"},
		{Name: "staff", Why: "whose session"},
		{Name: "created_at", Type: manifest.TimeType, Field: "sign_in"},
		{Name: "seen_at", Type: manifest.TimeType, Field: "sign_in"},
	},
}

var link = manifest.Table{
	Name: "staff_link", About: "a one-time link to the console", Subject: "staff", Parent: "staff", ParentKey: "staff",
	Moments: map[string]string{"collection": "created_at"},
	Columns: []manifest.Column{
		{Name: "token", Type: manifest.BytesType, Field: "invitation"},
		{Name: "staff", Why: "whom it lets in"},
		{Name: "created_at", Type: manifest.TimeType, Field: "invitation"},
		{Name: "used_at", Type: manifest.TimeType, Null: true, Field: "invitation"},
	},
}
