package plan_test

import (
	"strings"
	"testing"

	"kept/internal/activity/subscription/plan"
)

// sound is a price list without mistakes.
const sound = `currency: EUR
vat: 19%
seller: {vat_id: DE 123456789, bank: {name: Musterbank, iban: DE02 1203 0000 0000 2020 51, bic: BYLADEM1001}}
invoices: {prefix: R, due: 14 days, remind: [7 days, 21 days]}
terms: {version: 2026-11-01, text: {de: Es gilt das Übliche., en: The usual holds.}}
plans:
  team:
    title: {de: Team, en: Team}
    about: {de: für kleine Firmen, en: for small companies}
    includes:
      - {de: 50 Postfächer, en: 50 mailboxes}
    price: 29.90
    term: 1 month
    trial: 30 days
  company: {title: {de: Firma, en: Company}, price: 299, term: 1 year, stripe: price_1}
`

func TestASoundPriceList(t *testing.T) {
	b, findings := plan.Read("plans.yaml", []byte(sound))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	team, company := b.Plan("team"), b.Plan("company")
	if team.Price != 2990 || team.Trial.Days != 30 || company.Price != 29900 || b.VAT != 1900 || b.Rank("company") != 1 || b.ByStripe("price_1") != company || b.ByStripe("") != nil {
		t.Errorf("%+v", b)
	}
	if b.Seller.Bank.IBAN != "DE02120300000000202051" || b.Seller.VATID != "DE123456789" || len(b.Invoices.Remind) != 2 {
		t.Errorf("%+v", b.Seller)
	}
}

func TestEachMistakeHasItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ from, to, at, says string }{
		"unknown key": {"currency: EUR", "currency: EUR\nwährung: EUR", "2:1", "does not know"},
		"currency":    {"EUR", "Euro", "1:11", `"Euro"`},
		"rate":        {"19%", "19", "2:6", "no tax rate"},
		"iban":        {"2020 51", "2020 52", "3:", "check digits"},
		"price":       {"29.90", "gratis", "12:12", "no price"},
		"zero":        {"29.90", "0", "12:12", "no price"},
		"one language": {"about: {de: für kleine Firmen, en: for small companies}",
			"about: {de: für kleine Firmen}", "9:", "needs en"},
		"term":     {"    term: 1 month\n", "", "8:", "needs term"},
		"no id":    {"vat_id: DE 123456789, ", "", "3:", "neither"},
		"trial":    {"30 days", "soon", "14:12", "no period"},
		"key":      {"  team:", "  Team!:", "7:3", "key of a plan"},
		"twice":    {"  company:", "  team:", "15:3", "key of a plan"},
		"provider": {"price: 29.90", "stripe: price_1\n    price: 29.90", "16:3", "same price"},
		"no map":   {sound, "plans\n", "1:1", "is a map"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := plan.Read("plans.yaml", []byte(strings.Replace(sound, c.from, c.to, 1)))
			if len(findings) != 1 || !strings.Contains(findings.Error(), c.says) || !strings.HasPrefix(findings.Error(), "plans.yaml:"+c.at) {
				t.Errorf("%v\nwant one at %s that says %q", findings, c.at, c.says)
			}
		})
	}
}

func TestMoneyIsRoundedAwayFromZero(t *testing.T) {
	for _, c := range []struct{ net, tax plan.Money }{{2990, 568}, {50, 10}, {3, 1}, {-50, -10}, {0, 0}} {
		if got := plan.Rate(1900).Of(c.net); got != c.tax {
			t.Errorf("19%% of %d: %d, want %d", c.net, got, c.tax)
		}
	}
	if got := plan.Money(1000).Share(1, 3); got != 333 {
		t.Error(got)
	}
	if got := plan.Money(-123456).In("de", "EUR"); got != "-1.234,56\u00a0EUR" {
		t.Errorf("%q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sound))
	f.Fuzz(func(t *testing.T, src []byte) { plan.Read("x", src) })
}
