package usage

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "app-usage"

// The fields of the kind.
const (
	fieldTime     = "time"
	fieldFunction = "function"
	fieldOS       = "os"
	fieldBrowser  = "browser"
	fieldScreen   = "screen"
	fieldRegion   = "region"
	fieldNetwork  = "truncated_ip"
)

const settingTruncate = "truncate_ip"

// The kind's tables.
const (
	eventTable  = "usage_event"
	weekTable   = "usage_week"
	figureTable = "usage_figure"
)

// Manifest declares the kind.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: kind(), Tables: []manifest.Table{events(), weeks(), figures()}}
}

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Use of the application", "de": "Nutzung der Anwendung"},
		About: policy.Text{
			"en": "If you agree, we count with which equipment the application is used. Only anonymous reports come out of it.",
			"de": "Wenn Sie zustimmen, zählen wir, mit welcher Ausstattung die Anwendung genutzt wird. Daraus entstehen nur anonyme Berichte.",
		},
		When:   policy.Text{"en": "when you use the application", "de": "wenn Sie die Anwendung nutzen"},
		People: []string{"user"},
		Fields: []policy.Field{
			{Name: fieldTime, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
			{Name: fieldFunction, Category: "user.telemetry", Source: "device", Title: policy.Text{"en": "function used", "de": "genutzte Funktion"}},
			{Name: fieldOS, Category: "user.device.operating_system", Source: "device", Title: policy.Text{"en": "operating system", "de": "Betriebssystem"}},
			{Name: fieldBrowser, Category: "user.device", Source: "device", Title: policy.Text{"en": "browser and version", "de": "Browser und Version"}},
			{Name: fieldScreen, Category: "user.device", Source: "device", Title: policy.Text{"en": "resolution", "de": "Bildschirmauflösung"}},
			{Name: fieldRegion, Category: "user.location.imprecise", Source: "derived", Title: policy.Text{"en": "approximate location", "de": "ungefährer Standort"}},
			{Name: fieldNetwork, Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "shortened IP address", "de": "gekürzte IP-Adresse"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the use", "de": "die Nutzung"}},
		},
		Settings: []policy.SettingSpec{
			{Name: settingTruncate, Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48},
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
		},
		OnlyBases:  []policy.Basis{policy.Consent},
		Anonymises: true,
	}
}

// events declares what browsers told. Anonymised, a row says that a function was used on
// a day, and nothing of who did or with what.
func events() manifest.Table {
	word := func(name, field string, a manifest.Anonymiser) manifest.Column {
		return manifest.Column{Name: name, Type: manifest.TextType, Field: field, Class: manifest.Word, Null: true, Anonymise: a}
	}
	return manifest.Table{
		Name: eventTable, About: "a function of the application that somebody who agreed used", Shape: manifest.Monthly,
		Subject: manifest.PersonColumn,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "made by the browser, so that a repeated request is stored once", Anonymise: manifest.CoarsenDay,
				Show: manifest.Show{Title: policy.Text{"en": "number of the event", "de": "Nummer des Ereignisses"}}},
			{Name: "at", Type: manifest.TimeType, Field: fieldTime, Anonymise: manifest.CoarsenDay},
			{Name: manifest.PersonColumn, Type: manifest.IntType, Null: true, Anonymise: manifest.Drop,
				Why: "whose consent it rests on, so that a withdrawal and a request find it; no report reads it"},
			word("function", fieldFunction, manifest.Retain),
			word("os", fieldOS, manifest.Drop),
			word("browser", fieldBrowser, manifest.Drop),
			word("screen", fieldScreen, manifest.Drop),
			word("region", fieldRegion, manifest.Drop),
			word("network", fieldNetwork, manifest.Drop),
		},
	}
}

const impersonal = "figures of a closed week that stand for five people or more each"

func weeks() manifest.Table {
	return manifest.Table{
		Name: weekTable, About: "a week that was reported on", Impersonal: impersonal,
		Columns: []manifest.Column{
			{Name: "activity", Type: manifest.TextType, Why: "the policy's entry that the figures are of"},
			{Name: "week", Type: manifest.TimeType, Why: "when the week began"},
			{Name: "people", Type: manifest.IntType, Why: "how many used the application, 0 if too few to be told"},
		},
	}
}

func figures() manifest.Table {
	return manifest.Table{
		Name: figureTable, About: "a line of a week's report", Impersonal: impersonal,
		Columns: []manifest.Column{
			{Name: "activity", Type: manifest.TextType, Why: "the policy's entry that the figures are of"},
			{Name: "week", Type: manifest.TimeType, Why: "when the week began"},
			{Name: "field", Type: manifest.TextType, Why: "what is counted"},
			{Name: "name", Type: manifest.TextType, Why: "the value that is counted, empty for all that are not told"},
			{Name: "people", Type: manifest.IntType, Why: "how many people the line stands for"},
		},
	}
}
