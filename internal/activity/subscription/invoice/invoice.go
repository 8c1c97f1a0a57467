package invoice

import (
	"time"

	"kept/internal/activity/subscription/plan"
)

// Invoice is one, or the cancellation of one.
type Invoice struct {
	Number  string    `json:"number"`
	Cancels string    `json:"cancels,omitempty"` // the number of the one that this undoes
	Of      time.Time `json:"of,omitzero"`       // its date
	Date    time.Time `json:"date"`
	Due     time.Time `json:"due,omitzero"`
	From    time.Time `json:"from"` // what was or is supplied, first and last moment
	Until   time.Time `json:"until"`
	Zone    string    `json:"zone,omitempty"` // where the days are counted: the seller's; empty: UTC
	Lang    string    `json:"lang"`

	Reference string `json:"reference,omitempty"` // the buyer's own; of an authority its Leitweg-ID

	Seller Party     `json:"seller"`
	Bank   plan.Bank `json:"bank,omitzero"`
	Buyer  Party     `json:"buyer"`

	Lines    []Line     `json:"lines"`
	Currency string     `json:"currency"`
	Tax      Tax        `json:"tax"`
	Rate     plan.Rate  `json:"rate"`
	Net      plan.Money `json:"net"`
	VAT      plan.Money `json:"vat"`
	Gross    plan.Money `json:"gross"`
	Paid     bool       `json:"paid,omitempty"` // when it was written; of a cancellation: what it undoes had been
}

// LastDay is the last day that is paid for; the next term begins the day after.
func (x Invoice) LastDay() time.Time {
	if last := x.Until.In(x.Place()).AddDate(0, 0, -1); last.After(x.From) {
		return last
	}
	return x.From
}

// Party is who supplies or who receives.
type Party struct {
	Company string `json:"company,omitempty"`
	Name    string `json:"name,omitempty"`
	Street  string `json:"street,omitempty"`
	City    string `json:"city,omitempty"` // with its postal code
	Country string `json:"country,omitempty"`
	VATID   string `json:"vat_id,omitempty"`
	TaxNo   string `json:"tax_no,omitempty"`
	Email   string `json:"email,omitempty"`

	// Of the seller:
	Contact  string   `json:"contact,omitempty"`  // who answers questions about an invoice
	Phone    string   `json:"phone,omitempty"`    // theirs
	Register string   `json:"register,omitempty"` // court and number
	More     []string `json:"more,omitempty"`     // lines at the foot: register, telephone
}

// Line is one thing that is paid for.
type Line struct {
	Text string     `json:"text"`
	Net  plan.Money `json:"net"`
}

// Tax says how a supply is taxed.
type Tax string

// The ways.
const (
	Domestic Tax = "domestic" // the seller's VAT
	Reverse  Tax = "reverse"  // the receiver owes it (Art. 196 of Directive 2006/112/EC)
	Outside  Tax = "outside"  // supplied where the receiver is, outside the Union
	Exempt   Tax = "exempt"   // the seller is a small enterprise and takes none (§ 19 UStG)
)

// union are the members of the European Union, by the prefix of their VAT numbers.
var union = map[string]bool{
	"AT": true, "BE": true, "BG": true, "CY": true, "CZ": true, "DE": true, "DK": true, "EE": true, "ES": true, "FI": true, "FR": true,
	"GR": true, "HR": true, "HU": true, "IE": true, "IT": true, "LT": true, "LU": true, "LV": true, "MT": true, "NL": true, "PL": true,
	"PT": true, "RO": true, "SE": true, "SI": true, "SK": true,
}

// InUnion reports whether a country is a member of the European Union.
func InUnion(country string) bool { return union[country] }

// TaxFor returns how a service from one country to a business in another is taxed
// (§ 3a(2) UStG), where the seller takes a rate at home. Within the Union the receiver
// owes the tax only with a VAT number.
func TaxFor(seller, buyer, vatID string, rate plan.Rate) Tax {
	switch {
	case buyer != seller && !InUnion(buyer):
		return Outside
	case buyer != seller && vatID != "":
		return Reverse
	case rate == 0:
		return Exempt
	}
	return Domestic
}

// Sum fills in the amounts from the lines.
func (x *Invoice) Sum() {
	x.Net = 0
	for _, l := range x.Lines {
		x.Net += l.Net
	}
	if x.Tax != Domestic {
		x.Rate = 0
	}
	x.VAT = x.Rate.Of(x.Net)
	x.Gross = x.Net + x.VAT
}

// Cancel returns what undoes x: the same with the opposite sign.
func (x Invoice) Cancel(number string, at time.Time) Invoice {
	c := x
	c.Cancels, c.Of, c.Number, c.Date, c.Due = x.Number, x.Date, number, at, time.Time{}
	c.Lines = make([]Line, len(x.Lines))
	for i, l := range x.Lines {
		c.Lines[i] = Line{l.Text, -l.Net}
	}
	c.Net, c.VAT, c.Gross = -x.Net, -x.VAT, -x.Gross
	return c
}
