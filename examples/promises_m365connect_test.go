package examples_test

import (
	"strings"
	"testing"
)

const connect = "m365connect"

func TestPromise_MC01_TheControllerAndTheOfficerCanBeReached(t *testing.T) {
	line := func(text string) edit { return cut("  " + text + "\n") }
	tells(t, connect,
		fact{in: "controller", de: "Name: Verbindung Software GmbH", en: "Name: Verbindung Software GmbH", record: same("Verbindung Software GmbH"),
			out: line("name: Verbindung Software GmbH"), refused: "K112"},
		fact{in: "controller", de: "Anschrift: Lindenallee 8, 50968 Köln", en: "Address: Lindenallee 8, 50968 Köln", record: same("Lindenallee 8, 50968 Köln"),
			out: line("address: Lindenallee 8, 50968 Köln"), refused: "K112"},
		fact{in: "controller", de: "E-Mail: info@m365connect.example", en: "E-mail: info@m365connect.example", record: same("info@m365connect.example"),
			out: line("email: info@m365connect.example"), refused: "K112"},
		fact{in: "controller", de: "Telefon: +49 221 000000", en: "Phone: +49 221 000000", record: both{"Telefon +49 221 000000", "Phone +49 221 000000"},
			out: line("phone: +49 221 000000")},
		fact{in: "controller", de: "unsere datenschutzbeauftragte Person: Name: Beauftragte für Datenschutz E-Mail: dpo@m365connect.example",
			en:     "Our data protection officer helps you with questions about your data: Name: Beauftragte für Datenschutz E-mail: dpo@m365connect.example",
			record: same("Beauftragte für Datenschutz dpo@m365connect.example"), out: without("controller", "officer")},
	)
}

func TestPromise_MC04_EachUseStatesItsBasis(t *testing.T) {
	tells(t, connect,
		// Running and defending the site, and signing users in: Art. 6(1)(f).
		fact{in: "activity-access-log",
			de:     "Rechtsgrundlage: berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO Unser Interesse: die Website zu betreiben und zu verteidigen.",
			en:     "Legal basis: legitimate interests, Art. 6(1)(f) GDPR Our interest: running and defending the site.",
			record: both{"f DSGVO; Interesse: die Website zu betreiben und zu verteidigen", "Art. 6(1)(f) GDPR; interest: running and defending the site"},
			out:    without("activities", "access-log")},
		fact{in: "activity-account",
			de:     "Rechtsgrundlage: berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO Unser Interesse: nur Berechtigte anzumelden.",
			en:     "Legal basis: legitimate interests, Art. 6(1)(f) GDPR Our interest: signing in nobody but those entitled.",
			record: both{"f DSGVO; Interesse: nur Berechtigte anzumelden", "Art. 6(1)(f) GDPR; interest: signing in nobody but those entitled"},
			out:    without("activities", "account")},
		// Online services, enquiries and requested marketing: Art. 6(1)(b) and (f).
		fact{in: "activity-account",
			de:     "Außerdem (Nutzung der Online-Dienste): Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO.",
			en:     "In addition (use of the online services): a contract or steps towards one, Art. 6(1)(b) GDPR.",
			record: both{"b DSGVO; für: Nutzung der Online-Dienste", "Art. 6(1)(b) GDPR; for: use of the online services"},
			out:    without("activities", "account", "also")},
		fact{in: "activity-contact",
			de:     "Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO Außerdem (Anfragen ohne Vertragsbezug und angeforderte Werbung): berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO. Unser Interesse: zu beantworten und zu senden, worum Sie uns bitten.",
			en:     "a contract or steps towards one, Art. 6(1)(b) GDPR In addition (enquiries that concern no contract and requested marketing): legitimate interests, Art. 6(1)(f) GDPR. Our interest: answering and sending what you ask us for.",
			record: both{"für: Anfragen ohne Vertragsbezug und angeforderte Werbung; Interesse: zu beantworten und", "for: enquiries that concern no contract and requested marketing; interest: answering and"},
			out:    without("activities", "contact", "also")},
		fact{in: "overview",
			de:  "Buchst. b DSGVO; außerdem (Anfragen ohne Vertragsbezug und angeforderte Werbung): berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO",
			en:  "Art. 6(1)(b) GDPR; in addition (enquiries that concern no contract and requested marketing): legitimate interests, Art. 6(1)(f) GDPR",
			out: without("activities", "contact", "also")},
		// Anything beyond: consent, Art. 6(1)(a).
		fact{in: "activity-analytics", de: "Rechtsgrundlage: Ihre Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", en: "Legal basis: your consent, Art. 6(1)(a) GDPR",
			record: both{"Besuchsstatistik Statistik Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", "Visitor statistics statistics consent, Art. 6(1)(a) GDPR"},
			out:    without("activities", "analytics")},
		fact{in: "summary", de: "Nur mit Ihrer Einwilligung: Gemerkte Eingaben, Besuchsstatistik,", en: "Only with your consent: Remembered input, Visitor statistics,",
			out: without("activities", "analytics")},
	)
}

// No use of data is without its basis: the overview has one for each.
func TestEachLineOfTheOverviewEndsInABasis(t *testing.T) {
	for _, system := range systems {
		for lang, words := range map[string][]string{
			"de": {"Art. 6 Abs. 1 Buchst. ", "notwendig, ohne Einwilligung", "als Auftragsverarbeiter für"},
			"en": {"Art. 6(1)(", "necessary, without consent", "as processor for"},
		} {
			for _, s := range published(t, system, source(t, system), "")[lang].notice.Sections {
				if s.ID != "overview" {
					continue
				}
				for _, row := range s.Blocks[0].Table.Rows {
					why := flat(row[len(row)-1][0].Text)
					found := false
					for _, w := range words {
						found = found || strings.Contains(why, w)
					}
					if !found {
						t.Errorf("%s, %s: no basis in %q: %q", system, lang, row[0][0].Text, why)
					}
				}
			}
		}
	}
}

func TestPromise_MC08_EveryCookieIsInTheTable(t *testing.T) {
	entry := func(name string) edit { return oneLine("{name: " + name + ",") }
	tells(t, connect,
		fact{in: "cookies", de: "kept_choice Anbieter: Verbindung Software GmbH Zweck: merkt sich Ihre Wahl Dauer: 6 Monate Gruppe: notwendig, ohne Einwilligung",
			en:     "kept_choice Provider: Verbindung Software GmbH Purpose: remembers your choice Lifetime: 6 months Group: necessary, without consent",
			record: both{"kept_choice Cookie Einwilligung merkt sich Ihre Wahl 6 Monate", "kept_choice cookie Consent remembers your choice 6 months"}, out: entry("kept_choice"), refused: "K506"},
		fact{in: "cookies", de: "kept_once Anbieter: Verbindung Software GmbH Zweck: lädt einen Inhalt einmal Dauer: bis Sie den Browser schließen Gruppe: notwendig, ohne Einwilligung",
			en:     "kept_once Provider: Verbindung Software GmbH Purpose: loads one item once Lifetime: until you close the browser Group: necessary, without consent",
			record: both{"kept_once Cookie", "kept_once cookie"}, out: entry("kept_once"), refused: "K506"},
		fact{in: "cookies", de: "returning Anbieter: Verbindung Software GmbH Zweck: erkennt Sie bei der Rückkehr Dauer: 30 Tage Gruppe: Komfort",
			en:     "returning Provider: Verbindung Software GmbH Purpose: recognises you when you return Lifetime: 30 days Group: Comfort",
			record: both{"returning Cookie", "returning cookie"}, out: entry("returning")},
		fact{in: "cookies", de: "form_input Anbieter: Verbindung Software GmbH Zweck: stellt frühere Eingaben wieder her Dauer: 30 Tage Gruppe: Komfort",
			en:     "form_input Provider: Verbindung Software GmbH Purpose: restores earlier input Lifetime: 30 days Group: Comfort",
			record: both{"form_input Cookie", "form_input cookie"}, out: entry("form_input")},
		fact{in: "cookies", de: "kept_visitor Anbieter: Verbindung Software GmbH Zweck: erkennt Ihren Browser unter einer zufälligen Nummer wieder Dauer: 13 Monate Gruppe: Statistik",
			en:     "kept_visitor Provider: Verbindung Software GmbH Purpose: recognises your browser under a random number Lifetime: 13 months Group: Statistics",
			record: both{"kept_visitor Cookie", "kept_visitor cookie"}, out: without("activities", "analytics")},
		fact{in: "cookies", de: "kept_session Anbieter: Verbindung Software GmbH Zweck: hält Sie angemeldet Dauer: bis Sie den Browser schließen Gruppe: notwendig, ohne Einwilligung",
			en:     "kept_session Provider: Verbindung Software GmbH Purpose: keeps you signed in Lifetime: until you close the browser Group: necessary, without consent",
			record: both{"kept_session Cookie", "kept_session cookie"}, out: without("activities", "account")},
		fact{in: "cookies", de: "stream_session Anbieter: Streams Video B.V. Zweck: hält die Wiedergabe zusammen Dauer: bis Sie den Browser schließen Gruppe: Medien",
			en:     "stream_session Provider: Streams Video B.V. Purpose: holds the playback together Lifetime: until you close the browser Group: Media",
			record: both{"stream_session Cookie", "stream_session cookie"}, out: without("services", "video", "cookies")},
	)
}

func TestPromise_MC14_TheMailingProviderIsListedAsProcessor(t *testing.T) {
	tells(t, connect,
		fact{in: "recipient-mailing",
			de:     "Briefkasten Mailing GmbH Art des Empfängers: Versand von Newslettern Rolle: Auftragsverarbeiter: handelt nur auf unsere Weisung, Art. 28 DSGVO. Vertrag zur Auftragsverarbeitung vom 10. Januar 2023.",
			en:     "Briefkasten Mailing GmbH Kind of recipient: newsletter dispatch Role: Processor: acts on our instructions only, Art. 28 GDPR. Data processing agreement of 10 January 2023.",
			record: both{"Auftragsverarbeiter Versand von Newslettern Deutschland Vertrag zur Auftragsverarbeitung vom 10. Januar 2023", "processor newsletter dispatch Germany data processing agreement of 10 January 2023"},
			out:    noMailing},
		fact{de: "Briefkasten Mailing GmbH", en: "Briefkasten Mailing GmbH", record: same("Briefkasten Mailing GmbH"), out: noMailing},
		fact{in: "recipient-mailing", de: "Vertrag zur Auftragsverarbeitung vom 10. Januar 2023.", en: "Data processing agreement of 10 January 2023.",
			out: without("recipients", "mailing", "agreement"), refused: "K403"},
	)
}

// noMailing takes out the mailing provider and what is handed to it.
var noMailing = all(without("recipients", "mailing"), cut(", mailing: [email, name, company]"), cut("      dispatch: {mailing: {protocol: smtp}}\n"))

func TestPromise_MC30_ComplaintAndNoDecisionByAutomation(t *testing.T) {
	tells(t, connect,
		fact{in: "complaint",
			de:     "Sind Sie mit etwas nicht einverstanden, können Sie sich bei jeder Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO). Für uns zuständig ist: Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen (https://www.ldi.nrw.de).",
			en:     "If you disagree with something, you can complain to any data protection authority (Art. 77 GDPR). The authority responsible for us is: Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen (https://www.ldi.nrw.de).",
			record: same("Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen"), out: without("controller", "authority")},
		// No entry declares a decision: the sentence stands on that, and falls with one.
		fact{in: "decisions", de: "Es gibt keine. Niemand wird allein durch eine Maschine beurteilt, und es gibt kein Profil mit rechtlicher Wirkung (Art. 22 DSGVO).",
			en:  "There are none. Nobody is judged by a machine alone, and there is no profile with legal effect (Art. 22 GDPR).",
			out: deciding},
	)
}

// deciding lets a program decide who gets an account.
var deciding = swap("    settings:\n      sign_in: [password]\n", `    settings:
      sign_in: [password]
    decision:
      kind: decision
      logic: {de: Punkte aus den Angaben, en: points from what you state}
      consequences: {de: kein Konto unter 50 Punkten, en: no account below 50 points}
      ground: contract
`)

func TestPromise_MC31_WhatMustBeProvidedAndTheVersionsDate(t *testing.T) {
	tells(t, connect,
		fact{in: "provision",
			de:     "Kundenkonto: Der Vertrag verlangt diese Angaben: Vor- und Nachname, E-Mail-Adresse, Passwort (als Prüfwert). Ohne sie gibt es kein Konto.",
			en:     "Customer account: The contract requires this data: first and last name, e-mail address, password (hashed). Without it there is no account.",
			record: both{"Ohne sie gibt es kein Konto.", "Without it there is no account."}, out: without("activities", "account", "provision")},
		fact{in: "provision",
			de:     "Nachrichten an uns: Wir brauchen diese Angaben: E-Mail-Adresse, Nachricht. Ohne Ihre Adresse können wir nicht antworten.",
			en:     "Messages to us: We need this data: e-mail address, message. Without your address we cannot answer.",
			record: both{"Ohne Ihre Adresse können wir nicht antworten.", "Without your address we cannot answer."}, out: without("activities", "contact", "provision")},
		fact{in: "version", de: "Diese Erklärung hat die Fassung 1. Juni 2025.", en: "This notice has the version 1 June 2025.", record: both{"1. Juni 2025", "1 June 2025"},
			out: oneLine("  version: 2025-06-01"), refused: "K112"},
		fact{de: "Datenschutzerklärung ==================== Fassung vom 1. Juni 2025", en: "Privacy notice ============== Version of 1 June 2025",
			out: oneLine("  version: 2025-06-01"), refused: "K112"},
	)
}

func TestPromise_MC32_TheNetworksStatisticsAreDeclaredWithTheNetwork(t *testing.T) {
	own := without("recipients", "network", "own_purposes")
	tells(t, connect,
		fact{in: "activity-social",
			de:     "Daten: Zahlen zur Nutzung der Seite (anonymisierte Aktivität auf der Seite, Zahl der Aufrufe,",
			en:     "Data: figures on the use of the page (anonymised activity on the page, number of views,",
			record: both{"Zahl der Aufrufe", "number of views"}, out: swap("[statistics, messages]", "[messages]"), refused: "K305"},
		fact{in: "activity-social", de: "Herkunft der Daten: das soziale Netzwerk", en: "Where the data comes from: the social network",
			record: both{"Herkunft der Daten Dritte das soziale Netzwerk", "Source of the data others the social network"},
			out:    oneLine("    origin: {de: das soziale Netzwerk"), refused: "K324"},
		fact{in: "recipient-network",
			de: "Rolle: Dritter: ist für die eigene Verarbeitung selbst verantwortlich.",
			en: "Role: Third party: answers for its own processing itself.", out: all(without("recipients", "network"), cut("    recipients: {network: [messages]}\n"))},
		fact{in: "recipient-network",
			de:     "Für eigene Zwecke: erhebt die Nutzung unserer Seite als eigener Verantwortlicher und gibt uns Statistiken daraus Dafür ist Agora Netzwerk Ltd. selbst verantwortlich. Wir haben darauf keinen Einfluss.",
			en:     "For its own purposes: collects the use of our page as a controller of its own and gives us statistics of it Agora Netzwerk Ltd. answers for this itself. We have no influence on it.",
			record: both{"erhebt die Nutzung unserer Seite als eigener Verantwortlicher und gibt uns Statistiken daraus", "collects the use of our page as a controller of its own and gives us statistics of it"}, out: own},
	)
}

func TestPromise_MC34_ADecisionInASingleCaseIsToldSeparately(t *testing.T) {
	// The sentence promises to tell of a departure from "there are none": with one
	// declared there is none to depart from, and the decision is told with its rights.
	const none = "Niemand wird allein durch eine Maschine beurteilt, und es gibt kein Profil mit rechtlicher Wirkung (Art. 22 DSGVO). "
	const nobody = "Nobody is judged by a machine alone, and there is no profile with legal effect (Art. 22 GDPR). "
	tells(t, connect, fact{in: "decisions",
		de:  none + "Sollten wir im Einzelfall davon abweichen, sagen wir es Ihnen vorher gesondert und nennen Ihre Rechte dabei.",
		en:  nobody + "Should we depart from this in a single case, we tell you separately beforehand and name your rights.",
		out: deciding})
	told := published(t, connect, deciding(t, source(t, connect)), "")
	for lang, words := range map[string]string{
		"de": "Kundenkonto: Hier entscheidet ein Programm, ohne dass ein Mensch mitwirkt. So kommt das Ergebnis zustande: Punkte aus den Angaben. Das bedeutet es für Sie: kein Konto unter 50 Punkten. Zulässig ist es, weil der Vertrag mit Ihnen es erfordert (Art. 22 Abs. 2 Buchst. a DSGVO). Sie können verlangen, dass ein Mensch prüft,",
		"en": "Customer account: Here a program decides, without a person taking part. How the result comes about: points from what you state. What it means for you: no account below 50 points.",
	} {
		if !told[lang].says("decisions", words) {
			t.Errorf("%s: a declared decision is not told:\n%s", lang, told[lang].part("decisions"))
		}
	}
}
