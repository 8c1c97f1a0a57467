package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/policy/source"
)

// reader reads one file and keeps every mistake.
type reader struct {
	file     string
	findings Findings
}

// keys are what a map may hold, each with what reads it.
type keys map[string]func(*source.Node)

// Read reads a price list. The book is only to be used without findings.
func Read(file string, src []byte) (*Book, Findings) {
	r := &reader{file: file}
	root, mistakes := source.Parse(src)
	for _, m := range mistakes {
		r.say(m.Pos, "", "%s", m.Problem)
	}
	if len(mistakes) > 0 || root == nil {
		return nil, r.findings
	}
	b := &Book{Invoices: Invoices{Prefix: "R", Due: period.Period{Days: 14}, Remind: []period.Period{{Days: 7}, {Days: 21}}}}
	r.read(root, "the price list", []string{"plans", "currency", "vat", "seller"}, keys{
		"currency": func(n *source.Node) { r.shaped(n, &b.Currency, currencyForm, "three capital letters like EUR") },
		"vat":      func(n *source.Node) { r.rate(n, &b.VAT) },
		"seller":   func(n *source.Node) { r.seller(n, &b.Seller) },
		"invoices": func(n *source.Node) { r.invoices(n, &b.Invoices) },
		"terms":    func(n *source.Node) { r.terms(n, &b.Terms) },
		"plans":    func(n *source.Node) { r.plans(n, b) },
	})
	slices.SortStableFunc(r.findings, func(x, y Finding) int {
		if x.Before(y.Pos) {
			return -1
		}
		return 1
	})
	return b, r.findings
}

func (r *reader) say(at source.Pos, remedy, format string, args ...any) {
	r.findings = append(r.findings, Finding{r.file, at, source.Visible(fmt.Sprintf(format, args...)), remedy})
}

// read reads a map: no unknown key, none twice, those that must be there.
func (r *reader) read(n *source.Node, what string, must []string, known keys) {
	if n.Kind != source.Map {
		r.say(n.Pos, "", "%s is a map, here is %s", what, n.Kind)
		return
	}
	seen := map[string]bool{}
	for _, e := range n.Entries {
		f, ok := known[e.Key]
		switch {
		case !ok:
			r.say(e.Pos, "it knows "+strings.Join(slices.Sorted(maps.Keys(known)), ", "), "%s does not know %q", what, e.Key)
		case seen[e.Key]:
			r.say(e.Pos, "", "%s stands here twice", e.Key)
		case e.Value == nil || e.Value.Kind == source.Nothing:
			r.say(e.Pos, "", "%s is empty", e.Key)
		default:
			f(e.Value)
		}
		seen[e.Key] = true
	}
	for _, key := range must {
		if !seen[key] {
			r.say(n.Pos, "", "%s needs %s", what, key)
		}
	}
}

// text reads a value that is no list and no map.
func (r *reader) text(n *source.Node, to *string) bool {
	switch n.Kind {
	case source.Text, source.Number, source.Truth:
		*to = strings.TrimSpace(n.Scalar)
		return true
	}
	r.say(n.Pos, "", "here should be a text, here is %s", n.Kind)
	return false
}

var (
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	keyForm      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	prefixForm   = regexp.MustCompile(`^[A-Z0-9]{1,8}-?$`)
	vatForm      = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9+*]{2,13}$`)
	ibanForm     = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
	bicForm      = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	phoneForm    = regexp.MustCompile(`^\+?[0-9][0-9 ()/-]{2,39}$`)
	mailForm     = regexp.MustCompile(`^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$`)
	priceForm    = regexp.MustCompile(`^price_[A-Za-z0-9_]{1,100}$`)
)

func (r *reader) shaped(n *source.Node, to *string, form *regexp.Regexp, is string) {
	var s string
	if !r.text(n, &s) {
		return
	}
	if !form.MatchString(s) {
		r.say(n.Pos, "write "+is, "%q cannot be used here", s)
		return
	}
	*to = s
}

// spaced is shaped for what people write in groups: the spaces go.
func (r *reader) spaced(n *source.Node, to *string, form *regexp.Regexp, is string) {
	if n.Kind == source.Text {
		n.Scalar = strings.ReplaceAll(n.Scalar, " ", "")
	}
	r.shaped(n, to, form, is)
}

func (r *reader) rate(n *source.Node, to *Rate) {
	var s string
	if !r.text(n, &s) {
		return
	}
	rate, ok := parseRate(s)
	if !ok {
		r.say(n.Pos, "write it like 19%", "%q is no tax rate", s)
		return
	}
	*to = rate
}

func (r *reader) length(n *source.Node, to *period.Period) {
	var s string
	if !r.text(n, &s) {
		return
	}
	p, err := period.Parse(s)
	if err != nil || p.IsZero() {
		r.say(n.Pos, "write it like 30 days or 1 month", "%q is no period", s)
		return
	}
	*to = p
}

// words reads a text by language. German and English must both be there: pages and
// mails are in both.
func (r *reader) words(n *source.Node, to *policy.Text) {
	var de, en string
	r.read(n, "a text", []string{"de", "en"}, keys{
		"de": func(n *source.Node) { r.text(n, &de) },
		"en": func(n *source.Node) { r.text(n, &en) },
	})
	*to = policy.Text{"de": de, "en": en}
}

// items calls f for each item of a list.
func (r *reader) items(n *source.Node, f func(*source.Node)) {
	if n.Kind != source.List {
		r.say(n.Pos, "", "here should be a list, here is %s", n.Kind)
		return
	}
	for _, item := range n.Items {
		f(item)
	}
}
