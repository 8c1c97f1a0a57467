package answer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"strings"

	"kept/internal/duty/rights"
)

// properties are the vCard properties of contact data, by data category; the more
// special category comes first.
var properties = []struct{ category, property string }{
	{"user.name.first", "given"},
	{"user.name.last", "family"},
	{"user.name", "FN"},
	{"user.contact.email", "EMAIL"},
	{"user.contact.phone_number", "TEL"},
	{"user.contact.fax_number", "TEL;TYPE=fax"},
	{"user.contact.organization", "ORG"},
	{"user.contact.url", "URL"},
	{"user.contact.address.street", "street"},
	{"user.contact.address.city", "city"},
	{"user.contact.address.state", "region"},
	{"user.contact.address.postal_code", "code"},
	{"user.contact.address.country", "country"},
	{"user.contact.address", "street"},
	{"user.job_title", "TITLE"},
	{"user.demographic.date_of_birth", "BDAY"},
}

func propertyOf(category string) string {
	i := slices.IndexFunc(properties, func(p struct{ category, property string }) bool {
		return category == p.category || strings.HasPrefix(category, p.category+".")
	})
	if i < 0 {
		return ""
	}
	return properties[i].property
}

// contacts reports whether rows of s tell how to reach somebody.
func contacts(s *rights.Sheet) bool {
	return slices.ContainsFunc(s.Table.Columns, func(c rights.Column) bool {
		p := propertyOf(c.Category)
		return p == "EMAIL" || p == "TEL" || p == "FN" || p == "family"
	})
}

// mostCards is how many different cards are remembered, so that the same contact
// is not written for every row.
const mostCards = 10_000

// cards are the contact data as vCard 4.0 (RFC 6350), each once.
func (b *bundle) cards(ctx context.Context) error {
	if !slices.ContainsFunc(b.sheets, func(s *seen) bool { return contacts(s.Sheet) }) {
		return nil
	}
	return b.file("contacts.vcf", "text/vcard; charset=utf-8", "cards", func(w io.Writer) error {
		out := bufio.NewWriter(w)
		known := map[[32]byte]bool{}
		err := b.Stream(ctx, b.Person, b.Right, func(s *rights.Sheet, row []any) error {
			if !contacts(s) {
				return rights.ErrSkip
			}
			var text strings.Builder
			if !card(&text, s, row) {
				return nil
			}
			sum := sha256.Sum256([]byte(text.String()))
			if known[sum] {
				return nil
			}
			if len(known) < mostCards {
				known[sum] = true
			}
			_, err := out.WriteString(text.String())
			return err
		})
		if err != nil {
			return err
		}
		return out.Flush()
	})
}

// card writes a row as a card; false if it tells nothing of a contact.
func card(w io.Writer, s *rights.Sheet, row []any) bool {
	found := map[string][]string{}
	for i, c := range s.Table.Columns {
		if p, v := propertyOf(c.Category), strings.TrimSpace(words(row[i])); p != "" && v != "" {
			found[p] = append(found[p], v)
		}
	}
	if len(found) == 0 {
		return false
	}
	l := &lines{w: w}
	l.put("BEGIN", "VCARD")
	l.put("VERSION", "4.0")
	l.text("FN", called(found))
	if len(found["given"])+len(found["family"]) > 0 {
		l.put("N", parts(found, "family", "given", "", "", ""))
	}
	for _, p := range []string{"EMAIL", "TEL", "TEL;TYPE=fax", "ORG", "TITLE", "BDAY"} {
		for _, v := range found[p] {
			l.text(valued(p), v)
		}
	}
	for _, v := range found["URL"] {
		if !strings.ContainsAny(v, "\r\n") {
			l.put("URL", escape(v))
		}
	}
	if len(found["street"])+len(found["city"])+len(found["region"])+len(found["code"])+len(found["country"]) > 0 {
		l.put("ADR", parts(found, "", "", "street", "city", "region", "code", "country"))
	}
	l.put("END", "VCARD")
	return true
}

// valued says that a number or a day is text: a person may write it in any form.
func valued(property string) string {
	if strings.HasPrefix(property, "TEL") || property == "BDAY" {
		return property + ";VALUE=text"
	}
	return property
}

// called is what a card must say: a name, or what there is instead.
func called(found map[string][]string) string {
	if len(found["FN"]) > 0 {
		return found["FN"][0]
	}
	whole := strings.TrimSpace(strings.Join(append(slices.Clone(found["given"]), found["family"]...), " "))
	for _, other := range []string{"EMAIL", "TEL", "ORG"} {
		if whole == "" && len(found[other]) > 0 {
			whole = found[other][0]
		}
	}
	return whole
}

// parts joins the components of a structured property.
func parts(found map[string][]string, of ...string) string {
	all := make([]string, len(of))
	for i, name := range of {
		if v := found[name]; len(v) > 0 {
			all[i] = escape(strings.Join(v, " "))
		}
	}
	return strings.Join(all, ";")
}
