package subscription

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// byTrial is the way in which nothing is paid, in addresses.
const byTrial = "trial"

type orderPage struct {
	view
	Offer offer
	Way   string
	detailFields
	Terms     *Document
	Agreement *Document
}

// Shown names the documents that the page shows.
func (p orderPage) Shown() string {
	var ids []string
	for _, d := range []*Document{p.Terms, p.Agreement} {
		if d != nil {
			ids = append(ids, d.ID)
		}
	}
	return strings.Join(ids, " ")
}

// Bought says that it costs something.
func (p orderPage) Bought() bool { return p.Way != byTrial }

type country struct{ Code, Name string }

// showOrder asks for what an order needs: only what the policy lists, and details for
// invoices only when something is bought.
func (o *Office) showOrder(w http.ResponseWriter, r *http.Request) error {
	m, a, err := o.here(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	s, err := o.of(r.Context(), o.env.DB, m.Customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	d, err := o.orderPage(r, a, q.Get("plan"), q.Get("way"))
	if err != nil {
		return err
	}
	d.Form = page.Filled(s.Details.form())
	d.Country = or(s.Address.Country, o.seller().Country)
	return o.show(w, r, "order", d)
}

func (d Details) form() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"tenant": d.Tenant, "name": d.Name, "company": d.Company, "street": d.Address.Street, "city": d.Address.City, "billing": d.Billing, "vat": d.VATID, "reference": d.Reference} {
		v.Set(name, value)
	}
	return v
}

func (o *Office) orderPage(r *http.Request, a *policy.Activity, key, way string) (orderPage, error) {
	p, err := o.offered(key)
	if err != nil {
		return orderPage{}, err
	}
	if way != byTrial && !slices.Contains(o.ways(a, p), way) || way == byTrial && p.Trial.IsZero() {
		return orderPage{}, fault.New(fault.NotFound, "this way to pay is not offered")
	}
	d := orderPage{view: o.open(r, "order.title."+way), Way: way, Offer: o.offerOf(a, p, "")}
	d.Offer = o.offerOf(a, p, d.Lang)
	d.detailFields = asking(a, way, d.Lang)
	d.Terms, d.Agreement = o.Terms(d.Lang), o.Agreement(d.Lang)
	return d, nil
}

func (o *Office) offerOf(a *policy.Activity, p *plan.Plan, lang string) offer {
	all := o.offers(a, nil, lang)
	return all[o.Book().Rank(p.Key)]
}

// takeOrder takes an order, or shows the form again with what is wrong.
func (o *Office) takeOrder(w http.ResponseWriter, r *http.Request) error {
	m, a, err := o.here(r)
	if err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	d, err := o.orderPage(r, a, f.Value("plan"), f.Value("way"))
	if err != nil {
		return err
	}
	wish := Wish{Plan: d.Offer.Key, Lang: d.Lang, By: m, Business: f.Value("business") != "", Agreed: f.Value("agreed") != "", Details: typed(f)}
	for name, says := range o.check(a, &wish.Details, d.Bought()) {
		f.Refuse(name, d.T(says))
	}
	for _, name := range []string{"business", "agreed"} {
		if f.Value(name) == "" {
			f.Refuse(name, d.T("wrong."+name))
		}
	}
	if shown := f.Value("shown"); shown != "" && shown != d.Shown() {
		f.Refuse("agreed", d.T("wrong.changed"))
	}
	if f.Refused() {
		d.Form, d.Country, d.Status, d.Says = f, wish.Details.Address.Country, http.StatusUnprocessableEntity, d.T("wrong")
		return o.show(w, r, "order", d)
	}
	switch d.Way {
	case byTrial:
		if err = o.Begin(r.Context(), wish); err == nil {
			return o.back(w, r, didTrial)
		}
	case byInvoice:
		if err = o.Buy(r.Context(), wish); err == nil {
			return o.back(w, r, didOrder)
		}
	case byCard:
		var address string
		if address, err = o.Checkout(r.Context(), wish); err == nil {
			http.Redirect(w, r, address, http.StatusSeeOther)
			return nil
		}
	}
	return err
}

// countriesOf holds the countries of each language, sorted by their names.
var countriesOf sync.Map

func countries(lang string) []country {
	if all, ok := countriesOf.Load(lang); ok {
		return all.([]country)
	}
	var all []country
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			if name := i18n.Country(code, lang); name != code {
				all = append(all, country{code, name})
			}
		}
	}
	slices.SortFunc(all, func(x, y country) int { return strings.Compare(sorted.Replace(x.Name), sorted.Replace(y.Name)) })
	countriesOf.Store(lang, all)
	return all
}

// sorted sorts letters with marks among those without (DIN 5007).
var sorted = strings.NewReplacer("Ä", "A", "Ö", "O", "Ü", "U", "Å", "A", "Ç", "C", "É", "E")
