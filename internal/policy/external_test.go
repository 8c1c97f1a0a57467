package policy_test

import (
	"slices"
	"strings"
	"testing"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// What another system does has no kind: the entry names its data and moments, and
// they can be shown like those of any other.
func TestTheEntryOfAnotherSystemBringsItsWords(t *testing.T) {
	a := right(t).Activity("customers")
	words := a.Words()
	if !words.External || words.Title["de"] != "Kundenverwaltung" || len(words.Fields) != 3 {
		t.Fatalf("%+v", words)
	}
	for i, want := range []policy.Field{
		{Name: "user.contact.email", Category: "user.contact.email", Title: policy.Text{"de": "E-Mail-Adresse", "en": "e-mail address"}, Source: "third-party"},
		{Name: "user.contact", Category: "user.contact", Title: policy.Text{"de": "Stammdaten", "en": "master data"}, Source: "third-party"},
		{Name: "score", Category: "user.financial.creditworthiness", Title: policy.Text{"de": "Bonität", "en": "creditworthiness"}, Source: "third-party"},
	} {
		got := words.Fields[i]
		if got.Name != want.Name || got.Category != want.Category || got.Source != want.Source || got.Title["de"] != want.Title["de"] || got.Title["en"] != want.Title["en"] {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if !slices.Equal(a.Fields(), []string{"user.contact.email", "user.contact", "score"}) || a.RuleFor("score").From != "last-order" || a.RuleFor("user.contact").From != "contract-end" {
		t.Errorf("%v", a.Fields())
	}
	for _, moment := range []string{"last-order", "contract-end", "revocation"} {
		i := slices.IndexFunc(words.Moments, func(m policy.Moment) bool { return m.Name == moment })
		if i < 0 || words.Moments[i].Title["de"] == "" || words.Moments[i].Title["en"] == "" {
			t.Errorf("%s: %+v", moment, words.Moments)
		}
	}
	books := right(t).Activity("books")
	if f := books.Words().Fields; len(f) != 2 || f[1].Name != "invoices" || f[1].Source != "person" {
		t.Errorf("%+v", f)
	}
	if k := (&policy.Activity{Kind: "x"}).Words(); k == nil || k.Name != "x" {
		t.Errorf("before a check: %+v", k)
	}
}

func TestWhatAnOfficerAsksIsRead(t *testing.T) {
	p := right(t)
	if len(p.Measures) != 2 || p.Measures[0].Key != "tls" || p.Measures[0].Title["de"] != "verschlüsselte Übertragung (TLS)" {
		t.Errorf("%+v", p.Measures)
	}
	if d := p.Department("support"); d == nil || d.Title["en"] != "Support" || p.Department("sales") != nil {
		t.Errorf("%+v", p.Departments)
	}
	if h := p.Hold("limitation"); h == nil || h.Law != "§§ 195, 199 BGB" || h.Longest != (period.Period{Years: 3}) || p.Hold("claims") != nil {
		t.Errorf("%+v", p.Holds)
	}
	rooms, network := p.Recipient("rooms"), p.Recipient("network")
	if rooms.Category["en"] != "video meetings" || len(rooms.Storage) != 2 || rooms.Objection == "" || rooms.OwnPurposes["en"] == "" || network.Agreement.Essence["en"] == "" {
		t.Errorf("%+v %+v", rooms, network)
	}
	meetings := p.Activity("meetings")
	if len(meetings.Also) != 2 || meetings.Also[0].Basis != policy.Consent || meetings.Also[1].Interest["en"] != "quick arrangements" || meetings.Access[0].Name != "support" {
		t.Errorf("%+v", meetings)
	}
	if !slices.Equal(meetings.People, []string{"participant"}) {
		t.Errorf("whom the kind says it is about: %v", meetings.People)
	}
	customers := p.Activity("customers")
	if customers.Decision.Kind != "decision" || customers.Decision.Ground != "contract" || customers.Origin["en"] != "a credit agency" || len(customers.People) != 2 {
		t.Errorf("%+v", customers)
	}
}

// Whoever performs it: data that others send has an origin, unless it is held for a
// customer, who tells people himself.
func TestDataOfOthersHasAnOriginInEveryKind(t *testing.T) {
	v := words()
	kind := v["access-log"]
	kind.Fields[1].Source = "third-party" // provider
	v["access-log"] = kind
	for _, c := range []struct {
		name, data, more string
		found            bool
	}{
		{"not said", "[url, provider]", "", true},
		{"said", "[url, provider]", "    origin: {de: das Register, en: the registry}\n", false},
		{"for a customer", "[url, provider]", "    on_behalf_of: {de: die Kundin, en: the customer}\n", false},
		{"another field", "[url, time]", "", false},
	} {
		src := strings.Replace(base, "    data: [url, time]\n", "    data: "+c.data+"\n"+c.more, 1)
		_, f := policy.Load("p.yaml", []byte(src), v, today)
		if slices.Contains(codesOf(f), "K324") != c.found {
			t.Errorf("%s: %s", c.name, f)
		}
	}
}
