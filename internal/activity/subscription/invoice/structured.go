package invoice

import (
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"kept/internal/activity/subscription/plan"
)

// The rules that a structured invoice says it keeps (BT-24): those of the norm, and
// those that Germany's authorities add to them.
const (
	norm      = "urn:cen.eu:en16931:2017"
	xrechnung = norm + "#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
	billing   = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
)

// The kinds of document (UNTDID 1001). A cancellation corrects an invoice by its
// negative, as on paper.
const (
	commercial = "380"
	corrected  = "384"
)

// category is how a structured invoice says what tax applies (UNTDID 5305), and why
// there is none (VATEX).
type category struct{ code, why string }

var categories = map[Tax]category{
	Domestic: {code: "S"},
	Reverse:  {"AE", "VATEX-EU-AE"},
	Outside:  {"O", "VATEX-EU-O"},
	Exempt:   {code: "E"}, // the list has no code for small enterprises: the words say it
}

// XML writes the invoice as EN 16931 has it, in the syntax of UN/CEFACT (Cross Industry
// Invoice D16B). It says that it keeps XRechnung's rules as well if it knows all that
// they ask for: whom to call, where both live, how both are reached, and the buyer's
// reference.
func (x Invoice) XML() []byte {
	root := has("rsm:CrossIndustryInvoice",
		has("rsm:ExchangedDocumentContext",
			has("ram:BusinessProcessSpecifiedDocumentContextParameter", is("ram:ID", billing)),
			has("ram:GuidelineSpecifiedDocumentContextParameter", is("ram:ID", x.rules()))),
		has("rsm:ExchangedDocument",
			is("ram:ID", x.Number),
			is("ram:TypeCode", x.documentCode()),
			has("ram:IssueDateTime", x.date("udt", x.Date)),
			has("ram:IncludedNote", is("ram:Content", x.note()))),
		x.transaction())
	root.attrs = namespaces
	return root.document()
}

var namespaces = []xml.Attr{
	{Name: xml.Name{Local: "xmlns:rsm"}, Value: "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"},
	{Name: xml.Name{Local: "xmlns:ram"}, Value: "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"},
	{Name: xml.Name{Local: "xmlns:qdt"}, Value: "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"},
	{Name: xml.Name{Local: "xmlns:udt"}, Value: "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"},
}

func (x Invoice) rules() string {
	for _, needed := range []string{x.reference(), x.Seller.Contact, x.Seller.Phone, x.Seller.Email, x.Buyer.Email} {
		if needed == "" {
			return norm
		}
	}
	for _, p := range []Party{x.Seller, x.Buyer} {
		if code, town := p.town(); code == "" || town == "" {
			return norm
		}
	}
	if digits := strings.Map(onlyDigits, x.Seller.Phone); len(digits) < 3 {
		return norm
	}
	return xrechnung
}

func onlyDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

func (x Invoice) documentCode() string {
	if x.Cancels != "" {
		return corrected
	}
	return commercial
}

// reference is by what the buyer routes the invoice (BT-10): what they asked for, else
// who ordered.
func (x Invoice) reference() string { return or(x.Reference, x.Buyer.Name) }

// note says what a cancellation does, and what is to be paid on it.
func (x Invoice) note() string {
	if x.Cancels == "" {
		return ""
	}
	return x.t("cancels", x.Cancels, x.day(x.Of)) + " " + x.payment()
}

func (x Invoice) transaction() node {
	var parts []node
	for i, l := range x.Lines {
		parts = append(parts, x.item(i+1, l))
	}
	parts = append(parts,
		has("ram:ApplicableHeaderTradeAgreement",
			is("ram:BuyerReference", x.reference()),
			has("ram:SellerTradeParty", x.seller()...),
			has("ram:BuyerTradeParty", x.buyer()...)),
		has("ram:ApplicableHeaderTradeDelivery", // asked for by the syntax; the period says more
			has("ram:ActualDeliverySupplyChainEvent", has("ram:OccurrenceDateTime", x.date("udt", x.LastDay())))),
		has("ram:ApplicableHeaderTradeSettlement", x.settlement()...))
	return has("rsm:SupplyChainTradeTransaction", parts...)
}

// item is a line (BG-25). A price is never negative (BR-27): what is taken back is a
// negative quantity.
func (x Invoice) item(n int, l Line) node {
	quantity, price := "1", l.Net
	if l.Net < 0 {
		quantity, price = "-1", -l.Net
	}
	return has("ram:IncludedSupplyChainTradeLineItem",
		has("ram:AssociatedDocumentLineDocument", is("ram:LineID", strconv.Itoa(n))),
		has("ram:SpecifiedTradeProduct", is("ram:Name", l.Text)),
		has("ram:SpecifiedLineTradeAgreement", has("ram:NetPriceProductTradePrice", is("ram:ChargeAmount", price.Plain()))),
		has("ram:SpecifiedLineTradeDelivery", is("ram:BilledQuantity", quantity, "unitCode", "C62")), // C62: one
		has("ram:SpecifiedLineTradeSettlement",
			has("ram:ApplicableTradeTax", is("ram:TypeCode", "VAT"), is("ram:CategoryCode", categories[x.Tax].code), is("ram:RateApplicablePercent", x.rate())),
			has("ram:SpecifiedTradeSettlementLineMonetarySummation", is("ram:LineTotalAmount", l.Net.Plain()))))
}

// rate is the tax rate; what is not subject to VAT has none (BR-O-05).
func (x Invoice) rate() string {
	if x.Tax == Outside {
		return ""
	}
	return plan.Money(x.Rate).Plain()
}

// seller is who supplies (BG-4). Where nothing is subject to VAT the norm wants no VAT
// number (BR-O-02): it stands as a tax number then, since § 14(4) no. 2 UStG wants one.
func (x Invoice) seller() []node {
	s := x.Seller
	vatID, taxNo := s.VATID, ""
	if vatID == "" || x.Tax == Outside {
		vatID, taxNo = "", or(s.TaxNo, s.VATID)
	}
	id := ""
	if vatID == "" && s.Register == "" { // by one of three the buyer's program knows who it is (BR-CO-26)
		id = taxNo
	}
	return []node{
		is("ram:ID", id),
		is("ram:Name", or(s.Company, s.Name)),
		has("ram:SpecifiedLegalOrganization", is("ram:ID", s.Register)),
		has("ram:DefinedTradeContact",
			is("ram:PersonName", s.Contact),
			has("ram:TelephoneUniversalCommunication", is("ram:CompleteNumber", s.Phone)),
			has("ram:EmailURIUniversalCommunication", is("ram:URIID", s.Email))),
		s.address(""),
		s.reached(),
		has("ram:SpecifiedTaxRegistration", is("ram:ID", taxNo, "schemeID", "FC")),
		has("ram:SpecifiedTaxRegistration", is("ram:ID", vatID, "schemeID", "VA")),
	}
}

// buyer is who receives (BG-7).
func (x Invoice) buyer() []node {
	b := x.Buyer
	vatID, contact := b.VATID, ""
	if x.Tax == Outside {
		vatID = ""
	}
	if b.Company != "" {
		contact = b.Name
	}
	return []node{
		is("ram:Name", or(b.Company, or(b.Name, b.Email))),
		has("ram:DefinedTradeContact", is("ram:PersonName", contact)),
		b.address(x.Seller.Country),
		b.reached(),
		has("ram:SpecifiedTaxRegistration", is("ram:ID", vatID, "schemeID", "VA")),
	}
}

// address is a postal one; of who gave none the country is known all the same, by which
// it was taxed.
func (p Party) address(country string) node {
	code, town := p.town()
	return has("ram:PostalTradeAddress", is("ram:PostcodeCode", code), is("ram:LineOne", p.Street), is("ram:CityName", town), is("ram:CountryID", or(p.Country, country)))
}

// reached is the electronic address (BT-34, BT-49), by mail.
func (p Party) reached() node {
	return has("ram:URIUniversalCommunication", is("ram:URIID", p.Email, "schemeID", "EM"))
}

// town takes a town and its postal code apart, in whichever order a country has them.
// Where nothing looks like a code the town is all of it.
func (p Party) town() (code, town string) {
	words := strings.Fields(p.City)
	n := 0
	for n < len(words) && strings.ContainsAny(words[n], digits) {
		n++
	}
	if n > 0 && n+1 < len(words) && p.Country == "NL" && len(words[n]) == 2 && words[n] == strings.ToUpper(words[n]) { // 1012 AB Amsterdam
		n++
	}
	if n > 0 && n < len(words) {
		return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
	}
	n = len(words)
	for n > 1 && n > len(words)-2 && strings.ContainsAny(words[n-1], digits) { // London SW1A 1AA
		n--
	}
	if code = strings.Join(words[n:], " "); len(code) > 2 {
		return code, strings.TrimSuffix(strings.Join(words[:n], " "), ",")
	}
	return "", p.City
}

const digits = "0123456789"

// settlement is what is paid, how and until when.
func (x Invoice) settlement() []node {
	c := categories[x.Tax]
	currency := []string{"currencyID", x.Currency}
	due, terms := x.Gross, node{}
	prepaid := ""
	if x.Paid && x.Cancels == "" {
		due, prepaid = 0, x.Gross.Plain()
	}
	if due > 0 {
		terms = has("ram:SpecifiedTradePaymentTerms", is("ram:Description", x.payment()), has("ram:DueDateDateTime", x.date("udt", x.Due)))
	}
	return []node{
		is("ram:PaymentReference", x.Number),
		is("ram:InvoiceCurrencyCode", x.Currency),
		x.means(),
		has("ram:ApplicableTradeTax",
			is("ram:CalculatedAmount", x.VAT.Plain()),
			is("ram:TypeCode", "VAT"),
			is("ram:ExemptionReason", x.untaxed()),
			is("ram:BasisAmount", x.Net.Plain()),
			is("ram:CategoryCode", c.code),
			is("ram:ExemptionReasonCode", c.why),
			is("ram:RateApplicablePercent", plan.Money(x.Rate).Plain())),
		has("ram:BillingSpecifiedPeriod", has("ram:StartDateTime", x.date("udt", x.From)), has("ram:EndDateTime", x.date("udt", x.LastDay()))),
		terms,
		has("ram:SpecifiedTradeSettlementHeaderMonetarySummation",
			is("ram:LineTotalAmount", x.Net.Plain()),
			is("ram:TaxBasisTotalAmount", x.Net.Plain()),
			is("ram:TaxTotalAmount", x.VAT.Plain(), currency...),
			is("ram:GrandTotalAmount", x.Gross.Plain()),
			is("ram:TotalPrepaidAmount", prepaid),
			is("ram:DuePayableAmount", due.Plain())),
		x.undoes(),
	}
}

// undoes names the invoice that is cancelled (BG-3).
func (x Invoice) undoes() node {
	if x.Cancels == "" {
		return node{}
	}
	return has("ram:InvoiceReferencedDocument", is("ram:IssuerAssignedID", x.Cancels), has("ram:FormattedIssueDateTime", x.date("qdt", x.Of)))
}

// means is how to pay (UNTDID 4461): by a transfer in the SEPA area, by another one, or
// as was agreed.
func (x Invoice) means() node {
	code := "58"
	switch {
	case x.Bank.IBAN == "":
		return has("ram:SpecifiedTradeSettlementPaymentMeans", is("ram:TypeCode", "1"))
	case x.Currency != "EUR":
		code = "30"
	}
	return has("ram:SpecifiedTradeSettlementPaymentMeans",
		is("ram:TypeCode", code),
		has("ram:PayeePartyCreditorFinancialAccount", is("ram:IBANID", x.Bank.IBAN), is("ram:AccountName", or(x.Seller.Company, x.Seller.Name))),
		has("ram:PayeeSpecifiedCreditorFinancialInstitution", is("ram:BICID", x.Bank.BIC)))
}

// date is a day of the calendar in one of the syntax's two namespaces; none without one.
func (x Invoice) date(space string, t time.Time) node {
	if t.IsZero() {
		return node{}
	}
	return is(space+":DateTimeString", t.In(x.Place()).Format("20060102"), "format", "102")
}
