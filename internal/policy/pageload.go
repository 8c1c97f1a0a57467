package policy

import "slices"

// loadFields are what a host can learn when a page loads something from it.
var loadFields = []Field{
	{Name: "ip_address", Category: "user.device.ip_address", Source: "device", Title: Text{"de": "IP-Adresse", "en": "IP address"}},
	{Name: "time", Category: "user.behavior", Source: "device", Title: Text{"de": "Datum und Uhrzeit", "en": "date and time"}},
	{Name: "page", Category: "user.behavior.browsing_history", Source: "device", Title: Text{"de": "besuchte Seite", "en": "page visited"}},
	{Name: "referrer", Category: "user.behavior.browsing_history", Source: "device", Title: Text{"de": "zuvor besuchte Website", "en": "website visited before"}},
	{Name: "browser", Category: "user.device", Source: "device", Title: Text{"de": "Browser", "en": "browser"}},
	{Name: "os", Category: "user.device", Source: "device", Title: Text{"de": "Betriebssystem", "en": "operating system"}},
	{Name: "device", Category: "user.device", Source: "device", Title: Text{"de": "Gerät", "en": "device"}},
	{Name: "language", Category: "user.device", Source: "device", Title: Text{"de": "Spracheinstellung", "en": "language setting"}},
	{Name: "screen", Category: "user.device", Source: "device", Title: Text{"de": "Bildschirmgröße", "en": "screen size"}},
	{Name: "cookie_id", Category: "user.device.cookie_id", Source: "device", Title: Text{"de": "Cookie-Kennung", "en": "cookie id"}},
	{Name: "location", Category: "user.location.imprecise", Source: "derived", Title: Text{"de": "ungefährer Ort", "en": "approximate location"}},
	{Name: "interaction", Category: "user.behavior", Source: "device", Title: Text{"de": "Nutzung des geladenen Inhalts", "en": "use of what was loaded"}},
	{Name: "account", Category: "user.account", Source: "third-party", Title: Text{"de": "Konto beim Anbieter, falls angemeldet", "en": "account with the provider, if signed in"}},
}

// usualLoad is what a browser tells every host that it loads something from. It
// stands for a service that lists no data.
var usualLoad = []string{"ip_address", "time", "page", "browser", "os", "language"}

// LoadFields are the fields that a service may list as data: what a host can
// learn when a page loads something from it.
func LoadFields() []Field { return slices.Clone(loadFields) }

func loadField(name string) *Field {
	for i := range loadFields {
		if loadFields[i].Name == name {
			return &loadFields[i]
		}
	}
	return nil
}

func loadNames() []string {
	var names []string
	for _, f := range loadFields {
		names = append(names, f.Name)
	}
	return names
}
