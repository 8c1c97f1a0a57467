package social

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "social"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Page on a social network", "de": "Seite in einem sozialen Netzwerk"},
		About: policy.Text{
			"en": "We run a page on a social network. Who interacts with it is seen there, by us and by others.",
			"de": "Wir betreiben eine Seite in einem sozialen Netzwerk. Wer mit ihr interagiert, ist dort sichtbar, für uns und für andere.",
		},
		When:   policy.Text{"en": "when you visit our page on the network or interact with it", "de": "wenn Sie unsere Seite im Netzwerk besuchen oder mit ihr interagieren"},
		People: []string{"visitor", "prospect", "customer"},
		Fields: []policy.Field{
			{Name: "name", Category: "user.name", Source: "third-party", Title: policy.Text{"en": "name in the network", "de": "Name im Netzwerk"}},
			{Name: "profile", Category: "user.social", Source: "third-party", Title: policy.Text{"en": "public profile", "de": "öffentliches Profil"}},
			{Name: "likes", Category: "user.content.public", Source: "third-party", Title: policy.Text{"en": "likes", "de": "Gefällt-mir-Angaben"}},
			{Name: "comments", Category: "user.content.public", Source: "third-party", Title: policy.Text{"en": "comments", "de": "Kommentare"}},
			{Name: "messages", Category: "user.content.message", Source: "third-party", Title: policy.Text{"en": "messages and our replies", "de": "Nachrichten und unsere Antworten"}},
			{Name: "activity", Category: "user.behavior", Source: "third-party", Title: policy.Text{"en": "anonymised activity on the page", "de": "anonymisierte Aktivität auf der Seite"}},
			{Name: "views", Category: "user.behavior", Source: "third-party", Title: policy.Text{"en": "number of views", "de": "Zahl der Aufrufe"}},
			{Name: "followers", Category: "user.behavior", Source: "third-party", Title: policy.Text{"en": "number of followers", "de": "Zahl der Abonnenten"}},
			{Name: "reach", Category: "user.behavior", Source: "third-party", Title: policy.Text{"en": "reach", "de": "Reichweite"}},
			{Name: "interactions", Category: "user.behavior", Source: "third-party", Title: policy.Text{"en": "number of interactions and likes", "de": "Zahl der Interaktionen und Gefällt-mir-Angaben"}},
			{Name: "target_groups", Category: "user.demographic.profile", Source: "third-party", Title: policy.Text{"en": "figures on target groups for advertisements", "de": "Zahlen zu Zielgruppen für Anzeigen"}},
		},
		Sets: []policy.Set{
			{Name: "interaction", Fields: []string{"name", "profile", "likes", "comments"}, Title: policy.Text{"en": "what you show on the page", "de": "was Sie auf der Seite zeigen"}},
			{Name: "statistics", Fields: []string{"activity", "views", "followers", "reach", "interactions"}, Title: policy.Text{"en": "figures on the use of the page", "de": "Zahlen zur Nutzung der Seite"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the interaction", "de": "die Interaktion"}},
			{Name: "concluded", Title: policy.Text{"en": "the end of the correspondence", "de": "das Ende des Schriftwechsels"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "page", Type: policy.SettingString, Title: policy.Text{"en": "address of the page", "de": "Adresse der Seite"}},
		},
		Delivers:   true,
		OnlyBases:  []policy.Basis{policy.LegitimateInterests, policy.Contract},
		Anonymises: true,
		Planned:    true,
	}
}
