package invoice

import (
	"regexp"
	"strings"
)

// vatForms are how the VAT numbers of the Union look behind their country's letters.
var vatForms = map[string]string{
	"AT": `U\d{8}`, "BE": `[01]\d{9}`, "BG": `\d{9,10}`, "CY": `\d{8}[A-Z]`, "CZ": `\d{8,10}`, "DE": `\d{9}`, "DK": `\d{8}`, "EE": `\d{9}`,
	"EL": `\d{9}`, "ES": `[A-Z0-9]\d{7}[A-Z0-9]`, "FI": `\d{8}`, "FR": `[A-Z0-9]{2}\d{9}`, "HR": `\d{11}`, "HU": `\d{8}`, "IE": `\d[A-Z0-9+*]\d{5}[A-Z]{1,2}`,
	"IT": `\d{11}`, "LT": `(\d{9}|\d{12})`, "LU": `\d{8}`, "LV": `\d{11}`, "MT": `\d{8}`, "NL": `[A-Z0-9+*]{12}`, "PL": `\d{10}`, "PT": `\d{9}`,
	"RO": `\d{2,10}`, "SE": `\d{12}`, "SI": `\d{8}`, "SK": `\d{10}`, "XI": `(\d{9}|\d{12}|GD\d{3}|HA\d{3})`,
}

// elsewhere is how a tax number from outside the Union looks at most.
var elsewhere = regexp.MustCompile(`^[A-Z0-9][A-Z0-9/]{3,29}$`)

// VATID returns a VAT number as it is written on invoices, without spaces, points and
// hyphens. ok is false if it does not look like one of that country.
func VATID(typed, country string) (id string, ok bool) {
	id = strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(typed))
	prefix := country
	if country == "GR" {
		prefix = "EL"
	}
	form, known := vatForms[prefix]
	if !known {
		return id, !InUnion(country) && elsewhere.MatchString(id)
	}
	return id, regexp.MustCompile("^" + prefix + form + "$").MatchString(id)
}
