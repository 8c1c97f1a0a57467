package newsletter

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "newsletter"

// The fields of the kind that this room stores.
const (
	fieldEmail          = "email"
	fieldFirst          = "first_name"
	fieldLast           = "last_name"
	fieldCompany        = "company"
	fieldLanguage       = "language"
	fieldProofAddress   = "proof_address"
	fieldSignUp         = "sign_up"
	fieldConfirmation   = "confirmation"
	fieldText           = "text_shown"
	fieldChanges        = "changes"
	fieldUnsubscription = "unsubscription"
	fieldSuppression    = "suppression"
	fieldTopics         = "topics"
	fieldLists          = "lists"
	fieldCustomer       = "customer"
	fieldZone           = "time_zone"
	fieldDispatch       = "dispatch"
	fieldOpens          = "opens"
	fieldClicks         = "clicks"
)

// Manifest declares the kind.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: kind(), Tables: []manifest.Table{requests, subscribers, proofs, changes, members, segments, lists, tallies, carried, accounts, consignments, dispatches, campaigns, links, descriptions}}
}

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Newsletter", "de": "Newsletter"},
		About: policy.Text{
			"en": "If you order our newsletter and confirm your address, we send it to you until you unsubscribe.",
			"de": "Wenn Sie unseren Newsletter bestellen und Ihre Adresse bestätigen, senden wir ihn Ihnen, bis Sie ihn abbestellen.",
		},
		When:   policy.Text{"en": "when you sign up", "de": "wenn Sie sich anmelden"},
		People: []string{"subscriber"},
		Fields: fields(),
		Sets: []policy.Set{
			{Name: "name", Fields: []string{"first_name", "last_name"}, Title: policy.Text{"en": "first and last name", "de": "Vor- und Nachname"}},
			{Name: "proof", Fields: []string{"proof_address", "sign_up", "confirmation", "text_shown", "changes", "unsubscription"},
				Title: policy.Text{"en": "proof of your consent", "de": "Nachweis Ihrer Einwilligung"}},
		},
		Moments: []policy.Moment{
			{Name: "sign-up", Title: policy.Text{"en": "the sign-up", "de": "die Anmeldung"}},
			{Name: "confirmed", Title: policy.Text{"en": "the confirmation of the address", "de": "die Bestätigung der Adresse"}},
			{Name: "sent", Title: policy.Text{"en": "the dispatch of the mail", "de": "der Versand der E-Mail"}},
			{Name: "unsubscribe", Title: policy.Text{"en": "unsubscribing", "de": "die Abbestellung"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion, with which you confirm that the consent stood", "de": "Ihr Löschwunsch, mit dem Sie bestätigen, dass die Einwilligung bestand"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "double_opt_in", Type: policy.SettingBool, Default: true, Proof: true,
				Title: policy.Text{"en": "an address counts once its owner has confirmed it", "de": "eine Adresse zählt, sobald ihre Inhaberin oder ihr Inhaber sie bestätigt hat"}},
			{Name: "measure", Type: policy.SettingFlags, Keys: []string{"opens", "clicks"}, Consent: true,
				Title: policy.Text{"en": "what is measured as part of the consent", "de": "was als Teil der Einwilligung gemessen wird"}},
			{Name: "contents", Type: policy.SettingText,
				Title: policy.Text{"en": "contents of the newsletter", "de": "Inhalt des Newsletters"}},
			{Name: "topics", Type: policy.SettingTexts,
				Title: policy.Text{"en": "topics to choose from; the choice bounds the consent", "de": "Themen zur Wahl; die Auswahl begrenzt die Einwilligung"}},
			{Name: "existing_customers", Type: policy.SettingBool,
				Title: policy.Text{"en": "existing customers get it for similar goods and services of ours without consent (§ 7(3) UWG)", "de": "Bestandskunden erhalten ihn für eigene ähnliche Waren und Dienstleistungen ohne Einwilligung (§ 7 Abs. 3 UWG)"}},
			{Name: "dispatch", Type: policy.SettingForward, Keys: []string{"smtp", "cleverreach"},
				Title: policy.Text{"en": "through whom the mails are sent", "de": "über wen die E-Mails versandt werden"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Consent, policy.LegitimateInterests},
		Asks:      true,
	}
}

func fields() []policy.Field {
	return []policy.Field{
		{Name: fieldEmail, Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
		{Name: fieldFirst, Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name (optional)", "de": "Vorname (freiwillig)"}},
		{Name: fieldLast, Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name (optional)", "de": "Nachname (freiwillig)"}},
		{Name: fieldCompany, Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "company (optional)", "de": "Firma (freiwillig)"}},
		{Name: fieldLanguage, Category: "user.demographic.language", Source: "device", Title: policy.Text{"en": "language of the mails", "de": "Sprache der E-Mails"}},
		{Name: fieldZone, Category: "user.location.imprecise", Source: "person", Title: policy.Text{"en": "time zone (optional)", "de": "Zeitzone (freiwillig)"}},
		{Name: fieldTopics, Category: "user.behavior", Source: "person", Title: policy.Text{"en": "topics chosen", "de": "gewählte Themen"}},
		{Name: fieldLists, Category: "user.behavior", Source: "derived", Title: policy.Text{"en": "lists on which you stand", "de": "Verteiler, auf denen Sie stehen"},
			When: policy.Text{"en": "when we put you on a list", "de": "wenn wir Sie in einen Verteiler aufnehmen"}},
		{Name: fieldCustomer, Category: "user.behavior.purchase_history", Source: "person", Title: policy.Text{"en": "the sale that your address is known from, and when you were told that you may object", "de": "der Verkauf, aus dem Ihre Adresse bekannt ist, und wann Sie auf das Widerspruchsrecht hingewiesen wurden"},
			When: policy.Text{"en": "when you buy from us", "de": "wenn Sie bei uns kaufen"}},
		{Name: fieldProofAddress, Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "confirmed address", "de": "bestätigte Adresse"}},
		{Name: fieldSignUp, Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "time and IP address of the sign-up", "de": "Zeit und IP-Adresse der Anmeldung"}},
		{Name: fieldConfirmation, Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "time and IP address of the confirmation", "de": "Zeit und IP-Adresse der Bestätigung"},
			When: policy.Text{"en": "when you follow the confirmation link", "de": "wenn Sie dem Bestätigungslink folgen"}},
		{Name: fieldText, Category: "user.privacy_preferences", Source: "derived", Title: policy.Text{"en": "text and version of the form", "de": "Text und Fassung des Formulars"}},
		{Name: fieldChanges, Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "later changes to these details", "de": "spätere Änderungen dieser Angaben"},
			When: policy.Text{"en": "when you change your details", "de": "wenn Sie Ihre Angaben ändern"}},
		{Name: fieldUnsubscription, Category: "user.privacy_preferences", Source: "person", Title: policy.Text{"en": "time and manner of unsubscribing", "de": "Zeit und Weg der Abbestellung"},
			When: policy.Text{"en": "when you unsubscribe", "de": "wenn Sie den Newsletter abbestellen"}},
		{Name: fieldSuppression, Category: "user.privacy_preferences", Source: "derived", Title: policy.Text{"en": "suppression mark without the address", "de": "Sperrvermerk ohne Adresse"},
			When: policy.Text{"en": "when you unsubscribe", "de": "wenn Sie den Newsletter abbestellen"}},
		{Name: fieldDispatch, Category: "user.behavior.communication", Source: "derived", Title: policy.Text{"en": "dispatch and arrival of the mails", "de": "Versand und Zustellung der E-Mails"},
			When: policy.Text{"en": "when a mail is sent", "de": "wenn eine E-Mail versandt wird"}},
		{Name: fieldOpens, Category: "user.behavior.communication", Source: "device", Needs: "measure", Title: policy.Text{"en": "mails opened", "de": "geöffnete E-Mails"},
			When: policy.Text{"en": "when you open a mail", "de": "wenn Sie eine E-Mail öffnen"}},
		{Name: fieldClicks, Category: "user.behavior.link_clicked", Source: "device", Needs: "measure", Title: policy.Text{"en": "links clicked", "de": "angeklickte Links"},
			When: policy.Text{"en": "when you click a link in a mail", "de": "wenn Sie in einer E-Mail einen Link anklicken"}},
	}
}
