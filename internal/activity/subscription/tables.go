package subscription

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables that customers' data lies in.
const (
	subscriptionTable = "subscription"
	orderTable        = "subscription_order"
	invoiceTable      = "subscription_invoice"
)

func tables() []manifest.Table {
	return []manifest.Table{subscriptions, orders, invoices, numbers, documents, deliveries}
}

// subscriptions go column by column: each as the rule for its field says.
var subscriptions = manifest.Table{
	Name: subscriptionTable, About: "what a customer has subscribed to, with the details given for it", Subject: "customer", Activity: "activity",
	Moments: map[string]string{"collection": "begun_at", "expiry": "expires_at", "contract-end": "contract_end", "request": "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the subscription", Show: folded("number of the subscription", "Nummer des Abonnements")},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "customer", Why: "whose subscription"},
		{Name: "begun_at", Type: manifest.TimeType, Why: "periods run from it", Show: folded("begun", "begonnen")},
		{Name: "expires_at", Type: manifest.TimeType, Null: true, Why: "when it expires, known once it is a trial or cancelled", Show: titled("expires", "läuft ab")},
		{Name: "contract_end", Type: manifest.TimeType, Null: true, Why: "when the contract ends", Show: titled("contract ends", "Vertrag endet")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "when its deletion was asked for", Show: folded("deletion asked for", "Löschung verlangt")},
		{Name: "language", Null: true, Why: "the language of mails and invoices", Show: folded("language", "Sprache")},
		{Name: "plan", Null: true, Field: fieldPlan, Show: titled("plan", "Tarif")},
		{Name: "next_plan", Null: true, Field: fieldPlan, Show: titled("plan from the next term on", "Tarif ab der nächsten Laufzeit")},
		{Name: "pay_by", Null: true, Field: fieldPlan, Show: manifest.Show{Title: policy.Text{"en": "way to pay", "de": "Zahlungsweg"}, Says: map[string]policy.Text{
			byInvoice: {"en": "invoice and bank transfer", "de": "Rechnung und Überweisung"}, byCard: {"en": "card, at the payment service", "de": "Karte, beim Zahlungsdienst"}}}},
		{Name: "trial_until", Type: manifest.TimeType, Null: true, Field: fieldPlan, Show: titled("trial until", "Testzeit bis")},
		{Name: "paid_until", Type: manifest.TimeType, Null: true, Field: fieldPlan, Show: titled("current term until", "laufende Laufzeit bis")},
		{Name: "cancelled_at", Type: manifest.TimeType, Null: true, Field: fieldPlan, Show: titled("cancelled", "gekündigt")},
		{Name: "failed_at", Type: manifest.TimeType, Null: true, Field: fieldPlan, Show: titled("a payment failed", "eine Zahlung schlug fehl")},
		{Name: "renewal_told", Type: manifest.TimeType, Null: true, Field: fieldPlan, Show: titled("renewal announced for", "Verlängerung angekündigt zum")},
		sealed("tenant_id", fieldTenant), sealed("name", fieldName), sealed("company", fieldCompany), sealed("address", fieldAddress),
		sealed("registration_email", fieldRegistered), sealed("billing_email", fieldBilling), sealed("vat_id", fieldVATID),
		sealed("buyer_reference", fieldReference),
		{Name: "provider_customer", Null: true, Field: fieldPayment, Show: titled("number at the payment service", "Nummer beim Zahlungsdienst")},
		{Name: "provider_subscription", Null: true, Field: fieldPayment, Show: titled("number of the subscription at the payment service", "Nummer des Abonnements beim Zahlungsdienst")},
	},
}

// orders prove what was agreed: they are never corrected.
var orders = manifest.Table{
	Name: orderTable, About: "something a customer has ordered, changed or cancelled, with the terms that were agreed", Subject: "customer", Activity: "activity", Evidence: true,
	Moments: map[string]string{"collection": "at", "contract-end": "contract_end"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the order", Show: folded("number of the order", "Nummer der Bestellung")},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "customer", Why: "whose order"},
		{Name: "at", Type: manifest.TimeType, Why: "when it was ordered", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "on", "de": "am"}}},
		{Name: "contract_end", Type: manifest.TimeType, Null: true, Why: "when the contract ended", Show: titled("contract ends", "Vertrag endet")},
		{Name: "content", Type: manifest.BytesType, Null: true, Field: fieldOrders, Class: manifest.Sealed, Show: titled("what was ordered", "was bestellt wurde")},
	},
}

var invoices = manifest.Table{
	Name: invoiceTable, About: "an invoice, or the cancellation of one", Subject: "customer", Activity: "activity", Evidence: true,
	Moments: map[string]string{"collection": "at", "contract-end": "contract_end"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the invoice", Show: folded("mark of the invoice", "Kennung der Rechnung")},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "customer", Why: "whose invoice"},
		{Name: "at", Type: manifest.TimeType, Why: "its date", Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "on", "de": "am"}}},
		{Name: "contract_end", Type: manifest.TimeType, Null: true, Why: "when the contract ended", Show: titled("contract ends", "Vertrag endet")},
		{Name: "number", Field: fieldInvoices, Show: titled("number", "Nummer")},
		{Name: "cancels", Null: true, Why: "which invoice it cancels", Show: folded("cancels the invoice", "storniert die Rechnung")},
		{Name: "cancelled_by", Null: true, Why: "which one cancels it", Show: folded("cancelled by", "storniert durch")},
		{Name: "due_at", Type: manifest.TimeType, Null: true, Field: fieldInvoices, Show: titled("due", "fällig")},
		{Name: "paid_at", Type: manifest.TimeType, Null: true, Field: fieldInvoices, Show: titled("paid", "bezahlt")},
		{Name: "reminded", Type: manifest.IntType, Field: fieldInvoices, Show: titled("how often payment was asked for", "wie oft erinnert wurde")},
		{Name: "gross", Type: manifest.IntType, Field: fieldInvoices, Show: titled("amount in the smallest unit", "Betrag in der kleinsten Einheit")},
		{Name: "content", Type: manifest.BytesType, Null: true, Field: fieldInvoices, Class: manifest.Sealed, Show: titled("what it says", "was darauf steht")},
		{Name: "structured", Type: manifest.BytesType, Null: true, Field: fieldInvoices, Class: manifest.Sealed, Show: folded("as a structured invoice (EN 16931)", "als strukturierte Rechnung (EN 16931)")},
		{Name: "leaf", Null: true, Why: "the ledger's leaf that holds a commitment to what it says"},
	},
}

// What follows says nothing about a customer.
var numbers = manifest.Table{
	Name: "subscription_number", About: "the last number of a range of invoices", Impersonal: "counts invoices",
	Columns: []manifest.Column{{Name: "series", Why: "prefix and year"}, {Name: "last", Type: manifest.IntType, Why: "the last number that was taken"}},
}

var documents = manifest.Table{
	Name: "subscription_document", About: "terms or an agreement on processing that customers agreed to, as they were shown", Impersonal: "the operator's own text, without the customer's name",
	Columns: []manifest.Column{
		{Name: "id", Why: "hash of the text"}, {Name: "kind", Why: "terms or agreement"}, {Name: "version", Why: "as the operator calls it"},
		{Name: "language", Why: "of the text"}, {Name: "text", Why: "the document"}, {Name: "at", Type: manifest.TimeType, Why: "when it was first agreed to"},
	},
}

var deliveries = manifest.Table{
	Name: "subscription_delivery", About: "a message of the payment service that was taken, so that it is taken once", Impersonal: "holds the number of a message and one time",
	Columns: []manifest.Column{{Name: "id", Why: "the number of the message"}, {Name: "at", Type: manifest.TimeType, Why: "when it came"}},
}

func sealed(name, field string) manifest.Column {
	return manifest.Column{Name: name, Type: manifest.BytesType, Null: true, Field: field, Class: manifest.Sealed}
}

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}
