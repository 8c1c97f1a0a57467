package conversions

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "conversions"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Reporting the success of advertising", "de": "Meldung von Werbeerfolgen"},
		About: policy.Text{
			"en": "If you agree, our server tells the advertising network that you made an enquiry or an order after one of its advertisements.",
			"de": "Wenn Sie zustimmen, teilt unser Server dem Werbenetz mit, dass Sie nach einer seiner Anzeigen angefragt oder bestellt haben.",
		},
		When:   policy.Text{"en": "when you make an enquiry or an order", "de": "wenn Sie anfragen oder bestellen"},
		People: []string{"visitor", "customer"},
		Fields: fields(),
		Sets: []policy.Set{
			{Name: "conversion", Fields: []string{"event", "time", "value", "product_ids"}, Title: policy.Text{"en": "what happened", "de": "was geschah"}},
			{Name: "person", Fields: []string{"email", "phone", "gender", "date_of_birth", "first_name", "last_name", "city", "state", "country", "postcode"},
				Title: policy.Text{"en": "details of the person", "de": "Angaben zur Person"}},
			{Name: "ids", Fields: []string{"user_id", "click_id", "browser_id", "advertising_id", "login_id"}, Title: policy.Text{"en": "ids", "de": "Kennungen"}},
			{Name: "connection", Fields: []string{"ip_address", "user_agent"}, Title: policy.Text{"en": "connection and browser", "de": "Verbindung und Browser"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the enquiry or order", "de": "die Anfrage oder Bestellung"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "forward", Type: policy.SettingForward, Keys: []string{"conversions-api", "measurement-protocol", "post"},
				Title: policy.Text{"en": "to whom it is reported, and in which protocol", "de": "wem gemeldet wird und mit welchem Protokoll"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Consent},
		Planned:   true,
	}
}

// fields are everything that a conversion interface takes; the policy chooses.
func fields() []policy.Field {
	return []policy.Field{
		{Name: "event", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "kind of event", "de": "Art des Ereignisses"}},
		{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
		{Name: "value", Category: "user.financial.transaction", Source: "derived", Title: policy.Text{"en": "value of the order", "de": "Wert der Bestellung"}},
		{Name: "product_ids", Category: "user.behavior.purchase_history", Source: "device", Title: policy.Text{"en": "product ids", "de": "Produktkennungen"}},
		{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
		{Name: "phone", Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
		{Name: "gender", Category: "user.demographic.gender", Source: "person", Title: policy.Text{"en": "gender", "de": "Geschlecht"}},
		{Name: "date_of_birth", Category: "user.demographic.date_of_birth", Source: "person", Title: policy.Text{"en": "date of birth", "de": "Geburtsdatum"}},
		{Name: "first_name", Category: "user.name.first", Source: "person", Title: policy.Text{"en": "first name", "de": "Vorname"}},
		{Name: "last_name", Category: "user.name.last", Source: "person", Title: policy.Text{"en": "last name", "de": "Nachname"}},
		{Name: "city", Category: "user.contact.address.city", Source: "person", Title: policy.Text{"en": "city", "de": "Ort"}},
		{Name: "state", Category: "user.contact.address.state", Source: "person", Title: policy.Text{"en": "state", "de": "Bundesland"}},
		{Name: "country", Category: "user.contact.address.country", Source: "person", Title: policy.Text{"en": "country", "de": "Land"}},
		{Name: "postcode", Category: "user.contact.address.postal_code", Source: "person", Title: policy.Text{"en": "postcode", "de": "Postleitzahl"}},
		{Name: "user_id", Category: "user.unique_id", Source: "derived", Title: policy.Text{"en": "user ids", "de": "Benutzerkennungen"}},
		{Name: "ip_address", Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "IP address", "de": "IP-Adresse"}},
		{Name: "user_agent", Category: "user.device.user_agent", Source: "device", Title: policy.Text{"en": "user agent", "de": "Browserkennung"}},
		{Name: "click_id", Category: "user.unique_id.pseudonymous", Source: "third-party", Title: policy.Text{"en": "click ids", "de": "Klickkennungen"}},
		{Name: "browser_id", Category: "user.unique_id.pseudonymous", Source: "third-party", Title: policy.Text{"en": "browser id", "de": "Kennung des Browsers im Werbenetz"}},
		{Name: "advertising_id", Category: "user.device.device_id", Source: "device", Title: policy.Text{"en": "advertising id", "de": "Werbekennung"}},
		{Name: "login_id", Category: "user.unique_id", Source: "third-party", Title: policy.Text{"en": "login id", "de": "Anmeldekennung im Werbenetz"}},
	}
}
