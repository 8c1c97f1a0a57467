package dataset

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"kept/internal/remote/records"
)

// Guess is a proposed category. It is for a person to review.
type Guess struct {
	Category   string  `json:"category"`
	Confidence float64 `json:"confidence"` // 0 to 1
	Why        string  `json:"why"`        // never a value
}

// technical is what says nothing about anybody by itself.
const technical = "system.operations"

// The confidence of a guess by its grounds.
const (
	byWholeName = 0.8
	byPartName  = 0.6
	bySamples   = 0.75
	bothAgree   = 0.95
	contradict  = 0.3
	byNothing   = 0.4
)

// hint is words in names of columns, English and German, that tell a category.
type hint struct {
	category string
	words    string
}

// hints in the order in which they are tried: the more exact first.
var hints = []hint{
	{"user.authorization.password", "password passwort kennwort passwd pwd password_hash passwort_hash"},
	{"user.authorization.credentials", "secret token api_key apikey otp totp session_token geheimnis"},
	{"user.contact.email", "email e_mail mail email_address mailadresse emailadresse e_mail_adresse"},
	{"user.contact.phone_number", "phone telephone mobile cell telefon telefonnummer handy mobil mobilnummer rufnummer phone_number tel"},
	{"user.contact.fax_number", "fax faxnummer telefax"},
	{"user.name.first", "first_name firstname given_name vorname forename rufname"},
	{"user.name.last", "last_name lastname surname family_name nachname familienname zuname geburtsname"},
	{"user.account.username", "username user_name login benutzername loginname nickname"},
	{"user.contact.organization", "company organization organisation firma firmenname unternehmen employer arbeitgeber"},
	{"user.name", "name full_name fullname display_name anrede salutation titel kontakt ansprechpartner contact_name kundenname empfaenger recipient signature unterschrift"},
	{"user.contact.address.postal_code", "zip zip_code zipcode postal_code postcode plz postleitzahl"},
	{"user.contact.address.city", "city town ort stadt wohnort"},
	{"user.contact.address.state", "state province bundesland region kanton"},
	{"user.contact.address.country", "country land country_code laendercode staat"},
	{"user.contact.address.street", "street strasse street_address hausnummer house house_number address_line address_line1 address_line2 adresszusatz"},
	{"user.contact.address", "address adresse anschrift lieferadresse rechnungsadresse shipping_address billing_address delivered_to"},
	{"user.demographic.date_of_birth", "birthday birth_date birthdate date_of_birth dob geburtsdatum geburtstag geb_datum"},
	{"user.demographic.gender", "gender sex geschlecht"},
	{"user.demographic.language", "language sprache locale lang"},
	{"user.demographic.marital_status", "marital_status familienstand"},
	{"user.demographic.religious_belief", "religion konfession denomination"},
	{"user.government_id.national_identification_number", "ssn social_security national_id personalausweis ausweisnummer sozialversicherungsnummer sv_nummer steuer_id steueridentifikationsnummer tax_id"},
	{"user.government_id.passport_number", "passport passport_number reisepass"},
	{"user.government_id.vehicle_registration", "license_plate kennzeichen vehicle_registration"},
	{"user.financial.bank_account", "iban bic bank_account kontonummer bankverbindung konto blz account_number"},
	{"user.financial.credit_card", "credit_card card_number ccn kreditkarte kartennummer"},
	{"user.financial.creditworthiness", "credit_rating score bonitaet schufa"},
	{"user.financial", "salary gehalt lohn einkommen income"},
	{"user.health_and_medical", "diagnosis diagnose krankheit allergy allergie health gesundheit blood_type blutgruppe krankenkasse"},
	{"user.device.ip_address", "ip ip_address ipaddress remote_addr ip_adresse"},
	{"user.device.user_agent", "user_agent useragent browser"},
	{"user.device.device_id", "device_id device geraet imei"},
	{"user.location.precise", "latitude longitude lat lng lon breitengrad laengengrad geo gps"},
	{"user.job_title", "job_title position beruf funktion job stellenbezeichnung"},
	{"user.content.self_image", "photo avatar picture foto bild profilbild"},
	{"user.contact.url", "website homepage webseite"},
	{"user.content", "comment kommentar note notes notiz bemerkung message nachricht text body bemerkungen remarks feedback review beschreibung_kunde"},
	{"user.unique_id", "customer_id kunden_id kundennummer kundennr user_id customer_number customer_no benutzer_id person_id personen_id personalnummer employee_id mitarbeiter_id member_id mitgliedsnummer account_id"},
	{"user.behavior", "last_login last_seen letzter_login letzte_anmeldung visited clicked opened"},
	{technical, "id created created_at updated_at erstellt geaendert modified version status sort tenant_id mandant deleted_at active aktiv type typ quantity menge sku preis price amount betrag total"},
}

// guess proposes a category for a column from its name, its type and some of its
// values. The values are looked at here and kept nowhere.
func guess(table string, column records.Column, samples []string) Guess {
	byName, named := guessName(column.Name)
	seen, ratio := guessSamples(samples)
	switch {
	case named && seen != "" && (within(seen, byName.Category) || within(byName.Category, seen)):
		return Guess{seen, bothAgree, byName.Why + ", and the values look like it"}
	case seen != "" && ratio > 0.9:
		return Guess{seen, bySamples, "most values look like it"}
	case named && plausible(byName.Category, column, samples):
		return byName
	case named:
		return Guess{byName.Category, contradict, byName.Why + ", but the values do not look like it"}
	case column.Kind == records.Text && len(samples) > 0:
		return Guess{"user.content", contradict, "text of an unknown kind in " + table}
	}
	return Guess{technical, byNothing, "neither name nor values say anything"}
}

func guessName(name string) (Guess, bool) {
	words := split(name)
	whole := strings.Join(words, "_")
	for _, h := range hints {
		for _, w := range strings.Fields(h.words) {
			if whole == w || strings.Join(words, "") == strings.ReplaceAll(w, "_", "") {
				return Guess{h.category, byWholeName, "its name"}, true
			}
		}
	}
	for _, h := range hints {
		for _, w := range strings.Fields(h.words) {
			if strings.HasSuffix("_"+whole, "_"+w) || strings.HasPrefix(whole+"_", w+"_") && h.category != technical {
				return Guess{h.category, byPartName, "a part of its name"}, true
			}
		}
	}
	return Guess{}, false
}

// split takes a name into small words: customerID, customer-id and Kunden_Nr are
// customer id, customer id and kunden nr. Umlauts are written out.
func split(name string) []string {
	name = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss").Replace(name)
	var words []string
	last := rune(0)
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			last = 0
			continue
		case last == 0 || unicode.IsUpper(r) && unicode.IsLower(last):
			words = append(words, "")
		}
		words[len(words)-1] += string(unicode.ToLower(r))
		last = r
	}
	return words
}

var (
	mailLike  = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	phoneLike = regexp.MustCompile(`^(\+|00?)[0-9][0-9 ()/.-]{6,20}$`)
	ibanLike  = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,38}$`)
	agentLike = regexp.MustCompile(`^Mozilla/[0-9]`)
	cardLike  = regexp.MustCompile(`^[0-9]{4}([ -]?[0-9]{4}){2,3}[ -]?[0-9]{0,3}$`)
)

// looks are the shapes that values are held against.
var looks = []struct {
	category string
	fits     func(string) bool
}{
	{"user.contact.email", mailLike.MatchString},
	{"user.financial.bank_account", ibanLike.MatchString},
	{"user.financial.credit_card", func(s string) bool { return cardLike.MatchString(s) && luhn(s) }},
	{"user.device.ip_address", func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.IsValid() }},
	{"user.device.user_agent", agentLike.MatchString},
	{"user.contact.phone_number", phoneLike.MatchString},
	{"user.contact.url", func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http")
	}},
}

// guessSamples returns the category whose shape most values have.
func guessSamples(samples []string) (category string, ratio float64) {
	if len(samples) < 3 {
		return "", 0
	}
	for _, l := range looks {
		n := 0
		for _, s := range samples {
			if l.fits(strings.TrimSpace(s)) {
				n++
			}
		}
		if r := float64(n) / float64(len(samples)); r > 0.6 {
			return l.category, r
		}
	}
	return "", 0
}

// plausible reports whether values do not speak against a category that has a shape.
func plausible(category string, column records.Column, samples []string) bool {
	if len(samples) < 3 || column.Kind != records.Text {
		return true
	}
	for _, l := range looks {
		if l.category != category {
			continue
		}
		for _, s := range samples {
			if l.fits(strings.TrimSpace(s)) {
				return true
			}
		}
		return false
	}
	return true
}

// luhn is the check digit of card numbers (ISO/IEC 7812-1).
func luhn(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		c := number[i]
		if c < '0' || c > '9' {
			continue
		}
		n := int(c - '0')
		if double {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum, double = sum+n, !double
	}
	return sum%10 == 0
}
