package examples_test

import "testing"

const sync = "contactsync"

func TestPromise_CS05_NothingPersonalBeyondThisIsCollected(t *testing.T) {
	tells(t, sync,
		fact{in: "behalf", de: "Wir nennen hier, was wir für ihn tun; mehr personenbezogene Daten als hier genannt erheben wir dabei nicht.",
			en:  "Here we say what we do for them; no personal data beyond what is named here is collected in doing so.",
			out: without("activities", "contact-sync")},
		// What is named: the list from its first to its last word.
		fact{in: "activity-contact-sync",
			de: "Daten: Kennungen im Verzeichnis (Objektkennung, Kennung von Benutzern und Gruppen im Verzeichnis), Kontaktdaten mit Foto (Name, Firma, Abteilung und Büro, Position, E-Mail-Adressen, Telefonnummern, Anschrift, Webadresse, Geburtstag, Notiz, Kontaktfoto), " +
				"Zugang zum Exchange-Server (Name des Dienstkontos, AES-256-verschlüsseltes Passwort des Dienstkontos, AES-256-verschlüsselte Postfachadressen, Adresse der administrierenden Person), Protokoll der Läufe Zeitpunkt:",
			en: "Data: ids in the directory (object id, id of users and groups in the directory), contact data with the photo (name, company, department and office, job title, e-mail addresses, phone numbers, address, web address, birthday, note, contact photo), " +
				"access to the Exchange Server (name of the service account, AES-256 encrypted password of the service account, AES-256 encrypted mailbox addresses, address of the administrator), log of the runs Moment:",
			record: both{"Name des Dienstkontos", "name of the service account"},
			out:    swap("[directory, contact, server, log]", "[directory, contact, log]")},
		// Whatever the entry does not list, the notice does not name.
		fact{in: "activity-contact-sync", de: "Kontaktfoto", en: "contact photo", record: both{"Kontaktfoto", "contact photo"},
			out: all(swap("[directory, contact, server, log]", "[directory, server, log]"), swap("microsoft: [directory, contact]", "microsoft: [directory]"))},
	)
	for lang, words := range map[string]string{
		"de": "Mehr als hier steht, geschieht nicht: Felder, die nicht genannt sind, werden nicht gespeichert.",
		"en": "Nothing happens beyond what is said here: a field that is not named is not stored.",
	} {
		if !published(t, sync, source(t, sync), "")[lang].says("activities", words) {
			t.Errorf("%s: the notice does not say %q", lang, words)
		}
	}
}

func TestPromise_CS14_TheVersionIsIdentified(t *testing.T) {
	tells(t, sync,
		fact{in: "version",
			de:     "Diese Erklärung hat die Fassung 1. November 2025. Ändert sie sich, erhält sie eine neue; frühere bleiben lesbar: Alle Fassungen (/privacy/versions).",
			en:     "This notice has the version 1 November 2025. If it changes, it gets a new one; earlier ones stay readable: All versions (/privacy/versions).",
			record: both{"1. November 2025", "1 November 2025"}, out: oneLine("  version: 2025-11-01"), refused: "K112"},
		fact{de: "Datenschutzerklärung ==================== Fassung vom 1. November 2025", en: "Privacy notice ============== Version of 1 November 2025",
			out: oneLine("  version: 2025-11-01"), refused: "K112"},
	)
}

func TestPromise_CS15_BeyondTheLawOnlyOnExpressConsent(t *testing.T) {
	tells(t, sync,
		fact{in: "summary", de: "Nur mit Ihrer ausdrücklichen Einwilligung: Nutzung der Anwendung und Besuchsstatistik.", en: "Only with your express consent: Use of the application and Visitor statistics.",
			out: without("activities", "analytics")},
		fact{in: "summary", de: "Ohne Ihre Einwilligung nur, was nötig oder erlaubt ist: Kundenkonto, Abonnement, Zugriffsprotokoll,", en: "Without your consent, only what is needed or permitted: Customer account, Subscription, Access log,",
			out: without("activities", "access-log")},
		fact{in: "activity-analytics", de: "Rechtsgrundlage: Ihre ausdrückliche Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", en: "Legal basis: your express consent, Art. 6(1)(a) GDPR", out: without("activities", "analytics")},
		fact{in: "activity-analytics", de: "Zeitpunkt: erst nach Ihrer Einwilligung", en: "Moment: only after you have consented", out: without("activities", "analytics")},
		fact{in: "activity-app-usage", de: "Rechtsgrundlage: Ihre ausdrückliche Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", en: "Legal basis: your express consent, Art. 6(1)(a) GDPR",
			record: both{"Nutzung der Anwendung Statistik des Betriebs ausdrückliche Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", "Use of the application statistics of operation express consent, Art. 6(1)(a) GDPR"}, out: without("activities", "app-usage")},
		fact{in: "activity-app-usage", de: "Zeitpunkt: erst nach Ihrer Einwilligung", en: "Moment: only after you have consented", out: without("activities", "app-usage")},
		// With no such entry left there is no other: nothing is said to need consent.
		fact{in: "summary", de: "Nur mit Ihrer ausdrücklichen Einwilligung:", en: "Only with your express consent:", out: all(without("activities", "analytics"), without("activities", "app-usage"))},
	)
	// An entry that was to run without the consent is refused.
	published(t, sync, within("\n  analytics:\n", all(swap("basis: consent\n    explicit: true # (CS15)\n    group: statistics", "basis: contract"), oneLine("on_withdrawal")))(t, source(t, sync)), "K206")
}
