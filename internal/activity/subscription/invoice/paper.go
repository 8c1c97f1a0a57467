package invoice

import (
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/pdf"
)

// The columns of the paper, in millimetres.
const (
	left   = 25.0
	right  = 185.0
	facing = 122.0 // where dates and numbers stand, beside the address
	foot   = 262.0
	usual  = 10.0 // points
	small  = 8.0
	spaced = 5.2 // between lines
)

// paper is an invoice that is being written down.
type paper struct {
	*pdf.Document
	x Invoice
	y float64
}

func (p *paper) t(key string, args ...any) string { return p.x.t(key, args...) }

// day writes a date that no line breaks.
func (p *paper) day(t time.Time) string {
	return strings.ReplaceAll(p.x.day(t), " ", "\u00a0")
}

// PDF writes the invoice down.
func (x Invoice) PDF() []byte {
	p := &paper{x: x}
	p.Document = pdf.New(p.t(p.kind())+" "+x.Number, or(x.Seller.Company, x.Seller.Name), x.Lang, x.Date)
	p.newPage()
	p.head()
	p.lines()
	p.sums()
	p.notes()
	return p.Bytes()
}

func (p *paper) kind() string {
	if p.x.Cancels != "" {
		return "cancellation"
	}
	return "invoice"
}

// newPage begins a page with the seller's details at its foot.
func (p *paper) newPage() {
	p.Page()
	p.y = 45
	s, y := p.x.Seller, foot+6
	p.Rule(left, foot, right)
	columns := [][]string{{s.Company, s.Street, s.City}, s.More, nil}
	if s.VATID != "" {
		columns[1] = append([]string{p.t("vat-id", s.VATID)}, columns[1]...)
	} else if s.TaxNo != "" {
		columns[1] = append([]string{p.t("tax-no", s.TaxNo)}, columns[1]...)
	}
	if b := p.x.Bank; b.IBAN != "" {
		columns[2] = []string{b.Name, "IBAN " + grouped(b.IBAN)}
		if b.BIC != "" {
			columns[2] = append(columns[2], "BIC "+b.BIC)
		}
	}
	for i, column := range columns {
		n := 0
		for _, text := range column {
			if text == "" {
				continue
			}
			for _, line := range pdf.Wrap(text, small, 52) {
				p.Text(left+float64(i)*54, y+float64(n)*4, pdf.Regular, small, line)
				n++
			}
		}
	}
}

// grouped writes an IBAN as people read it.
func grouped(iban string) string {
	var groups []string
	for len(iban) > 4 {
		groups, iban = append(groups, iban[:4]), iban[4:]
	}
	return strings.Join(append(groups, iban), " ")
}

// room begins a new page if less than height is left on this one.
func (p *paper) room(height float64) {
	if p.y+height > foot-4 {
		p.newPage()
		p.y = 25
	}
}

// write writes a paragraph from the left margin.
func (p *paper) write(f pdf.Font, size float64, text string) {
	for _, line := range pdf.Wrap(text, size, right-left) {
		p.room(spaced)
		p.Text(left, p.y, f, size, line)
		p.y += spaced
	}
}

// head is whom the invoice goes to, what it is, its number and dates.
func (p *paper) head() {
	s, b := p.x.Seller, p.x.Buyer
	p.Text(left, p.y, pdf.Regular, small-1, strings.Join(filled(or(s.Company, s.Name), s.Street, s.City), " · "))
	p.y += 6
	country := ""
	if b.Country != s.Country {
		country = i18n.Country(b.Country, p.x.Lang)
	}
	top := p.y
	for _, text := range filled(b.Company, b.Name, b.Street, b.City, country) {
		for _, line := range pdf.Wrap(text, usual, 80) {
			p.Text(left, p.y, pdf.Regular, usual, line)
			p.y += spaced
		}
	}
	facts := [][2]string{{p.t("number"), p.x.Number}, {p.t("date"), p.x.day(p.x.Date)}, {p.t("supplied"), p.t("period", p.day(p.x.From), p.day(p.x.LastDay()))}}
	if p.x.Reference != "" {
		facts = append(facts, [2]string{p.t("your-reference"), p.x.Reference})
	}
	if b.VATID != "" {
		facts = append(facts, [2]string{p.t("your-vat-id"), b.VATID})
	}
	y := top
	for _, f := range facts {
		p.Text(facing, y, pdf.Regular, small, f[0])
		for _, line := range pdf.Wrap(f[1], usual, right-facing) {
			y += 4.4
			p.Text(facing, y, pdf.Regular, usual, line)
		}
		y += 6
	}
	p.y = max(p.y, y) + 10
	p.write(pdf.Bold, 15, p.t(p.kind())+" "+p.x.Number)
	p.y += 2
	if p.x.Cancels != "" {
		p.write(pdf.Regular, usual, p.t("cancels", p.x.Cancels, p.x.day(p.x.Of)))
	}
	p.y += 4
}

func (p *paper) lines() {
	p.Text(left, p.y, pdf.Bold, small, p.t("what"))
	p.Right(right, p.y, pdf.Bold, small, p.t("net"))
	p.Rule(left, p.y+2, right)
	p.y += 8
	for _, l := range p.x.Lines {
		text := pdf.Wrap(l.Text, usual, 120)
		p.room(float64(len(text)) * spaced)
		p.Right(right, p.y, pdf.Regular, usual, l.Net.In(p.x.Lang, p.x.Currency))
		for _, line := range text {
			p.Text(left, p.y, pdf.Regular, usual, line)
			p.y += spaced
		}
		p.y += 1.5
	}
	p.Rule(left, p.y-2, right)
	p.y += 4
}

func (p *paper) sums() {
	p.room(4 * spaced)
	sum := func(f pdf.Font, what, amount string) {
		p.Text(110, p.y, f, usual, what)
		p.Right(right, p.y, f, usual, amount)
		p.y += spaced + 0.8
	}
	sum(pdf.Regular, p.t("sum"), p.x.Net.In(p.x.Lang, p.x.Currency))
	if p.x.Tax == Domestic {
		sum(pdf.Regular, p.t("vat", p.x.Rate.In(p.x.Lang)), p.x.VAT.In(p.x.Lang, p.x.Currency))
	}
	sum(pdf.Bold, p.t("gross"), p.x.Gross.In(p.x.Lang, p.x.Currency))
	p.y += 6
}

// notes are why there is no tax, and how to pay.
func (p *paper) notes() {
	for _, says := range filled(p.x.untaxed(), p.x.payment()) {
		p.write(pdf.Regular, usual, says)
		p.y += 2
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func filled(all ...string) (some []string) {
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
