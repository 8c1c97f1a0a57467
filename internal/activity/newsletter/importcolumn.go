package newsletter

import (
	"maps"
	"slices"
	"strings"

	"kept/internal/fault"
)

// The columns that an import knows and an export writes.
const (
	columnEmail     = "email"
	columnFirst     = "first_name"
	columnLast      = "last_name"
	columnCompany   = "company"
	columnLanguage  = "language"
	columnZone      = "time_zone"
	columnTopics    = "topics"
	columnLists     = "lists"
	columnSignUp    = "signed_up"
	columnSignUpIP  = "sign_up_ip"
	columnConfirm   = "confirmed"
	columnConfirmIP = "confirm_ip"
	columnSource    = "source"
	columnText      = "text"
	columnVersion   = "version"
	columnSoldAt    = "sold_at"
	columnSold      = "sold"
	columnTold      = "told"
	columnGround    = "ground"
)

// Columns are the columns of an import, in the order in which an export writes
// them.
var Columns = []string{
	columnEmail, columnFirst, columnLast, columnCompany, columnLanguage, columnZone, columnTopics, columnLists, columnGround,
	columnSignUp, columnSignUpIP, columnConfirm, columnConfirmIP, columnSource, columnText, columnVersion, columnSoldAt, columnSold, columnTold,
}

// heads are what other programs call the columns, in lower case.
var heads = map[string]string{
	"e-mail": columnEmail, "mail": columnEmail, "e-mail-adresse": columnEmail, "email address": columnEmail, "mailadresse": columnEmail, "e-mail address": columnEmail, "emailadresse": columnEmail,
	"first name": columnFirst, "firstname": columnFirst, "vorname": columnFirst, "last name": columnLast, "lastname": columnLast, "nachname": columnLast, "name": columnLast,
	"firma": columnCompany, "organisation": columnCompany, "organization": columnCompany, "unternehmen": columnCompany,
	"sprache": columnLanguage, "lang": columnLanguage, "zeitzone": columnZone, "timezone": columnZone, "time zone": columnZone, "themen": columnTopics, "interessen": columnTopics, "verteiler": columnLists, "listen": columnLists,
	"signup time": columnSignUp, "sign-up time": columnSignUp, "optin_time": columnSignUp, "optin time": columnSignUp, "registered": columnSignUp, "registriert": columnSignUp, "anmeldung": columnSignUp, "angemeldet": columnSignUp, "angemeldet am": columnSignUp, "registriert am": columnSignUp, "created_at": columnSignUp,
	"optin_ip": columnSignUpIP, "ip": columnSignUpIP, "ip address": columnSignUpIP, "ip-adresse": columnSignUpIP, "registration ip": columnSignUpIP, "anmelde-ip": columnSignUpIP, "ip der anmeldung": columnSignUpIP,
	"confirm_time": columnConfirm, "confirmed at": columnConfirm, "activated": columnConfirm, "aktiviert": columnConfirm, "aktiviert am": columnConfirm, "bestätigt": columnConfirm, "bestätigt am": columnConfirm, "bestätigung": columnConfirm,
	"confirmation ip": columnConfirmIP, "bestätigungs-ip": columnConfirmIP, "ip der bestätigung": columnConfirmIP,
	"quelle": columnSource, "herkunft": columnSource, "origin": columnSource, "einwilligungstext": columnText, "consent text": columnText, "einwilligung": columnText, "fassung": columnVersion, "form version": columnVersion,
	"kaufdatum": columnSoldAt, "gekauft am": columnSoldAt, "order date": columnSoldAt, "gekauft": columnSold, "kauf": columnSold, "order": columnSold, "hinweis": columnTold, "notice": columnTold,
}

// Mapping says in which column of a file, counted from 0, a column of the import
// stands.
type Mapping map[string]int

// Guess maps the columns whose head is a name that is known.
func (t Table) Guess() Mapping {
	m := Mapping{}
	for i, h := range t.Head {
		h = strings.ToLower(strings.TrimSpace(h))
		column := heads[h]
		if slices.Contains(Columns, h) {
			column = h
		}
		if _, twice := m[column]; column != "" && !twice {
			m[column] = i
		}
	}
	return m
}

// With returns the mapping with changes: "email" to "E-Mail privat". An empty head
// takes a column out. Invalid if there is no such column on either side.
func (m Mapping) With(t Table, changes map[string]string) (Mapping, error) {
	m = maps.Clone(m)
	for column, head := range changes {
		if !slices.Contains(Columns, column) {
			return nil, fault.New(fault.Invalid, "an import has no column %q; it has: %s", column, strings.Join(Columns, ", "))
		}
		if head == "" {
			delete(m, column)
			continue
		}
		i := slices.Index(t.Head, head)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "%s has no column %q; it has: %s", t.Name, head, strings.Join(t.Head, ", "))
		}
		m[column] = i
	}
	return m, nil
}
