package examples_test

import (
	"strings"
	"testing"
)

const conference = "conference-tools"

// tool is a conference tool: its activity, and the recipient behind it.
type tool struct{ activity, recipient, name, address, notice, short string }

var tools = []tool{
	{"teams", "microsoft", "Microsoft Ireland Operations Limited", "One Microsoft Place, South County Business Park, Leopardstown, Dublin 18", "https://privacy.microsoft.com/privacystatement", "Microsoft"},
	{"zoom", "zoom", "Zoom Communications, Inc.", "55 Almaden Boulevard, San Jose, CA 95113", "https://www.zoom.com/en/trust/privacy/privacy-statement/", "Zoom"},
	{"google-meet", "google", "Google Ireland Limited", "Gordon House, Barrow Street, Dublin 4", "https://policies.google.com/privacy", "Google"},
}

// within edits the entry that begins with start, down to the next empty line.
func within(start string, e edit) edit {
	return func(t *testing.T, src string) string {
		t.Helper()
		at := strings.Index(src, start)
		if at < 0 {
			t.Fatalf("the policy does not hold %q", start)
		}
		end := len(src)
		if n := strings.Index(src[at:], "\n\n"); n >= 0 {
			end = at + n + 1
		}
		return src[:at] + e(t, src[at:end]) + src[end:]
	}
}

func (x tool) entry(e edit) edit    { return within("\n  "+x.activity+":\n    kind: meetings", e) }
func (x tool) provider(e edit) edit { return within("\n  "+x.recipient+":\n    name:", e) }

func TestPromise_CT03_SharedContentIsStoredAtTheProvider(t *testing.T) {
	for _, x := range tools {
		tells(t, conference,
			fact{in: "activity-" + x.activity,
				de:  "im Dienst geteilte und bei dessen Anbieter gespeicherte Inhalte (Chatnachrichten, Sprachnachrichten, Fotos und Videos, Dateien, Whiteboards)",
				en:  "content shared in the tool and stored at its provider (chat messages, voicemail, photos and videos, files, whiteboards)",
				out: x.entry(cut(", content"))},
			fact{in: "recipient-" + x.recipient,
				de:  "gespeicherte Inhalte (Chatnachrichten, Sprachnachrichten, Fotos und Videos, Dateien, Whiteboards)",
				en:  "stored at its provider (chat messages, voicemail, photos and videos, files, whiteboards)",
				out: x.entry(cut(", content"))},
			fact{in: "recipient-" + x.recipient, de: "aufgezeichneter Ton, aufgezeichnetes Bild", en: "recorded sound, recorded image", out: x.entry(swap(", recording]", "]"))},
			fact{in: "activity-" + x.activity, de: "Rechenzentren von " + x.short, en: "data centres of " + x.short,
				out: x.entry(oneLine("        place: ")), refused: "K128"},
		)
	}
	tells(t, conference, fact{de: "Whiteboards", en: "whiteboards", record: both{"Whiteboards", "whiteboards"}, out: cut(", content")})
}

func TestPromise_CT04_ContractFasterCommunicationOrConsent(t *testing.T) {
	const interest = `      - basis: legitimate-interests
        for: {de: Konferenzen mit anderen als Vertragspartnern, en: conferences with others than contract partners}
        interest: {de: schnellere Verständigung, en: faster communication}
`
	const consent = `      - basis: consent
        for: {de: Aufzeichnungen, en: recordings}
`
	for _, x := range tools {
		part := "activity-" + x.activity
		tells(t, conference,
			fact{in: part, de: "Rechtsgrundlage: Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO", en: "Legal basis: a contract or steps towards one, Art. 6(1)(b) GDPR",
				out: x.entry(cut("    basis: contract\n")), refused: "K112"},
			fact{in: part,
				de:  "Außerdem (Konferenzen mit anderen als Vertragspartnern): berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO. Unser Interesse: schnellere Verständigung.",
				en:  "In addition (conferences with others than contract partners): legitimate interests, Art. 6(1)(f) GDPR. Our interest: faster communication.",
				out: x.entry(cut(interest))},
			fact{in: part, de: "Außerdem (Aufzeichnungen): Ihre Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO. Wir fragen Sie dann gesondert.",
				en:  "In addition (recordings): your consent, Art. 6(1)(a) GDPR. We then ask you separately.",
				out: x.entry(cut(consent)), refused: "K220"},
		)
	}
	tells(t, conference,
		fact{in: "rights",
			de:  "Widerruf, Art. 7 Abs. 3 DSGVO: Ihre Einwilligung nehmen Sie jederzeit zurück; dafür genügt eine Nachricht an privacy@musterwerke.example. Der Widerruf gilt für die Zukunft: Was bis dahin geschah, bleibt rechtmäßig.",
			en:  "Withdrawal, Art. 7(3) GDPR: You take back your consent at any time; a message is enough, to privacy@musterwerke.example. The withdrawal takes effect for the future: what was done before stays lawful.",
			out: cut(consent), refused: "K220"},
		fact{de: "schnellere Verständigung", en: "faster communication", record: both{"Interesse: schnellere Verständigung", "interest: faster communication"}, out: cut(interest)},
		fact{de: "(Aufzeichnungen): Ihre Einwilligung", en: "(recordings): your consent", record: both{"a DSGVO; für: Aufzeichnungen", "Art. 6(1)(a) GDPR; for: recordings"},
			out: cut(consent), refused: "K220"},
	)
}

func TestPromise_CT06_EachToolIsListedWithWhatBindsIt(t *testing.T) {
	for _, x := range tools {
		part := "recipient-" + x.recipient
		tells(t, conference,
			fact{in: part, de: x.name + " Art des Empfängers: Konferenzdienst", en: x.name + " Kind of recipient: conference tool", record: same(x.name),
				out: all(without("recipients", x.recipient), without("activities", x.activity))},
			fact{in: part, de: "Anschrift: " + x.address, en: "Address: " + x.address, record: same(x.name + " " + x.address), out: x.provider(oneLine("    address: "))},
			fact{in: part, de: "Eigene Datenschutzerklärung: " + x.notice, en: "Its own privacy notice: " + x.notice, record: same(x.notice), out: x.provider(oneLine("    notice: "))},
			fact{in: part, de: "Angemessenheitsbeschluss der EU-Kommission (EU-US Data Privacy Framework). Zuletzt geprüft am 1. Juni 2026.",
				en:     "an adequacy decision of the European Commission (EU-US Data Privacy Framework). Last checked on 1 June 2026.",
				record: both{x.name + " → Vereinigte Staaten: Angemessenheitsbeschluss, Art. 45 DSGVO (DPF), geprüft am 1. Juni 2026", x.name + " → United States: adequacy decision, Art. 45 GDPR (DPF), checked on 1 June 2026"},
				out:    x.provider(oneLine("framework: DPF"))},
			fact{in: part, de: "Vertrag zur Auftragsverarbeitung vom 15. September 2023.", en: "Data processing agreement of 15 September 2023.",
				record: both{x.name + ": Vertrag zur Auftragsverarbeitung vom 15. September 2023", x.name + ": data processing agreement of 15 September 2023"},
				out:    x.provider(oneLine("    agreement: ")), refused: "K403"},
		)
	}
}

func TestPromise_CT07_WhatTheOperatorKeepsIsOutsideOurReach(t *testing.T) {
	own := map[string]both{
		"microsoft": {"speichert Nutzungs- und Diagnosedaten für eigene Geschäftszwecke", "keeps usage and diagnostic data for its own business purposes"},
		"zoom":      {"speichert Konto- und Diagnosedaten, um abzurechnen und seinen Dienst zu sichern", "keeps account and diagnostic data for billing and for the security of its service"},
		"google":    {"speichert Daten über den Betrieb des Dienstes, um ihn zu verbessern und zu sichern", "keeps data about the operation of the service to improve and secure it"},
	}
	for _, x := range tools {
		tells(t, conference, fact{in: "recipient-" + x.recipient,
			de:     "Für eigene Zwecke: " + own[x.recipient].de + " Dafür ist " + x.name + " selbst verantwortlich. Wir haben darauf keinen Einfluss.",
			en:     "For its own purposes: " + own[x.recipient].en + " " + x.name + " answers for this itself. We have no influence on it.",
			record: own[x.recipient], out: without("recipients", x.recipient, "own_purposes")})
	}
}
