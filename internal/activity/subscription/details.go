package subscription

import (
	"strings"

	"kept/internal/activity/subscription/invoice"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/pdf"
	"kept/internal/policy"
)

// Missing is what is wrong with details, by the name of the form's field and the key
// of the words that say it.
type Missing map[string]string

// longestDetail is how long one may be, in bytes.
const longestDetail = 200

// complete drops what the policy does not list, and returns Invalid if something that
// is needed is missing. VAT number and address for invoices are taken when something
// is bought, and never before.
func (o *Office) complete(a *policy.Activity, d *Details, bought bool) error {
	for word, field := range o.check(a, d, bought) {
		return fault.New(fault.Invalid, "%s: %s", word, i18n.T("en", "subscription."+field))
	}
	return nil
}

func (o *Office) check(a *policy.Activity, d *Details, bought bool) Missing {
	wrong := Missing{}
	need := func(field, name string, value *string, must bool) {
		*value = strings.TrimSpace(*value)
		switch {
		case !a.Has(field):
			*value = ""
		case *value == "" && must:
			wrong[name] = "wrong.missing"
		case len(*value) > longestDetail || strings.ContainsAny(*value, "\r\n\x00"):
			wrong[name] = "wrong.long"
		case bought && len(pdf.Lost(*value)) > 0:
			wrong[name] = "wrong.letters"
		}
	}
	need(fieldTenant, "tenant", &d.Tenant, true)
	need(fieldName, "name", &d.Name, true)
	need(fieldCompany, "company", &d.Company, true)
	need(fieldAddress, "street", &d.Address.Street, true)
	need(fieldAddress, "city", &d.Address.City, true)
	need(fieldAddress, "country", &d.Address.Country, true)
	if a.Has(fieldAddress) && wrong["country"] == "" && i18n.Country(d.Address.Country, "en") == d.Address.Country {
		wrong["country"] = "wrong.country"
	}
	if a.Has(fieldTenant) && wrong["tenant"] == "" && !isTenant(d.Tenant) {
		wrong["tenant"] = "wrong.tenant"
	}
	if !bought {
		d.Billing, d.VATID, d.Reference = "", "", ""
		return wrong
	}
	need(fieldBilling, "billing", &d.Billing, false)
	need(fieldVATID, "vat", &d.VATID, false)
	need(fieldReference, "reference", &d.Reference, false)
	if d.Billing != "" && wrong["billing"] == "" {
		if _, err := mail.Normalise(d.Billing); err != nil {
			wrong["billing"] = "wrong.mail"
		}
	}
	if d.VATID != "" && wrong["vat"] == "" {
		id, ok := invoice.VATID(d.VATID, d.Address.Country)
		if d.VATID = id; !ok {
			wrong["vat"] = "wrong.vat"
		}
	}
	return wrong
}

// isTenant reports whether s is the id of a directory at Microsoft: a UUID, or one of
// its domain names.
func isTenant(s string) bool {
	digits := strings.ReplaceAll(s, "-", "")
	if len(s) == 36 && len(digits) == 32 && strings.Trim(strings.ToLower(digits), "0123456789abcdef") == "" {
		return true
	}
	label := strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789.-")
	return label == "" && strings.Contains(strings.Trim(s, "."), ".") && !strings.Contains(s, "..")
}
