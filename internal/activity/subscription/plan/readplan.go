package plan

import (
	"strconv"

	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/policy/source"
)

func (r *reader) seller(n *source.Node, s *Seller) {
	r.read(n, "the seller", nil, keys{
		"vat_id":     func(n *source.Node) { r.spaced(n, &s.VATID, vatForm, "it with its country, like DE123456789") },
		"tax_number": func(n *source.Node) { r.text(n, &s.TaxNo) },
		"country":    func(n *source.Node) { r.shaped(n, &s.Country, countryForm, "two capital letters like DE") },
		"register":   func(n *source.Node) { r.text(n, &s.Court) },
		"contact":    func(n *source.Node) { r.contact(n, &s.Contact) },
		"bank":       func(n *source.Node) { r.bank(n, &s.Bank) },
	})
	if n.Kind == source.Map && s.VATID == "" && s.TaxNo == "" {
		r.say(n.Pos, "§ 14(4) no. 2 UStG asks for one of them on each invoice", "the seller has neither vat_id nor tax_number")
	}
}

func (r *reader) contact(n *source.Node, c *Contact) {
	r.read(n, "the contact", nil, keys{
		"name":  func(n *source.Node) { r.text(n, &c.Name) },
		"phone": func(n *source.Node) { r.shaped(n, &c.Phone, phoneForm, "it like +49 7071 123456") },
		"email": func(n *source.Node) { r.shaped(n, &c.Mail, mailForm, "an address like billing@company.example") },
	})
}

func (r *reader) bank(n *source.Node, b *Bank) {
	r.read(n, "the bank", []string{"iban"}, keys{
		"name": func(n *source.Node) { r.text(n, &b.Name) },
		"iban": func(n *source.Node) { r.spaced(n, &b.IBAN, ibanForm, "it like DE02 1203 0000 0000 2020 51") },
		"bic":  func(n *source.Node) { r.spaced(n, &b.BIC, bicForm, "it like BYLADEM1001") },
	})
	if b.IBAN != "" && !validIBAN(b.IBAN) {
		r.say(n.Pos, "look for a digit that was mistyped", "the check digits of the IBAN are wrong")
	}
}

// validIBAN checks ISO 13616: the number, its first four characters last, letters as
// two digits, is 1 modulo 97.
func validIBAN(iban string) bool {
	rest := 0
	for _, c := range iban[4:] + iban[:4] {
		digits := string(c)
		if c >= 'A' {
			digits = strconv.Itoa(int(c-'A') + 10)
		}
		for _, d := range digits {
			rest = (rest*10 + int(d-'0')) % 97
		}
	}
	return rest == 1
}

func (r *reader) invoices(n *source.Node, x *Invoices) {
	r.read(n, "invoices", nil, keys{
		"prefix": func(n *source.Node) { r.shaped(n, &x.Prefix, prefixForm, "one to eight capital letters or digits") },
		"due":    func(n *source.Node) { r.length(n, &x.Due) },
		"remind": func(n *source.Node) {
			x.Remind = nil
			r.items(n, func(n *source.Node) {
				var p period.Period
				r.length(n, &p)
				x.Remind = append(x.Remind, p)
			})
		},
	})
}

func (r *reader) terms(n *source.Node, t *Terms) {
	r.read(n, "the terms", []string{"version", "text"}, keys{
		"version": func(n *source.Node) { r.text(n, &t.Version) },
		"title":   func(n *source.Node) { r.words(n, &t.Title) },
		"text":    func(n *source.Node) { r.words(n, &t.Text) },
	})
}

// plans reads the plans in their order, which is their rank.
func (r *reader) plans(n *source.Node, b *Book) {
	if n.Kind != source.Map || len(n.Entries) == 0 {
		r.say(n.Pos, "", "plans is a map of at least one plan by its key")
		return
	}
	seen, prices := map[string]bool{}, map[string]string{}
	for _, e := range n.Entries {
		if !keyForm.MatchString(e.Key) || seen[e.Key] {
			r.say(e.Pos, "a key is small letters, digits and hyphens, and stands once", "%q cannot be the key of a plan", e.Key)
			continue
		}
		seen[e.Key] = true
		if e.Value == nil {
			e.Value = &source.Node{Pos: e.Pos}
		}
		p := r.plan(e.Value, e.Key)
		if other := prices[p.Stripe]; p.Stripe != "" && other != "" {
			r.say(e.Pos, "", "the plans %s and %s have the same price at the payment provider", other, p.Key)
		}
		prices[p.Stripe] = p.Key
		b.Plans = append(b.Plans, p)
	}
}

func (r *reader) plan(n *source.Node, key string) Plan {
	p := Plan{Key: key}
	r.read(n, "the plan "+key, []string{"title", "price", "term"}, keys{
		"title": func(n *source.Node) { r.words(n, &p.Title) },
		"about": func(n *source.Node) { r.words(n, &p.About) },
		"includes": func(n *source.Node) {
			r.items(n, func(n *source.Node) {
				var t policy.Text
				r.words(n, &t)
				p.Includes = append(p.Includes, t)
			})
		},
		"price":  func(n *source.Node) { r.price(n, &p.Price) },
		"term":   func(n *source.Node) { r.length(n, &p.Term) },
		"trial":  func(n *source.Node) { r.length(n, &p.Trial) },
		"stripe": func(n *source.Node) { r.shaped(n, &p.Stripe, priceForm, "the id of a price, price_…") },
	})
	return p
}

func (r *reader) price(n *source.Node, to *Money) {
	var s string
	if !r.text(n, &s) {
		return
	}
	m, ok := parseMoney(s)
	if !ok || m == 0 {
		r.say(n.Pos, "write the net price like 29.00", "%q is no price", s)
		return
	}
	*to = m
}
