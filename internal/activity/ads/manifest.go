package ads

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "ads"

// AdCookie holds the random id of a browser that agreed to advertising.
const AdCookie = "kept_ads"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Advertising", "de": "Werbung"},
		About: policy.Text{
			"en": "If you agree, we measure whether our advertisements work, cap how often you see one, and show you fitting ones elsewhere, under a random id of your browser.",
			"de": "Wenn Sie zustimmen, messen wir unter einer zufälligen Kennung Ihres Browsers, ob unsere Anzeigen wirken, begrenzen, wie oft Sie eine sehen, und zeigen Ihnen anderswo passende.",
		},
		When:   policy.Text{"en": "when you see an advertisement of ours or visit the site", "de": "wenn Sie eine unserer Anzeigen sehen oder die Website besuchen"},
		People: []string{"visitor"},
		Fields: []policy.Field{
			{Name: "cookie_id", Category: "user.device.cookie_id", Source: "derived", Title: policy.Text{"en": "random cookie id", "de": "zufällige Cookie-Kennung"}},
			{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
			{Name: "views", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "number of advertisements seen", "de": "Zahl gesehener Anzeigen"}},
			{Name: "clicks", Category: "user.behavior.link_clicked", Source: "device", Title: policy.Text{"en": "advertisements clicked", "de": "angeklickte Anzeigen"}},
			{Name: "click_id", Category: "user.unique_id.pseudonymous", Source: "third-party", Title: policy.Text{"en": "click id of the network", "de": "Klickkennung des Werbenetzes"}},
			{Name: "campaign", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "campaign", "de": "Kampagne"}},
			{Name: "conversion", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "enquiry or order that followed", "de": "Anfrage oder Bestellung danach"}},
			{Name: "content", Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "content seen on the site", "de": "auf der Website gesehene Inhalte"}},
			{Name: "audience", Category: "user.demographic.profile", Source: "derived", Title: policy.Text{"en": "derived audiences", "de": "abgeleitete Zielgruppen"}},
			{Name: "devices", Category: "user.unique_id.pseudonymous", Source: "derived", Title: policy.Text{"en": "devices of one consenting user", "de": "Geräte einer zustimmenden Person"}},
			{Name: "truncated_ip", Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "shortened IP address", "de": "gekürzte IP-Adresse"}},
			{Name: "browser", Category: "user.device", Source: "device", Title: policy.Text{"en": "browser and device", "de": "Browser und Gerät"}},
		},
		Sets: []policy.Set{
			{Name: "tracking", Fields: []string{"cookie_id", "time", "views", "clicks", "click_id", "campaign", "conversion"},
				Title: policy.Text{"en": "success of advertisements", "de": "Erfolg von Anzeigen"}},
			{Name: "remarketing", Fields: []string{"content", "audience", "devices"},
				Title: policy.Text{"en": "building of audiences", "de": "Bildung von Zielgruppen"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the view or click", "de": "das Ansehen oder Anklicken"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "frequency_cap", Type: policy.SettingGroup, Parts: []policy.SettingSpec{
				{Name: "times", Type: policy.SettingInt, Required: true, Title: policy.Text{"en": "times that one advertisement is shown at most", "de": "Einblendungen einer Anzeige höchstens"}},
				{Name: "per", Type: policy.SettingPeriod, Required: true, Title: policy.Text{"en": "in the course of", "de": "im Laufe von"}},
			}, Title: policy.Text{"en": "how often one advertisement is shown", "de": "wie oft eine Anzeige gezeigt wird"}},
			{Name: "similar_audiences", Type: policy.SettingBool,
				Title: policy.Text{"en": "similar audiences are built, on pseudonyms only", "de": "ähnliche Zielgruppen werden gebildet, nur aus Pseudonymen"}},
			{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48},
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
		},
		Cookies:    []string{AdCookie},
		Delivers:   true,
		OnlyBases:  []policy.Basis{policy.Consent},
		Anonymises: true,
		Planned:    true,
	}
}
