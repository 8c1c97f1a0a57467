package examples_test

import (
	"strings"
	"testing"

	"kept/internal/duty/notice"
)

const mailissa = "mailissa"

func TestPromise_MA09_ATableAnswersPerService(t *testing.T) {
	whole := published(t, mailissa, source(t, mailissa), "")
	rows := map[string]int{}
	for lang, head := range map[string][]string{
		"de": {"Vorgang", "Welche Daten", "Wann", "Wozu und auf welcher Grundlage"},
		"en": {"Activity", "Which data", "When", "Why, and on which legal basis"},
	} {
		table := overview(t, whole[lang].notice)
		if strings.Join(table.Head, "|") != strings.Join(head, "|") {
			t.Errorf("%s: the table answers %q", lang, table.Head)
		}
		for _, row := range table.Rows {
			for i, cell := range row {
				if len(cell) == 0 || flat(cell[0].Text) == "" {
					t.Errorf("%s: %s is not said of %q", lang, head[i], row[0][0].Text)
				}
			}
		}
		page := string(whole[lang].notice.HTML())
		for _, h := range head {
			if !strings.Contains(page, ">"+h+"</th>") {
				t.Errorf("%s: the page has no column %q", lang, h)
			}
		}
		rows[lang] = len(table.Rows)
	}
	if rows["de"] != rows["en"] {
		t.Errorf("%d rows in German, %d in English", rows["de"], rows["en"])
	}
	tells(t, mailissa,
		fact{in: "overview", de: "Zugriffsprotokoll Welche Daten: IP-Adresse, Datum und Uhrzeit, zuvor besuchte Website,", en: "Access log Which data: IP address, date and time, website visited before,", out: without("activities", "access-log")},
		fact{in: "overview", de: "Kundenkonto Welche Daten: E-Mail-Adresse, Passwort (als Prüfwert), Passkeys,", en: "Customer account Which data: e-mail address, password (hashed), passkeys,", out: without("activities", "account")},
		fact{in: "overview", de: "Abonnement Welche Daten: Angaben zum Kunden, E-Mail-Adresse der Registrierung,", en: "Subscription Which data: details of the customer, e-mail address of the registration,", out: without("activities", "subscription")},
		fact{in: "overview", de: "Wann: wenn Sie ein Abonnement abschließen; wenn Sie ein bezahltes Abonnement kaufen Wozu und auf welcher Grundlage: Zahlungsabwicklung · Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO",
			en: "When: when you subscribe; when you buy a paid subscription Why, and on which legal basis: payment processing · a contract or steps towards one, Art. 6(1)(b) GDPR", out: without("activities", "subscription")},
		fact{in: "overview", de: "Add-in und Konnektoren Welche Daten: E-Mail-Adresse der bei Microsoft 365 angemeldeten Person,", en: "Add-in and connectors Which data: e-mail address of the signed-in Microsoft 365 user,", out: without("activities", "connector")},
		fact{in: "overview", de: "Wann: wenn das Add-in startet; wenn Sie sich anmelden; wenn ein Konnektor bestimmten Gruppen oder Benutzern zugewiesen wird;",
			en: "When: when the add-in starts; when you sign in; when a connector is ", out: without("activities", "connector")},
		fact{in: "overview", de: "Nachrichten an uns Welche Daten: Vor- und Nachname, E-Mail-Adresse, Telefonnummer, Firma, Nachricht,", en: "Messages to us Which data: first and last name, e-mail address, phone number, company, message,", out: without("activities", "contact")},
		fact{in: "overview", de: "Newsletter Welche Daten: E-Mail-Adresse, Nachweis Ihrer Einwilligung,", en: "Newsletter Which data: e-mail address, proof of your consent,", out: without("activities", "newsletter")},
		fact{in: "overview", de: "Schriften Welche Daten: IP-Adresse, besuchte Seite, Datum und Uhrzeit, Browser Wann: erst nach Ihrer Einwilligung; wenn eine Seite den Inhalt lädt",
			en: "Fonts Which data: IP address, page visited, date and time, browser When: only after you have consented; when a page loads the content", out: without("services", "fonts")},
		fact{in: "overview", de: "Anbindung an Outlook Welche Daten: IP-Adresse, Datum und Uhrzeit,", en: "Connection to Outlook Which data: IP address, date and time,", out: without("services", "office")},
	)
}

// overview is the table of a notice's overview.
func overview(t *testing.T, n notice.Notice) *notice.Table {
	t.Helper()
	for _, s := range n.Sections {
		if s.ID == "overview" && len(s.Blocks) == 1 && s.Blocks[0].Table != nil {
			return s.Blocks[0].Table
		}
	}
	t.Fatal("the overview is no table")
	return nil
}

func TestPromise_MA15_MeasuresAndAnOfficerFromOutside(t *testing.T) {
	for key, words := range map[string]both{
		"tls": {"verschlüsselte Übertragung (TLS)", "encryption in transit (TLS)"}, "encryption-at-rest": {"verschlüsselte Speicherung", "encryption at rest"},
		"access-control": {"Zugriff nur für Berechtigte", "access for authorised persons only"}, "backups": {"Sicherungskopien", "backups"},
		"review": {"regelmäßige Überprüfung der Maßnahmen", "regular review of the measures"},
	} {
		out := cut(key + ", ")
		if key == "review" {
			out = cut(", review")
		}
		tells(t, mailissa, fact{in: "measures", de: "- " + words.de, en: "- " + words.en, record: words, out: out})
	}
	tells(t, mailissa,
		fact{in: "measures", de: "Technik und Organisation schützen die Daten (Art. 32 DSGVO):", en: "Technical and organisational measures protect the data (Art. 32 GDPR):", out: without("measures")},
		fact{in: "controller", de: "unsere datenschutzbeauftragte Person. Sie gehört nicht zu unserem Haus: Name: Datenschutzkontor Nord Anschrift: Wall 12, 24103 Kiel E-Mail: mailissa@datenschutzkontor.example",
			en:     "Our data protection officer, who comes from outside our organisation, helps you with questions about your data: Name: Datenschutzkontor Nord Address: Wall 12, 24103 Kiel E-mail: mailissa@datenschutzkontor.example",
			record: both{"mailissa@datenschutzkontor.example extern", "mailissa@datenschutzkontor.example external"}, out: oneLine("    external: true")},
		fact{in: "controller", de: "Datenschutzkontor Nord", en: "Datenschutzkontor Nord", record: same("Datenschutzkontor Nord"), out: without("controller", "officer")},
	)
}
