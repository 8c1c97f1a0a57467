package contactsync

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "contact-sync"

// usualBrake is the share of contacts that one run may remove unless a person
// confirms it.
const usualBrake = 0.1

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Synchronising contacts", "de": "Abgleich von Kontakten"},
		About: policy.Text{
			"en": "The contacts of a directory appear in the mailboxes that the customer chooses, and stay up to date.",
			"de": "Die Kontakte eines Verzeichnisses erscheinen in den Postfächern, die der Kunde wählt, und bleiben aktuell.",
		},
		When:   policy.Text{"en": "when a synchronisation runs", "de": "wenn ein Abgleich läuft"},
		People: []string{"employee", "contact_person"},
		Fields: fields(),
		Sets: []policy.Set{
			{Name: "directory", Fields: []string{"object_id", "directory_id"}, Title: policy.Text{"en": "ids in the directory", "de": "Kennungen im Verzeichnis"}},
			{Name: "contact", Fields: []string{"name", "company", "department", "job_title", "emails", "phones", "address", "website", "birthday", "note", "photo"},
				Title: policy.Text{"en": "contact data with the photo", "de": "Kontaktdaten mit Foto"}},
			{Name: "server", Fields: []string{"service_account", "service_password", "mailboxes", "administrator"},
				Title: policy.Text{"en": "access to the Exchange Server", "de": "Zugang zum Exchange-Server"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the run", "de": "der Abgleich"}},
			{Name: "removed", Title: policy.Text{"en": "the removal from the source or the selection", "de": "das Entfernen aus Quelle oder Auswahl"}},
			{Name: "expiry", Title: policy.Text{"en": "the expiry of the trial or of the cancelled subscription", "de": "der Ablauf der Testzeit oder des gekündigten Abonnements"}},
			{Name: "request", Title: policy.Text{"en": "the customer's request for deletion", "de": "der Löschwunsch des Kunden"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "sources", Type: policy.SettingStrings, Keys: []string{"graph", "mailbox", "ldap", "csv", "vcard", "carddav"},
				Title: policy.Text{"en": "where contacts come from", "de": "woher Kontakte kommen"}},
			{Name: "targets", Type: policy.SettingStrings, Keys: []string{"graph", "ews", "carddav"},
				Title: policy.Text{"en": "where contacts go to", "de": "wohin Kontakte gehen"}},
			{Name: "directories", Type: policy.SettingStrings, Keys: []string{"ldap"},
				Title: policy.Text{"en": "directories beside Microsoft Entra whose groups and departments choose mailboxes", "de": "Verzeichnisse neben Microsoft Entra, deren Gruppen und Abteilungen Postfächer wählen"}},
			{Name: "brake", Type: policy.SettingPercent, Default: usualBrake,
				Title: policy.Text{"en": "share of contacts that one run may remove without a confirmation", "de": "Anteil der Kontakte, den ein Lauf ohne Bestätigung entfernen darf"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests},
	}
}

func fields() []policy.Field {
	setUp := policy.Text{"en": "when the customer sets up the access", "de": "wenn der Kunde den Zugang einrichtet"}
	chosen := policy.Text{
		"en": "when the customer sets up the access, and with each run if a group or a department chooses",
		"de": "wenn der Kunde den Zugang einrichtet, und bei jedem Lauf, wenn eine Gruppe oder eine Abteilung wählt",
	}
	return []policy.Field{
		{Name: "object_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "object id", "de": "Objektkennung"}},
		{Name: "directory_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "id of users and groups in the directory", "de": "Kennung von Benutzern und Gruppen im Verzeichnis"}},
		{Name: "name", Category: "user.name", Source: "third-party", Title: policy.Text{"en": "name", "de": "Name"}},
		{Name: "company", Category: "user.contact.organization", Source: "third-party", Title: policy.Text{"en": "company", "de": "Firma"}},
		{Name: "department", Category: "user.workplace", Source: "third-party", Title: policy.Text{"en": "department and office", "de": "Abteilung und Büro"}},
		{Name: "job_title", Category: "user.job_title", Source: "third-party", Title: policy.Text{"en": "job title", "de": "Position"}},
		{Name: "emails", Category: "user.contact.email", Source: "third-party", Title: policy.Text{"en": "e-mail addresses", "de": "E-Mail-Adressen"}},
		{Name: "phones", Category: "user.contact.phone_number", Source: "third-party", Title: policy.Text{"en": "phone numbers", "de": "Telefonnummern"}},
		{Name: "address", Category: "user.contact.address", Source: "third-party", Title: policy.Text{"en": "address", "de": "Anschrift"}},
		{Name: "website", Category: "user.contact.url", Source: "third-party", Title: policy.Text{"en": "web address", "de": "Webadresse"}},
		{Name: "birthday", Category: "user.demographic.date_of_birth", Source: "third-party", Title: policy.Text{"en": "birthday", "de": "Geburtstag"}},
		{Name: "note", Category: "user.content.private", Source: "third-party", Title: policy.Text{"en": "note", "de": "Notiz"}},
		{Name: "photo", Category: "user.content.self_image", Source: "third-party", Title: policy.Text{"en": "contact photo", "de": "Kontaktfoto"}},
		{Name: "service_account", Category: "user.account.username", Source: "third-party", Title: policy.Text{"en": "name of the service account", "de": "Name des Dienstkontos"}, When: setUp},
		{Name: "service_password", Category: "user.authorization.password", Source: "third-party", Title: policy.Text{"en": "AES-256 encrypted password of the service account", "de": "AES-256-verschlüsseltes Passwort des Dienstkontos"}, When: setUp},
		{Name: "mailboxes", Category: "user.contact.email", Source: "third-party", Title: policy.Text{"en": "AES-256 encrypted mailbox addresses", "de": "AES-256-verschlüsselte Postfachadressen"}, When: chosen},
		{Name: "administrator", Category: "user.contact.email", Source: "third-party", Title: policy.Text{"en": "address of the administrator", "de": "Adresse der administrierenden Person"}, When: setUp},
		{Name: "log", Category: "user.telemetry", Source: "derived", Title: policy.Text{"en": "log of the runs", "de": "Protokoll der Läufe"}},
	}
}
