package preferences

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "preferences"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Remembered input", "de": "Gemerkte Eingaben"},
		About: policy.Text{
			"en": "If you agree, your browser remembers your visit and what you last typed, and shows it to you when you come back. It stays in your browser.",
			"de": "Wenn Sie zustimmen, merkt sich Ihr Browser Ihren Besuch und Ihre letzten Eingaben und zeigt sie Ihnen, wenn Sie wiederkommen. Sie bleiben in Ihrem Browser.",
		},
		When:   policy.Text{"en": "when you type something on the site", "de": "wenn Sie auf der Website etwas eingeben"},
		People: []string{"visitor"},
		Fields: []policy.Field{
			{Name: "visit", Category: "user.device.cookie", Source: "device", Title: policy.Text{"en": "mark of a returning visit", "de": "Merkmal eines wiederkehrenden Besuchs"}},
			{Name: "inputs", Category: "user.account.settings", Source: "person", Title: policy.Text{"en": "earlier input", "de": "frühere Eingaben"}},
			{Name: "settings", Category: "user.account.settings", Source: "person", Title: policy.Text{"en": "settings of the site", "de": "Einstellungen der Website"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the input", "de": "die Eingabe"}},
		},
		OnlyBases: []policy.Basis{policy.Consent},
	}
}
