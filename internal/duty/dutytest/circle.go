package dutytest

import (
	"embed"
	"io/fs"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of the circle.
func Migrations() fs.FS { return files }

// EmailSpace is the blind index in which members are found by address.
const EmailSpace = "circle/email"

// The tables of the circle.
const (
	Member  = "circle_member"
	Letter  = "circle_letter"
	Invoice = "circle_invoice"
	Visit   = "circle_visit" // events by month, about persons
	Trace   = "circle_trace" // events by day, about nobody
)

// Circle declares the kind "circle".
func Circle() manifest.Manifest {
	return manifest.Manifest{Kind: circleWords(), Tables: []manifest.Table{member(), letter(), invoice(), visit(), trace()}}
}

func circleWords() policy.Kind {
	field := func(name, category, source, en, de string) policy.Field {
		return policy.Field{Name: name, Category: category, Source: source, Title: policy.Text{"en": en, "de": de}}
	}
	moment := func(name string) policy.Moment {
		return policy.Moment{Name: name, Title: policy.Text{"en": name, "de": name}}
	}
	return policy.Kind{
		Name:  "circle",
		Title: policy.Text{"en": "Reading circle", "de": "Lesekreis"},
		About: policy.Text{"en": "People read together.", "de": "Menschen lesen zusammen."},
		Fields: []policy.Field{
			field("email", "user.contact.email", "person", "e-mail address", "E-Mail-Adresse"),
			field("name", "user.name", "person", "name", "Name"),
			field("proof", "user.behavior", "derived", "proof of the sign-up", "Nachweis der Anmeldung"),
			field("letter", "user.content", "person", "letters", "Briefe"),
			field("amount", "user.financial", "derived", "amount", "Betrag"),
			field("visitor", "user.unique_id.pseudonymous", "derived", "visitor", "Besuchskennung"),
			field("time", "user.behavior", "device", "time", "Zeit"),
			field("page", "user.behavior.browsing_history", "device", "page", "Seite"),
			field("address", "user.device.ip_address", "device", "address", "Adresse"),
		},
		Sets:       []policy.Set{{Name: "person", Fields: []string{"email", "name"}, Title: policy.Text{"en": "person", "de": "Person"}}},
		Moments:    []policy.Moment{moment("collection"), moment("confirmed"), moment("left"), moment("invoice-date")},
		Anonymises: true,
		Delivers:   true,
	}
}

func member() manifest.Table {
	return manifest.Table{
		Name: Member, About: "somebody in the circle", Subject: "subject",
		Moments: map[string]string{"collection": "joined_at", "confirmed": "confirmed_at", "left": "left_at"},
		Columns: []manifest.Column{
			{Name: "id", Why: "names the member"},
			{Name: "subject", Null: true, Why: "who it is"},
			{Name: "email", Type: manifest.BytesType, Field: "email", Class: manifest.Sealed},
			{Name: "email_index", Type: manifest.BytesType, Field: "email", Class: manifest.Indexed, Space: EmailSpace},
			{Name: "name", Field: "name", Null: true},
			{Name: "proof", Type: manifest.BytesType, Field: "proof", Class: manifest.Sealed, Null: true},
			{Name: "joined_at", Type: manifest.TimeType, Why: "when"},
			{Name: "confirmed_at", Type: manifest.TimeType, Null: true, Why: "when the address was confirmed"},
			{Name: "left_at", Type: manifest.TimeType, Null: true, Why: "when the member left"},
		},
	}
}

func letter() manifest.Table {
	return manifest.Table{
		Name: Letter, About: "a letter of a member", Parent: Member, ParentKey: "member",
		Letter:  &manifest.Letter{At: "at", Title: Member + ".name", Texts: []string{"body"}, Address: []string{Member + ".email"}},
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Why: "names the letter"},
			{Name: "member", Why: "who wrote it"},
			{Name: "body", Field: "letter"},
			{Name: "link", Field: "letter", Null: true, Anonymise: manifest.StripQuery},
			{Name: "at", Type: manifest.TimeType, Why: "when it was written"},
		},
	}
}

func invoice() manifest.Table {
	return manifest.Table{
		Name: Invoice, About: "what a member owes", Subject: "subject",
		Moments:     map[string]string{"invoice-date": "dated_at"},
		Appointment: &manifest.Appointment{Start: "dated_at"},
		Columns: []manifest.Column{
			{Name: "id", Why: "names the invoice"},
			{Name: "subject", Null: true, Why: "whose"},
			{Name: "amount", Type: manifest.IntType, Field: "amount", Anonymise: manifest.Retain},
			{Name: "dated_at", Type: manifest.TimeType, Why: "its date"},
		},
	}
}

func visit() manifest.Table {
	return manifest.Table{
		Name: Visit, About: "a page that somebody read", Shape: manifest.Monthly, Subject: manifest.PersonColumn,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "tells visits apart", Anonymise: manifest.CoarsenDay},
			{Name: "at", Type: manifest.TimeType, Field: "time", Anonymise: manifest.CoarsenDay},
			{Name: manifest.PersonColumn, Type: manifest.IntType, Field: "visitor", Null: true},
			{Name: "page", Type: manifest.TextType, Field: "page", Class: manifest.Word, Null: true, Anonymise: manifest.StripQuery},
		},
	}
}

func trace() manifest.Table {
	return manifest.Table{
		Name: Trace, About: "an address that was seen", Shape: manifest.Daily,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "tells traces apart"},
			{Name: "at", Type: manifest.TimeType, Why: "the period runs from it"},
			{Name: "address", Type: manifest.TextType, Field: "address", Null: true},
		},
	}
}

// Policy is a policy with the given entries below "activities:", which are
// indented by two spaces.
func Policy(activities string) string {
	return `kept: 1
notice: {version: 2026-01-01, languages: [en, de], jurisdiction: DE}
controller:
  name: Lesekreis e. V.
  address: Buchweg 1, 65183 Wiesbaden, DE
  email: privacy@circle.example
  phone: +49 611 000000
  url: https://circle.example
  officer: {email: dpo@circle.example}
  authority: {name: HBDI Hessen, url: https://datenschutz.hessen.de}
activities:
` + activities
}

// Standard is an entry that keeps members until they left, proofs for three
// years more, and visits for fourteen months with a monthly sweep.
const Standard = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, proof, letter, amount, visitor, time, page, address]
    retention:
      - {data: [visitor, time, page], from: collection, keep: 14 months, then: delete, every: 1 month}
      - {data: address, from: collection, keep: 7 days, then: delete}
      - {data: letter, from: collection, keep: 30 days, then: delete}
      - {data: person, from: left, keep: 0 days, then: delete}
      - {data: proof, from: left, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
      - {data: amount, from: invoice-date, keep: 8 years, until: end-of-year, then: delete, reason: {en: § 147 AO, de: § 147 AO}}
`
