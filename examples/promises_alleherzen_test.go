package examples_test

import (
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/i18n"
	"kept/internal/policy"
)

const agency = "alleherzen"

func TestPromise_AH04_EachTransferNamesItsGuarantee(t *testing.T) {
	// Whatever the policy declares: each transfer with its country and guarantee, in the
	// part of whom it goes to; and nothing of it without the declaration.
	guarantees := map[string]both{
		"adequacy": {"Angemessenheitsbeschluss der EU-Kommission", "an adequacy decision of the European Commission"},
		"scc":      {"Standardvertragsklauseln der EU-Kommission. Eine Kopie erhalten Sie von privacy@agentur.example.", "standard contractual clauses of the European Commission. A copy is available from privacy@agentur.example."},
	}
	p, _ := policy.Load("policy.yaml", []byte(source(t, agency)), app.Vocabulary(), today)
	whole := published(t, agency, source(t, agency), "")
	transfers := 0
	for _, r := range p.Recipients {
		for _, transfer := range r.Transfers {
			transfers++
			g, known := guarantees[transfer.Safeguard]
			if !known {
				t.Fatalf("no words for %s", transfer.Safeguard)
			}
			for lang, words := range map[string]string{
				"de": i18n.Country(transfer.To, "de") + ". Grundlage: " + g.de,
				"en": i18n.Country(transfer.To, "en") + ". Safeguard: " + g.en,
			} {
				if !whole[lang].says("recipient-"+r.Key, words) {
					t.Errorf("%s: the part of %s does not say %q", lang, r.Key, words)
				}
			}
		}
		if len(r.Transfers) > 0 && r.Country != "IE" { // whoever is abroad cannot do without
			published(t, agency, without("recipients", r.Key, "transfers")(t, source(t, agency)), "K405")
		}
	}
	if transfers < 10 {
		t.Errorf("%d transfers", transfers)
	}
	tells(t, agency,
		fact{in: "recipient-google", de: "Übermittlung in andere Länder: Vereinigte Staaten. Grundlage: Angemessenheitsbeschluss der EU-Kommission (EU-US Data Privacy Framework). Zuletzt geprüft am 1. Mai 2026.",
			en:  "Transfers to other countries: United States. Safeguard: an adequacy decision of the European Commission (EU-US Data Privacy Framework). Last checked on 1 May 2026.",
			out: without("recipients", "google", "transfers")},
		fact{in: "recipient-microsoft", de: "Eine Kopie erhalten Sie von privacy@agentur.example.", en: "A copy is available from privacy@agentur.example.",
			record: both{"Kopie: privacy@agentur.example", "copy: privacy@agentur.example"}, out: cut(", copy: privacy@agentur.example")},
		fact{in: "summary", de: "Ein Teil davon kann in Länder außerhalb des Europäischen Wirtschaftsraums gelangen: Vereinigte Staaten, Singapur und Vereinigtes Königreich.",
			en:  "Some of it may reach countries outside the European Economic Area: United States, Singapore and United Kingdom.",
			out: cut("      - {to: SG, safeguard: scc, copy: privacy@agentur.example} # clauses cover places beyond the United States\n")},
	)
}

func TestPromise_AH16_AdDataGoesToTheUnitedStatesUnderContract(t *testing.T) {
	const adequacy = "      - {to: US, safeguard: adequacy, framework: DPF, checked: 2026-05-01}\n"
	const clauses = "      - {to: US, safeguard: scc, copy: privacy@agentur.example}\n"
	inReach := func(text string) edit {
		return func(t *testing.T, src string) string {
			before, reach, found := strings.Cut(src, "\n  reach:")
			if !found || !strings.Contains(reach, text) {
				t.Fatalf("reach does not hold %q", text)
			}
			return before + "\n  reach:" + strings.Replace(reach, text, "", 1)
		}
	}
	tells(t, agency,
		fact{in: "recipient-reach", de: "Erhält: Werbung: ", en: "Receives: Advertising: ", out: cut(", reach: [tracking, remarketing]"),
			record: both{"Vertrag zur Auftragsverarbeitung vom 15. Januar 2024 Werbung: ", "data processing agreement of 15 January 2024 Advertising: "}},
		fact{in: "recipient-reach", de: "Vereinigte Staaten. Grundlage: Angemessenheitsbeschluss der EU-Kommission (EU-US Data Privacy Framework).",
			en:     "United States. Safeguard: an adequacy decision of the European Commission (EU-US Data Privacy Framework).",
			record: both{"Reach Werbenetz Ltd. → Vereinigte Staaten: Angemessenheitsbeschluss, Art. 45 DSGVO (DPF)", "Reach Werbenetz Ltd. → United States: adequacy decision, Art. 45 GDPR (DPF)"},
			out:    inReach(adequacy)},
		fact{in: "recipient-reach", de: "Vereinigte Staaten. Grundlage: Standardvertragsklauseln der EU-Kommission.", en: "United States. Safeguard: standard contractual clauses of the European Commission.",
			record: both{"Reach Werbenetz Ltd. → Vereinigte Staaten: Standardvertragsklauseln", "Reach Werbenetz Ltd. → United States: standard contractual clauses"},
			out:    inReach(clauses)},
		fact{in: "recipient-reach", de: "Auftragsverarbeiter: handelt nur auf unsere Weisung, Art. 28 DSGVO. Vertrag zur Auftragsverarbeitung vom 15. Januar 2024.",
			en:     "Processor: acts on our instructions only, Art. 28 GDPR. Data processing agreement of 15 January 2024.",
			record: both{"Reach Werbenetz Ltd.: Vertrag zur Auftragsverarbeitung vom 15. Januar 2024", "Reach Werbenetz Ltd.: data processing agreement of 15 January 2024"},
			out:    without("recipients", "reach", "agreement"), refused: "K403"},
	)
}

func TestPromise_AH32_EachKindOfDataIsDeclaredWhereItIsUsed(t *testing.T) {
	tells(t, agency,
		fact{in: "activity-customers", de: "Kundenverwaltung: Stammdaten, Werbung und Vertrieb", en: "Customer management: master data, advertising and sales",
			record: both{"Stammdaten", "master data"}, out: without("activities", "customers")},
		fact{in: "activity-customers", de: "Daten: Name, Firma, Anschrift, E-Mail-Adresse, Telefonnummer, Werbe- und Vertriebsdaten",
			en:     "Data: name, organisation, postal address, e-mail address, phone number, advertising and sales data",
			record: both{"Werbe- und Vertriebsdaten", "advertising and sales data"},
			out:    all(oneLine("      - {name: sales,"), swap("user.contact.phone_number, sales]", "user.contact.phone_number]"))},
		fact{in: "activity-bookkeeping", de: "Buchhaltung: Abrechnungsdaten", en: "Bookkeeping: billing data", record: both{"Abrechnungsdaten", "billing data"}, out: without("activities", "bookkeeping")},
		fact{in: "activity-bookkeeping", de: "Zahlungen und Rechnungen, Bankverbindung", en: "payments and invoices, bank account",
			record: both{"Bankverbindung", "bank account"}, out: cut(", user.financial.transaction, user.financial.bank_account")},
		fact{in: "activity-credit-check", de: "Daten: Bonität", en: "Data: creditworthiness", record: both{"Bonität user.financial.creditworthiness", "creditworthiness user.financial.creditworthiness"},
			out: without("activities", "credit-check")},
		fact{in: "recipient-credit-agency", de: "Erhält: Bonitätsauskunft: Name, Anschrift", en: "Receives: Credit check: name, postal address",
			record: both{"Auskunft Mitte GmbH (Deutschland): Name, Anschrift", "Auskunft Mitte GmbH (Germany): name, postal address"}, out: without("activities", "credit-check", "recipients")},
	)
}

// Nobody promises it by name, and everybody must tell it: who runs the server.
func TestTheHostIsNamedWithWhatItHolds(t *testing.T) {
	tells(t, agency,
		fact{in: "recipient-hosting", de: "Zugriffsprotokoll: alle Daten dieses Vorgangs", en: "Access log: all data of this activity",
			record: both{"Hosting Beispiel GmbH (Deutschland): IP-Adresse", "Hosting Beispiel GmbH (Germany): IP address"}, out: without("activities", "access-log", "recipients")},
		fact{in: "recipient-hosting", de: "Hosting: betreibt als Auftragsverarbeiter nach Art. 28 DSGVO die Server", en: "Hosting: as a processor under Art. 28 GDPR, runs the servers",
			record: both{"Auftragsverarbeiter (Hosting)", "processor (hosting)"}, out: swap("role: hosting", "role: affiliate"), refused: "K410"},
		fact{in: "activity-access-log", de: "Hosting Beispiel GmbH: alle Daten dieses Vorgangs", en: "Hosting Beispiel GmbH: all data of this activity",
			record: both{"Hosting Beispiel GmbH (Deutschland): IP-Adresse", "Hosting Beispiel GmbH (Germany): IP address"}, out: without("activities", "access-log", "recipients")},
	)
}

func TestPromise_AH33_TheChainIsNamedToItsEnd(t *testing.T) {
	tells(t, agency,
		fact{in: "recipient-google", de: "Google Ireland Limited", en: "Google Ireland Limited", record: same("Google Ireland Limited"),
			out: all(without("recipients", "google"), without("services", "video"), without("services", "measuring"), without("activities", "google-meet"))},
		fact{in: "recipient-google", de: "Gibt weiter an: Google LLC", en: "Passes on to: Google LLC", record: both{"erhält Daten über Google Ireland Limited (Irland)", "receives data through Google Ireland Limited (Ireland)"},
			out: oneLine("    via: [google-llc] # the chain is named to its end")},
		fact{in: "recipient-google-llc", de: "Google LLC Art des Empfängers: Rechenzentren", en: "Google LLC Kind of recipient: data centres", record: same("Google LLC 1600 Amphitheatre Parkway"),
			out: all(without("recipients", "google-llc"), cut("    via: [google-llc]"), without("recipients", "alphabet"))},
		fact{in: "recipient-google-llc", de: "Gibt weiter an: Alphabet Inc.", en: "Passes on to: Alphabet Inc.", record: same("Alphabet Inc."),
			out: all(without("recipients", "alphabet"), cut("    via: [alphabet]\n"))},
		fact{in: "recipient-alphabet", de: "Erhält: Was Google LLC weitergibt.", en: "Receives: What Google LLC passes on.", record: same("Alphabet Inc."),
			out: all(without("recipients", "alphabet"), cut("    via: [alphabet]\n"))},
		fact{in: "recipient-google-llc", de: "Singapur. Grundlage: Standardvertragsklauseln der EU-Kommission.", en: "Singapore. Safeguard: standard contractual clauses of the European Commission.",
			record: both{"Singapur", "Singapore"}, out: cut("      - {to: SG, safeguard: scc, copy: privacy@agentur.example} # clauses cover places beyond the United States\n")},
	)
}

func TestPromise_AH38_WhereTeamsDataLiesAndWhatMicrosoftAnswersFor(t *testing.T) {
	tells(t, agency,
		fact{in: "recipient-microsoft", de: "Rechenzentren in: Irland, Niederlande Erhält: Videokonferenzen mit Microsoft Teams:", en: "Data centres in: Ireland, Netherlands Receives: Video meetings with Microsoft Teams:",
			record: both{"Irland Niederlande", "Ireland Netherlands"}, out: oneLine("    storage: [IE, NL]")},
		fact{in: "recipient-microsoft",
			de:     "Für eigene Zwecke: verarbeitet Daten für eigene Geschäftszwecke als eigener Verantwortlicher Dafür ist Microsoft Ireland Operations Limited selbst verantwortlich.",
			en:     "For its own purposes: processes data for its own business purposes as a controller of its own Microsoft Ireland Operations Limited answers for this itself.",
			record: both{"verarbeitet Daten für eigene Geschäftszwecke als eigener Verantwortlicher", "processes data for its own business purposes as a controller of its own"},
			out:    without("recipients", "microsoft", "own_purposes")},
	)
}

func TestPromise_AH39_TheAssistantsProviderAndItsChain(t *testing.T) {
	ofFathom := func(text string) edit {
		return func(t *testing.T, src string) string {
			before, fathom, found := strings.Cut(src, "\n  fathom:")
			if !found || !strings.Contains(fathom, text) {
				t.Fatalf("fathom does not hold %q", text)
			}
			return before + "\n  fathom:" + strings.Replace(fathom, text, "", 1)
		}
	}
	tells(t, agency,
		fact{in: "recipient-fathom", de: "Auftragsverarbeiter: handelt nur auf unsere Weisung, Art. 28 DSGVO. Vertrag zur Auftragsverarbeitung vom 15. Januar 2024.",
			en:     "Processor: acts on our instructions only, Art. 28 GDPR. Data processing agreement of 15 January 2024.",
			record: both{"Fathom Video Inc.: Vertrag zur Auftragsverarbeitung vom 15. Januar 2024", "Fathom Video Inc.: data processing agreement of 15 January 2024"},
			out:    without("recipients", "fathom", "agreement"), refused: "K403"},
		fact{in: "recipient-fathom", de: "Vereinigte Staaten. Grundlage: Standardvertragsklauseln der EU-Kommission. Eine Kopie erhalten Sie von privacy@agentur.example.",
			en:     "United States. Safeguard: standard contractual clauses of the European Commission. A copy is available from privacy@agentur.example.",
			record: both{"Fathom Video Inc. → Vereinigte Staaten: Standardvertragsklauseln", "Fathom Video Inc. → United States: standard contractual clauses"},
			out:    without("recipients", "fathom", "transfers"), refused: "K405"},
		fact{in: "recipient-fathom", de: "Gibt weiter an: Google LLC", en: "Passes on to: Google LLC",
			record: both{"erhält Daten über Fathom Video Inc. (Vereinigte Staaten)", "receives data through Fathom Video Inc. (United States)"}, out: ofFathom("    via: [google-llc]\n")},
		fact{in: "recipient-google-llc", de: "Was Fathom Video Inc. weitergibt.", en: "What Fathom Video Inc. passes on.", out: ofFathom("    via: [google-llc]\n")},
	)
}
