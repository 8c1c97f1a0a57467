package subscription

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "subscription"

// The fields of the language.
const (
	fieldTenant     = "tenant_id"
	fieldName       = "name"
	fieldCompany    = "company"
	fieldAddress    = "address"
	fieldRegistered = "registration_email"
	fieldBilling    = "billing_email"
	fieldPlan       = "plan"
	fieldVATID      = "vat_id"
	fieldReference  = "buyer_reference"
	fieldPayment    = "payment"
	fieldOrders     = "orders"
	fieldInvoices   = "invoices"
)

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

func kind() policy.Kind {
	buying := policy.Text{"en": "when you buy a paid subscription", "de": "wenn Sie ein bezahltes Abonnement kaufen"}
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Subscription", "de": "Abonnement"},
		About: policy.Text{
			"en": "We provide and invoice what you have subscribed to.",
			"de": "Wir erbringen, was Sie abonniert haben, und rechnen es ab.",
		},
		When:   policy.Text{"en": "when you subscribe", "de": "wenn Sie ein Abonnement abschließen"},
		People: []string{"customer", "contact_person"},
		Fields: []policy.Field{
			{Name: "tenant_id", Category: "user.unique_id", Source: "person", Title: policy.Text{"en": "Microsoft tenant id", "de": "Microsoft-Mandantenkennung"}},
			{Name: "name", Category: "user.name", Source: "person", Title: policy.Text{"en": "full name", "de": "vollständiger Name"}},
			{Name: "company", Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "company", "de": "Firma"}},
			{Name: "address", Category: "user.contact.address", Source: "person", Title: policy.Text{"en": "address", "de": "Anschrift"}},
			{Name: "registration_email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address of the registration", "de": "E-Mail-Adresse der Registrierung"}},
			{Name: "billing_email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address for invoices", "de": "E-Mail-Adresse für Rechnungen"}},
			{Name: "plan", Category: "user.behavior.purchase_history", Source: "person", Title: policy.Text{"en": "plan with trial and term", "de": "Tarif mit Testzeit und Laufzeit"}},
			{Name: "vat_id", Category: "user.financial", Source: "person", Title: policy.Text{"en": "VAT number", "de": "Umsatzsteuernummer"}, When: buying},
			{Name: "buyer_reference", Category: "user.contact.organization", Source: "person", Title: policy.Text{"en": "the customer's own reference for invoices", "de": "eigene Referenz des Kunden für Rechnungen"}, When: buying},
			{Name: "payment", Category: "user.payment", Source: "person", Title: policy.Text{"en": "payment details", "de": "Zahlungsdaten"}, When: buying},
			{Name: "orders", Category: "user.financial.transaction", Source: "derived", Title: policy.Text{"en": "orders", "de": "Bestellungen"}},
			{Name: "invoices", Category: "user.financial.transaction", Source: "derived", Title: policy.Text{"en": "invoices and payments", "de": "Rechnungen und Zahlungen"}, When: buying},
		},
		Sets: []policy.Set{
			{Name: "customer", Fields: []string{"tenant_id", "name", "company", "address"}, Title: policy.Text{"en": "details of the customer", "de": "Angaben zum Kunden"}},
			{Name: "order", Fields: []string{"orders", "invoices"}, Title: policy.Text{"en": "order data", "de": "Bestelldaten"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the order", "de": "die Bestellung"}},
			{Name: "expiry", Title: policy.Text{"en": "the expiry of the trial or of the cancelled subscription", "de": "der Ablauf der Testzeit oder des gekündigten Abonnements"}},
			{Name: "contract-end", Title: policy.Text{"en": "the end of the contract", "de": "das Ende des Vertrags"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "pay_by", Type: policy.SettingStrings, Keys: []string{"card", "invoice"},
				Title: policy.Text{"en": "ways to pay", "de": "Wege der Zahlung"}},
			{Name: "payments", Type: policy.SettingForward, Keys: []string{"stripe"},
				Title: policy.Text{"en": "payment provider", "de": "Zahlungsdienst"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegalObligation},
	}
}
