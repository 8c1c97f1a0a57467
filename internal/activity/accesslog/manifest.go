package accesslog

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "access-log"

// The fields of the kind.
const (
	fieldAddress  = "ip_address"
	fieldReferrer = "referrer"
	fieldURL      = "url"
	fieldTime     = "time"
	fieldBytes    = "bytes"
	fieldStatus   = "status"
	fieldBrowser  = "browser"
	fieldOS       = "os"
	fieldDevice   = "device"
	fieldMethod   = "method"
	fieldProvider = "provider"
)

// The tables of the kind.
const (
	entryTable    = "accesslog_entry"
	addressTable  = "accesslog_address"
	incidentTable = "accesslog_incident"
)

// The settings of the kind.
const (
	settingRate      = "rate_limit"
	settingTruncate  = "truncate_ip"
	settingProviders = "provider_database"
)

// DefaultTruncation is how much of an address stays unless the policy says
// otherwise.
var DefaultTruncation = policy.Truncation{IPv4: 16, IPv6: 48}

// Manifest declares the kind.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: kind(), Tables: []manifest.Table{declareEntries(), declareAddresses(), declareIncidents()}}
}

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Access log", "de": "Zugriffsprotokoll"},
		About: policy.Text{
			"en": "The server notes each request, to keep the site safe and to hold off load peaks.",
			"de": "Der Server vermerkt jeden Abruf, um die Website zu schützen und Lastspitzen abzuwehren.",
		},
		When:   policy.Text{"en": "with each request of a page or file", "de": "bei jedem Abruf einer Seite oder Datei"},
		People: []string{"visitor"},
		Fields: []policy.Field{
			{Name: fieldAddress, Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "IP address", "de": "IP-Adresse"}},
			{Name: fieldProvider, Category: "user.device", Source: "derived", Title: policy.Text{"en": "name of the access provider", "de": "Name des Zugangsanbieters"}},
			{Name: fieldTime, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
			{Name: fieldMethod, Category: "system.operations", Source: "device", Title: policy.Text{"en": "kind of request", "de": "Art des Abrufs"}},
			{Name: fieldURL, Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "page or file", "de": "Seite oder Datei"}},
			{Name: fieldReferrer, Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "website visited before", "de": "zuvor besuchte Website"}},
			{Name: fieldStatus, Category: "system.operations", Source: "derived", Title: policy.Text{"en": "result of the request", "de": "Ergebnis des Abrufs"}},
			{Name: fieldBytes, Category: "system.operations", Source: "derived", Title: policy.Text{"en": "amount of data", "de": "Datenmenge"}},
			{Name: fieldBrowser, Category: "user.device", Source: "device", Title: policy.Text{"en": "browser", "de": "Browser"}},
			{Name: fieldOS, Category: "user.device", Source: "device", Title: policy.Text{"en": "operating system", "de": "Betriebssystem"}},
			{Name: fieldDevice, Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of device", "de": "Geräteart"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the request", "de": "der Abruf"}},
		},
		Settings: []policy.SettingSpec{
			{Name: settingRate, Type: policy.SettingRate, Title: policy.Text{"en": "requests allowed to one address", "de": "erlaubte Abrufe je Adresse"}},
			{Name: settingTruncate, Type: policy.SettingTruncation, Default: DefaultTruncation,
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
			{Name: settingProviders, Type: policy.SettingString,
				Title: policy.Text{"en": "file (mmdb) that names the provider of an address", "de": "Datei (mmdb), die den Anbieter einer Adresse nennt"}},
		},
		OnlyBases:  []policy.Basis{policy.LegitimateInterests, policy.LegalObligation, policy.PublicTask},
		Anonymises: true,
	}
}

func declareEntries() manifest.Table {
	return manifest.Table{
		Name: entryTable, About: "a request, with the address truncated", Shape: manifest.Monthly,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "tells entries apart; holds the time as coarse as at", Anonymise: manifest.CoarsenHour},
			{Name: "at", Type: manifest.TimeType, Field: fieldTime, Anonymise: manifest.CoarsenHour},
			{Name: "network", Type: manifest.TextType, Field: fieldAddress, Class: manifest.Word, Null: true, Anonymise: manifest.TruncateAddr},
			{Name: "provider", Type: manifest.TextType, Field: fieldProvider, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
			{Name: "method", Type: manifest.TextType, Field: fieldMethod, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
			{Name: "url", Type: manifest.TextType, Field: fieldURL, Class: manifest.Word, Null: true, Anonymise: manifest.StripQuery},
			{Name: "referrer", Type: manifest.TextType, Field: fieldReferrer, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
			{Name: "status", Type: manifest.IntType, Field: fieldStatus, Null: true, Anonymise: manifest.Retain},
			{Name: "bytes", Type: manifest.IntType, Field: fieldBytes, Null: true, Anonymise: manifest.Drop},
			{Name: "browser", Type: manifest.TextType, Field: fieldBrowser, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
			{Name: "os", Type: manifest.TextType, Field: fieldOS, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
			{Name: "device", Type: manifest.TextType, Field: fieldDevice, Class: manifest.Word, Null: true, Anonymise: manifest.Retain},
		},
	}
}

// declareAddresses declares what a rule on ip_address keeps. Anonymising drops
// all it holds, so a rule that anonymises the address deletes the rows here; the
// truncated address lies in the entry from the start.
func declareAddresses() manifest.Table {
	return manifest.Table{
		Name: addressTable, About: "the full address of a request, while a rule or an incident keeps it", Shape: manifest.Daily,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "the entry that the address belongs to"},
			{Name: "at", Type: manifest.TimeType, Why: "the period of the address runs from it"},
			{Name: "address", Type: manifest.TextType, Field: fieldAddress, Null: true, Anonymise: manifest.Drop},
		},
	}
}

func declareIncidents() manifest.Table {
	return manifest.Table{
		Name: incidentTable, About: "an attack for which full addresses may be used",
		Impersonal: "a decision of the operator: it names no visitor",
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.TextType, Why: "tells incidents apart"},
			{Name: "reason", Type: manifest.TextType, Why: "what the operator saw"},
			{Name: "staff", Type: manifest.TextType, Why: "who declared it"},
			{Name: "at", Type: manifest.TimeType, Why: "when it was declared"},
			{Name: "until", Type: manifest.TimeType, Why: "when it ends by itself"},
			{Name: "hold", Type: manifest.TextType, Why: "the hold that suspends the rule on addresses", Null: true},
		},
	}
}
