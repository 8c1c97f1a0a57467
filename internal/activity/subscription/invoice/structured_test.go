package invoice_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/subscription/invoice"
	"kept/internal/activity/subscription/plan"
)

var (
	seller = invoice.Party{Company: "Kontaktabgleich Software GmbH", Street: "Marktplatz 6", City: "72070 Tübingen", Country: "DE", VATID: "DE123456789",
		Register: "Amtsgericht Stuttgart, HRB 0", Contact: "Buchhaltung", Phone: "+49 7071 123456", Email: "info@contactsync.example"}
	buyer = invoice.Party{Company: "Maschinenbau & Söhne <GmbH>", Name: "Ada Lovelace", Street: "Werkweg 1", City: "70173 Stuttgart", Country: "DE", VATID: "DE811000001", Email: "rechnung@firma.example"}
	bank  = plan.Bank{Name: "Musterbank", IBAN: "DE02120300000000202051", BIC: "BYLADEM1001"}
	noon  = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
)

// written is an invoice as the office writes it, changed by f.
func written(number string, f func(x *invoice.Invoice)) invoice.Invoice {
	x := invoice.Invoice{Number: number, Date: noon, Due: noon.AddDate(0, 0, 14), From: noon, Until: noon.AddDate(0, 1, 0), Lang: "de", Seller: seller, Buyer: buyer, Bank: bank,
		Lines: []invoice.Line{{Text: "Tarif Team, 1 Monat", Net: 2900}}, Currency: "EUR", Rate: 1900, Tax: invoice.Domestic}
	f(&x)
	x.Sum()
	return x
}

// cases are the invoices that there can be, and whether they keep XRechnung's rules.
func cases() map[string]struct {
	invoice.Invoice
	authority bool
} {
	type c = struct {
		invoice.Invoice
		authority bool
	}
	domestic := written("R2026-0001", func(*invoice.Invoice) {})
	paid := written("R2026-0002", func(x *invoice.Invoice) { x.Paid = true })
	upgrade := written("R2026-0003", func(x *invoice.Invoice) {
		x.Lang, x.Lines = "en", []invoice.Line{{Text: "Plan Company, 1 year", Net: 29000}, {Text: "What is left of Team", Net: -1933}, {Text: "Nothing", Net: 0}}
	})
	reverse := written("R2026-0004", func(x *invoice.Invoice) {
		x.Tax, x.Buyer.Country, x.Buyer.City, x.Buyer.VATID = invoice.Reverse, "AT", "1010 Wien", "ATU12345678"
	})
	greek := written("R2026-0005", func(x *invoice.Invoice) {
		x.Tax, x.Buyer.Country, x.Buyer.City, x.Buyer.VATID = invoice.Reverse, "GR", "105 57 Αθήνα", "EL123456789"
	})
	outside := written("R2026-0006", func(x *invoice.Invoice) {
		x.Tax, x.Buyer.Country, x.Buyer.City, x.Buyer.VATID = invoice.Outside, "GB", "London SW1A 1AA", "GB123456789"
	})
	nobody := written("R2026-0007", func(x *invoice.Invoice) {
		x.Tax, x.Seller.Register, x.Buyer = invoice.Outside, "", invoice.Party{Company: "Alpen AG", Country: "CH"}
	})
	small := written("R2026-0008", func(x *invoice.Invoice) {
		x.Tax, x.Rate, x.Seller.VATID, x.Seller.TaxNo = invoice.Exempt, 0, "", "86/123/45678"
	})
	oneman := written("R2026-0009", func(x *invoice.Invoice) {
		x.Tax, x.Rate, x.Seller.VATID, x.Seller.Register, x.Seller.TaxNo, x.Bank = invoice.Exempt, 0, "", "", "86/123/45678", plan.Bank{}
	})
	authority := written("R2026-0010", func(x *invoice.Invoice) { x.Reference, x.Buyer.Name = "04011000-12345-39", "" })
	silent := written("R2026-0011", func(x *invoice.Invoice) { x.Seller.Phone = "" })
	odd := written("R2026-0012", func(x *invoice.Invoice) {
		x.Rate, x.Lines = 770, []invoice.Line{{Text: "a", Net: 333}, {Text: "b", Net: 333}, {Text: "c", Net: 339}}
	})
	francs := written("R2026-0013", func(x *invoice.Invoice) {
		x.Currency, x.Buyer.City, x.Buyer.Country, x.Buyer.VATID = "CHF", "1012 AB Amsterdam", "NL", ""
	})
	unpaid := domestic.Cancel("R2026-0014", noon.AddDate(0, 0, 3))
	back := paid.Cancel("R2026-0015", noon.AddDate(0, 0, 3))
	untaxed := reverse.Cancel("R2026-0016", noon.AddDate(0, 0, 3))
	undone := upgrade.Cancel("R2026-0017", noon.AddDate(0, 0, 3))
	all := map[string]c{}
	for _, x := range []c{{domestic, true}, {paid, true}, {upgrade, true}, {reverse, true}, {greek, true}, {outside, true}, {nobody, false}, {small, true}, {oneman, true},
		{authority, true}, {silent, false}, {odd, true}, {francs, true}, {unpaid, true}, {back, true}, {untaxed, true}, {undone, true}} {
		all[x.Number] = x
	}
	return all
}

// cii is what the test reads of a structured invoice, by its own names.
type cii struct {
	Rules     string `xml:"ExchangedDocumentContext>GuidelineSpecifiedDocumentContextParameter>ID"`
	Number    string `xml:"ExchangedDocument>ID"`
	Code      string `xml:"ExchangedDocument>TypeCode"`
	Agreement struct {
		Reference string `xml:"BuyerReference"`
		Buyer     struct {
			Name  string `xml:"Name"`
			Code  string `xml:"PostalTradeAddress>PostcodeCode"`
			Town  string `xml:"PostalTradeAddress>CityName"`
			VATID string `xml:"SpecifiedTaxRegistration>ID"`
		} `xml:"BuyerTradeParty"`
	} `xml:"SupplyChainTradeTransaction>ApplicableHeaderTradeAgreement"`
	Settlement struct {
		IBAN     string `xml:"SpecifiedTradeSettlementPaymentMeans>PayeePartyCreditorFinancialAccount>IBANID"`
		Means    string `xml:"SpecifiedTradeSettlementPaymentMeans>TypeCode"`
		Category string `xml:"ApplicableTradeTax>CategoryCode"`
		Why      string `xml:"ApplicableTradeTax>ExemptionReasonCode"`
		Words    string `xml:"ApplicableTradeTax>ExemptionReason"`
		Due      string `xml:"SpecifiedTradeSettlementHeaderMonetarySummation>DuePayableAmount"`
		Undoes   string `xml:"InvoiceReferencedDocument>IssuerAssignedID"`
	} `xml:"SupplyChainTradeTransaction>ApplicableHeaderTradeSettlement"`
}

// What programs read is what stands on the paper.
func TestTheStructuredInvoiceSaysWhatThePaperSays(t *testing.T) {
	all := cases()
	for _, c := range []struct{ number, code, category, why, words, means, due, undoes, reference, postcode, town, vatID string }{
		{"R2026-0001", "380", "S", "", "", "58", "34.51", "", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0002", "380", "S", "", "", "58", "0.00", "", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0003", "380", "S", "", "", "58", "322.10", "", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0004", "380", "AE", "VATEX-EU-AE", "Reverse Charge", "58", "29.00", "", "Ada Lovelace", "1010", "Wien", "ATU12345678"},
		{"R2026-0005", "380", "AE", "VATEX-EU-AE", "Reverse Charge", "58", "29.00", "", "Ada Lovelace", "105 57", "Αθήνα", "EL123456789"},
		{"R2026-0006", "380", "O", "VATEX-EU-O", "außerhalb", "58", "29.00", "", "Ada Lovelace", "SW1A 1AA", "London", ""},
		{"R2026-0007", "380", "O", "VATEX-EU-O", "außerhalb", "58", "29.00", "", "", "", "", ""},
		{"R2026-0008", "380", "E", "", "Kleinunternehmer", "58", "29.00", "", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0009", "380", "E", "", "Kleinunternehmer", "1", "29.00", "", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0010", "380", "S", "", "", "58", "34.51", "", "04011000-12345-39", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0013", "380", "S", "", "", "30", "34.51", "", "Ada Lovelace", "1012 AB", "Amsterdam", ""},
		{"R2026-0014", "384", "S", "", "", "58", "-34.51", "R2026-0001", "Ada Lovelace", "70173", "Stuttgart", "DE811000001"},
		{"R2026-0016", "384", "AE", "VATEX-EU-AE", "Reverse Charge", "58", "-29.00", "R2026-0004", "Ada Lovelace", "1010", "Wien", "ATU12345678"},
	} {
		var x cii
		if err := xml.Unmarshal(all[c.number].XML(), &x); err != nil {
			t.Fatalf("%s: %v", c.number, err)
		}
		a, s := x.Agreement, x.Settlement
		got := []string{x.Number, x.Code, s.Category, s.Why, s.Means, s.Due, s.Undoes, a.Reference, a.Buyer.Code, a.Buyer.Town, a.Buyer.VATID}
		want := []string{c.number, c.code, c.category, c.why, c.means, c.due, c.undoes, c.reference, c.postcode, c.town, c.vatID}
		if strings.Join(got, "|") != strings.Join(want, "|") || !strings.Contains(s.Words, c.words) || (s.Words == "") != (c.words == "") {
			t.Errorf("%s says %q, %q\nwant %q", c.number, got, s.Words, want)
		}
		if c.number != "R2026-0007" && a.Buyer.Name != buyer.Company {
			t.Errorf("%s is for %q", c.number, a.Buyer.Name)
		}
		if strings.HasSuffix(x.Rules, "xrechnung_3.0") != all[c.number].authority {
			t.Errorf("%s says that it keeps %s", c.number, x.Rules)
		}
	}
}
