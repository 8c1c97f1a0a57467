package notice_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"kept/internal/duty/notice"
)

// complete returns the policy that says everything.
func complete(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("testdata/complete.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// lines matches whole lines of the file; entry matches one of its entries with
// all that is indented below it.
func lines(start string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*` + start + `.*\n`)
}

func entry(indent int, name string) *regexp.Regexp {
	space := strings.Repeat(" ", indent)
	return regexp.MustCompile(`(?m)^` + space + regexp.QuoteMeta(name) + `:.*\n(?:` + space + `[ -].*\n|\n)*`)
}

func part(text string) *regexp.Regexp { return regexp.MustCompile(text) }

// families are the sentences of a notice, each with the entry that it stands on.
var families = []struct {
	name    string
	without *regexp.Regexp
	de, en  []string
}{
	{"representative", lines("representative:"),
		[]string{"In der Europäischen Union vertritt uns (Art. 27 DSGVO): Name: Vertretung Beispiel GmbH", "eu@sync.example"},
		[]string{"In the European Union we are represented by (Art. 27 GDPR): Name: Vertretung Beispiel GmbH", "eu@sync.example"}},
	{"officer", lines("officer:"),
		[]string{"Name: Dr. Erika Muster", "Sagen Sie es gern zuerst unserer datenschutzbeauftragten Person: dpo@sync.example."},
		[]string{"helps you with questions about your data: Name: Dr. Erika Muster", "Feel free to tell our data protection officer first: dpo@sync.example."}},
	{"officer from outside", part(`, external: true`),
		[]string{"unsere datenschutzbeauftragte Person. Sie gehört nicht zu unserem Haus: Name: Dr. Erika Muster"},
		[]string{"Our data protection officer, who comes from outside our organisation, helps you"}},
	{"authority", lines("authority:"),
		[]string{"Für uns zuständig ist: HBDI Hessen"}, []string{"The authority responsible for us is: HBDI Hessen"}},
	{"measures", entry(0, "measures"),
		[]string{"Technik und Organisation schützen die Daten (Art. 32 DSGVO):", "- Schließfächer für Besucher", "TLS"},
		[]string{"Technical and organisational measures protect the data (Art. 32 GDPR):", "- lockers for visitors", "TLS"}},
	{"departments", part(`(?m)^departments:\n.*\n|^    access:.*\n`),
		[]string{"In unserem Haus sieht die Daten nur, wer mit ihnen arbeitet: Kundendienst: Zugriffsprotokoll", "Zugriff bei uns: Nur: Kundendienst."},
		[]string{"only those who work with the data see it: Customer care: Access log", "Access on our side: Only: Customer care."}},
	{"holds", entry(0, "holds"),
		[]string{"Im Einzelfall kann eine Frist ruhen.", "Abwehr verjährender Ansprüche (§§ 195, 199 BGB), längstens 3 Jahre."},
		[]string{"In a single case a period can be suspended.", "defence of claims until they lapse (sections 195, 199 BGB), at most 3 years."}},
	{"category", lines("category:"), []string{"Art des Empfängers: soziales Netzwerk"}, []string{"Kind of recipient: social network"}},
	{"arrangement", part(`(?m)^    agreement: \{kind: arrangement.*\n`),
		[]string{"Vereinbarung über die gemeinsame Verantwortung vom 1. Januar 2025.", "Das Wesentliche daraus: Das Netzwerk beantwortet Auskünfte."},
		[]string{"Arrangement between joint controllers of 1 January 2025.", "Its essence: The network answers requests for access."}},
	{"joint rights", part(`joint-controller`),
		[]string{"Ihre Rechte können Sie bei uns und dort geltend machen, Art. 26 Abs. 3 DSGVO."},
		[]string{"You can exercise your rights with us and with them, Art. 26(3) GDPR."}},
	{"storage", lines("storage:"), []string{"Rechenzentren in: Irland, Niederlande"}, []string{"Data centres in: Ireland, Netherlands"}},
	{"own purposes", lines("own_purposes:"),
		[]string{"Für eigene Zwecke: Werbung auf eigenen Seiten Dafür ist Freundesnetz S.à r.l. selbst verantwortlich. Wir haben darauf keinen Einfluss."},
		[]string{"For its own purposes: advertising on its own pages Freundesnetz S.à r.l. answers for this itself. We have no influence on it."}},
	{"objection of its own", lines("objection:"),
		[]string{"Dort widersprechen: https://freunde.example/opt-out", "Diesen Anbietern können Sie außerdem selbst widersprechen: - Freundesnetz S.à r.l.: https://freunde.example/opt-out"},
		[]string{"Object there: https://freunde.example/opt-out", "You can also object to these providers yourself: - Freundesnetz S.à r.l.: https://freunde.example/opt-out"}},
	{"risk of a transfer", part(`(?m)^    transfers:\n.*\n`),
		[]string{"Vereinigte Staaten. Grundlage: Ihre ausdrückliche Einwilligung, Art. 49 Abs. 1 Buchst. a DSGVO. Das Risiko dabei: Behörden könnten zugreifen.", "außerhalb des Europäischen Wirtschaftsraums"},
		[]string{"United States. Safeguard: your explicit consent, Art. 49(1)(a) GDPR. The risk of it: Authorities might gain access.", "outside the European Economic Area"}},
	{"service", entry(2, "fonts"),
		[]string{"Schriften Welche Daten: IP-Adresse", "Wann: erst nach Ihrer Einwilligung; wenn eine Seite den Inhalt lädt", "freund Anbieter: Freundesnetz S.à r.l. Zweck: erkennt Freunde Dauer: 6 Monate Gruppe: Medien", "Die Grundlage ist § 25 Abs. 1 TDDDG."},
		[]string{"Fonts Which data: IP address", "When: only after you have consented; when a page loads the content", "freund Provider: Freundesnetz S.à r.l. Purpose: recognises friends Lifetime: 6 months Group: Media", "The legal ground is section 25(1) TDDDG"}},
	{"essential service", entry(2, "status"),
		[]string{"zeigt Störungen an · notwendig, ohne Einwilligung", "notwendig, ohne Einwilligung: zeigt Störungen an"},
		[]string{"shows disruptions · necessary, without consent", "necessary, without consent: shows disruptions"}},
	{"people", lines("people:"), []string{"Wen es betrifft: Kunden"}, []string{"Whom it concerns: customers"}},
	{"provision", lines("provision:"),
		[]string{"Pflicht zur Angabe: Der Vertrag verlangt diese Angaben: E-Mail-Adresse. Ohne Adresse gibt es kein Konto.", "Bei diesen Vorgängen sind Angaben nötig:"},
		[]string{"Duty to provide: The contract requires this data: e-mail address. Without an address there is no account.", "These activities need data from you:"}},
	{"what must be provided", part(`required: contract, data: email`), []string{"Der Vertrag verlangt diese Angaben: E-Mail-Adresse."}, []string{"The contract requires this data: e-mail address."}},
	{"further bases", part(`(?m)^    also:\n.*\n.*\n`),
		[]string{"Außerdem (Geburtstagsgrüße): Ihre Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO. Wir fragen Sie dann gesondert.", "Außerdem (Mahnungen): berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO. Unser Interesse: pünktliche Zahlung.", "Haben wir Sie an anderer Stelle gefragt, genügt eine Nachricht an privacy@sync.example.", "Zum Teil nur, wenn Sie einwilligen:", "DSGVO; außerdem (Geburtstagsgrüße): Ihre Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO; außerdem (Mahnungen): berechtigtes Interesse"},
		[]string{"In addition (birthday greetings): your consent, Art. 6(1)(a) GDPR. We then ask you separately.", "In addition (reminders): legitimate interests, Art. 6(1)(f) GDPR. Our interest: payment on time.", "If we asked you elsewhere, a message is enough, to privacy@sync.example.", "In part only if you consent:", "GDPR; in addition (birthday greetings): your consent, Art. 6(1)(a) GDPR; in addition (reminders): legitimate interests"}},
	{"origin", lines("origin:"), []string{"Herkunft der Daten: Auskunftei Beispiel in Köln"}, []string{"Where the data comes from: Example credit agency in Cologne"}},
	{"decision", entry(4, "decision"),
		[]string{"Hier entscheidet ein Programm, ohne dass ein Mensch mitwirkt.", "So kommt das Ergebnis zustande: Punkte aus früheren Zahlungen.", "Das bedeutet es für Sie: unter 50 Punkten nur gegen Vorkasse.", "(Art. 22 Abs. 2 Buchst. a DSGVO)", "Sie können verlangen, dass ein Mensch prüft", "In allen anderen Fällen wird niemand allein durch eine Maschine beurteilt."},
		[]string{"Here a program decides, without a person taking part.", "How the result comes about: points from earlier payments.", "What it means for you: below 50 points only against prepayment.", "(Art. 22(2)(a) GDPR)", "You can demand that a person looks at it", "In all other cases nobody is judged by a machine alone."}},
	{"marketing", entry(2, "page"),
		[]string{"Gegen Direktwerbung können Sie jederzeit und ohne Gründe Widerspruch einlegen", "Unser Interesse: Gespräch mit Interessierten."},
		[]string{"You can object to direct marketing at any time and without giving grounds", "Our interest: talking with people who are interested."}},
	{"on behalf of customers", entry(2, "directory"),
		[]string{"Was wir im Auftrag von Kunden tun", "Auftrag: Wir tun das als Auftragsverarbeiter für den Kunden, dessen Verzeichnis abgeglichen wird.", "er nennt sie Ihnen", "· als Auftragsverarbeiter für den Kunden, dessen Verzeichnis abgeglichen wird", "leiten wir Ihr Anliegen an ihn weiter", "Im Auftrag unserer Kunden: Abgleich von Kontakten."},
		[]string{"What we do on behalf of customers", "Commission: We do this as processor for the customer whose directory is synchronised.", "who tells you what it is", "· as processor for the customer whose directory is synchronised", "we pass your request on to them", "On behalf of our customers: Synchronisation of contacts."}},
	{"the German acts", part(`jurisdiction: DE`),
		[]string{"§§ 34 und 35 BDSG", "TDDDG"}, []string{"sections 34 and 35 BDSG", "TDDDG"}},
}

// Each sentence stands on an entry of the policy: it is there with the entry, and
// gone without it, in both languages.
func TestEachSentenceStandsOnAnEntry(t *testing.T) {
	src := complete(t)
	whole := read(t, []byte(src))
	full := map[string]notice.Notice{"de": notice.Build(whole, "de"), "en": notice.Build(whole, "en")}
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			less := f.without.ReplaceAllStringFunc(src, func(found string) string {
				switch found {
				case "required: contract, data: email":
					return "required: contract"
				case "joint-controller":
					return "third-party"
				case "jurisdiction: DE":
					return "jurisdiction: AT"
				}
				return ""
			})
			if less == src {
				t.Fatal("nothing was taken out")
			}
			p := readLoosely(t, []byte(less))
			for lang, words := range map[string][]string{"de": f.de, "en": f.en} {
				n := notice.Build(p, lang)
				for _, w := range words {
					if !saysPlainly(full[lang], w) {
						t.Errorf("%s: the notice lacks %q", lang, w)
					}
					if saysPlainly(n, w) {
						t.Errorf("%s: %q is said although nothing declares it", lang, w)
					}
				}
			}
		})
	}
}

// saysPlainly is says with every space alike.
func saysPlainly(n notice.Notice, words string) bool {
	return strings.Contains(strings.ReplaceAll(flat(n.Text()), "\u00a0", " "), flat(words))
}

// Nothing empty is said: no term without words, no cell of a table, no key of the
// policy or of the catalog in the place of words.
func TestNothingEmptyIsSaid(t *testing.T) {
	p := read(t, []byte(complete(t)))
	key := regexp.MustCompile(`\b(?:notice|user|essential)\.[a-z_.-]+\b|\{\d\}|  +\.|\.\.|,,| ,|\(\)`)
	for _, lang := range []string{"de", "en"} {
		n := notice.Build(p, lang)
		for _, s := range n.Sections {
			if s.Title == "" {
				t.Errorf("%s: section %s has no title", lang, s.ID)
			}
			for _, b := range s.Blocks {
				each(b, func(para notice.Para) {
					text := ""
					for _, span := range para {
						text += span.Text
					}
					if strings.TrimSpace(text) == "" {
						t.Errorf("%s: %s says nothing somewhere", lang, s.ID)
					}
					if odd := key.FindString(text); odd != "" {
						t.Errorf("%s: %s says %q in %q", lang, s.ID, odd, text)
					}
				})
			}
		}
	}
}

func each(b notice.Block, f func(notice.Para)) {
	if b.Para != nil {
		f(b.Para)
	}
	for _, p := range b.List {
		f(p)
	}
	for _, t := range b.Terms {
		for _, p := range t.Says {
			f(p)
		}
	}
	if b.Table != nil {
		for _, row := range b.Table.Rows {
			for _, p := range row {
				f(p)
			}
		}
	}
}
