package usage

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "app-usage"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

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
			{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
			{Name: "function", Category: "user.telemetry", Source: "device", Title: policy.Text{"en": "function used", "de": "genutzte Funktion"}},
			{Name: "os", Category: "user.device.operating_system", Source: "device", Title: policy.Text{"en": "operating system", "de": "Betriebssystem"}},
			{Name: "browser", Category: "user.device", Source: "device", Title: policy.Text{"en": "browser and version", "de": "Browser und Version"}},
			{Name: "screen", Category: "user.device", Source: "device", Title: policy.Text{"en": "resolution", "de": "Bildschirmauflösung"}},
			{Name: "region", Category: "user.location.imprecise", Source: "derived", Title: policy.Text{"en": "approximate location", "de": "ungefährer Standort"}},
			{Name: "truncated_ip", Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "shortened IP address", "de": "gekürzte IP-Adresse"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the use", "de": "die Nutzung"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48},
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
		},
		OnlyBases:  []policy.Basis{policy.Consent},
		Anonymises: true,
		Planned:    true,
	}
}
