package connector

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "connector"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	assigning := policy.Text{"en": "when a connector is assigned to explicit groups or users", "de": "wenn ein Konnektor bestimmten Gruppen oder Benutzern zugewiesen wird"}
	advanced := policy.Text{"en": "when you use an advanced function, after your consent to the permissions that it needs there", "de": "wenn Sie eine erweiterte Funktion nutzen, nach Ihrer Einwilligung in die dort nötigen Berechtigungen"}
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Add-in and connectors", "de": "Add-in und Konnektoren"},
		About: policy.Text{
			"en": "The add-in connects a mailbox with the systems that your organisation has set up.",
			"de": "Das Add-in verbindet ein Postfach mit den Systemen, die Ihre Organisation eingerichtet hat.",
		},
		People: []string{"user"},
		Fields: []policy.Field{
			{Name: "email", Category: "user.contact.email", Source: "third-party", Title: policy.Text{"en": "e-mail address of the signed-in Microsoft 365 user", "de": "E-Mail-Adresse der bei Microsoft 365 angemeldeten Person"},
				When: policy.Text{"en": "when the add-in starts", "de": "wenn das Add-in startet"}},
			{Name: "tenant_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "Microsoft tenant id", "de": "Microsoft-Mandantenkennung"},
				When: policy.Text{"en": "when you sign in", "de": "wenn Sie sich anmelden"}},
			{Name: "user_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "Microsoft user id", "de": "Benutzerkennung bei Microsoft"},
				When: policy.Text{"en": "when you sign in", "de": "wenn Sie sich anmelden"}},
			{Name: "assigned_groups", Category: "user.workplace", Source: "third-party", Title: policy.Text{"en": "names and ids of assigned Microsoft 365 groups", "de": "Namen und Kennungen zugewiesener Microsoft-365-Gruppen"}, When: assigning},
			{Name: "assigned_users", Category: "user.name", Source: "third-party", Title: policy.Text{"en": "names and ids of assigned Microsoft 365 users", "de": "Namen und Kennungen zugewiesener Microsoft-365-Benutzer"}, When: assigning},
			{Name: "configuration", Category: "user.account.settings", Source: "person", Title: policy.Text{"en": "configuration of the connectors", "de": "Einrichtung der Konnektoren"},
				When: policy.Text{"en": "when an administrator sets up a connector", "de": "wenn ein Konnektor eingerichtet wird"}},
			{Name: "permissions", Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "consent to permissions in a target system", "de": "Einwilligung in Berechtigungen im Zielsystem"}, When: advanced},
			{Name: "target_data", Category: "user", Source: "third-party", Title: policy.Text{"en": "data of the connected target system", "de": "Daten des verbundenen Zielsystems"}, When: advanced},
		},
		Sets: []policy.Set{
			{Name: "assignment", Fields: []string{"assigned_groups", "assigned_users"}, Title: policy.Text{"en": "groups and users to whom a connector is assigned", "de": "Gruppen und Benutzer, denen ein Konnektor zugewiesen ist"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the sign-in or the set-up", "de": "die Anmeldung oder Einrichtung"}},
			{Name: "unassigned", Title: policy.Text{"en": "the end of the assignment", "de": "das Ende der Zuweisung"}},
			{Name: "expiry", Title: policy.Text{"en": "the expiry of the subscription", "de": "der Ablauf des Abonnements"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
			{Name: "revocation", Title: policy.Text{"en": "the withdrawal of the consent for the target system", "de": "der Widerruf der Einwilligung für das Zielsystem"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "targets", Type: policy.SettingStrings,
				Title: policy.Text{"en": "systems that can be connected", "de": "Systeme, die verbunden werden können"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests},
		Planned:   true,
	}
}
