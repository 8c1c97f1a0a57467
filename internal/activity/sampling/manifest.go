package sampling

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "session-sampling"

// SampleCookie holds a random number while a drawn visit lasts.
const SampleCookie = "kept_sample"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Random sample of visits", "de": "Stichprobe von Besuchen"},
		About: policy.Text{
			"en": "If you agree, your visit may be drawn by chance; we then see as a picture what is clicked on a page, not who you are.",
			"de": "Wenn Sie zustimmen, kann Ihr Besuch zufällig gezogen werden; wir sehen dann als Bild, was auf einer Seite angeklickt wird, nicht wer Sie sind.",
		},
		When:   policy.Text{"en": "when you visit the site and the draw falls on your visit", "de": "wenn Sie die Website besuchen und Ihr Besuch gezogen wird"},
		People: []string{"visitor"},
		Fields: []policy.Field{
			{Name: "visit", Category: "user.unique_id.pseudonymous", Source: "derived", Title: policy.Text{"en": "random number of the visit", "de": "zufällige Nummer des Besuchs"}},
			{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
			{Name: "page", Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "pages visited", "de": "besuchte Seiten"}},
			{Name: "clicks", Category: "user.behavior.link_clicked", Source: "device", Title: policy.Text{"en": "what is clicked on a page", "de": "was auf einer Seite angeklickt wird"}},
			{Name: "scroll", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "how far a page is read", "de": "wie weit eine Seite gelesen wird"}},
			{Name: "truncated_ip", Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "shortened IP address", "de": "gekürzte IP-Adresse"}},
			{Name: "browser", Category: "user.device", Source: "device", Title: policy.Text{"en": "browser", "de": "Browser"}},
			{Name: "device", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of device", "de": "Geräteart"}},
			{Name: "screen", Category: "user.device", Source: "device", Title: policy.Text{"en": "screen size", "de": "Bildschirmgröße"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the visit", "de": "der Besuch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "sample", Type: policy.SettingPercent, Required: true,
				Title: policy.Text{"en": "share of visits that are drawn", "de": "Anteil der Besuche, die gezogen werden"}},
			{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48},
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
		},
		Cookies:    []string{SampleCookie},
		OnlyBases:  []policy.Basis{policy.Consent},
		Anonymises: true,
		Planned:    true,
	}
}
