package subscription

import (
	"embed"
	"net/http"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

//go:embed templates
var sources embed.FS

var pages = page.Parse(sources, "templates")

// section is where the pages' words stand.
const section = "subscription"

// Where the pages lie.
const (
	portalPath  = "/subscription"
	deskPath    = "/subscriptions"
	webhookPath = portalPath + "/stripe"
)

// longestMessage is how long a message of the payment service may be.
const longestMessage = 256 << 10

// Routes are the kind's lines of the access table.
func (o *Office) Routes() []access.Route {
	at := func(method, path string, h access.Handler) access.Route {
		return access.Route{Door: access.Portal, Method: method, Pattern: portalPath + path, Right: access.Order, Handle: h}
	}
	return append(o.deskRoutes(),
		at(http.MethodGet, "", o.showOwn),
		at(http.MethodGet, "/order", o.showOrder),
		at(http.MethodPost, "/order", o.takeOrder),
		at(http.MethodGet, "/change", o.showChange),
		at(http.MethodPost, "/change", o.takeChange),
		at(http.MethodGet, "/cancel", o.showCancel),
		at(http.MethodPost, "/cancel", o.takeCancel),
		at(http.MethodPost, "/resume", o.takeResume),
		at(http.MethodGet, "/details", o.showCorrect),
		at(http.MethodPost, "/details", o.takeCorrect),
		at(http.MethodPost, "/payments", o.leadToPayments),
		at(http.MethodGet, "/invoices/{id}", handOut(AsPDF, o.ownInvoice)),
		at(http.MethodGet, "/invoices/{id}/xml", handOut(AsXML, o.ownInvoice)),
		at(http.MethodGet, "/documents/{id}", o.showDocument),
		at(http.MethodGet, "/documents/{id}/text", o.showText),
		access.Route{Door: access.Portal, Method: http.MethodPost, Pattern: webhookPath, Right: access.Anyone, CrossOrigin: true, MaxBody: longestMessage, Handle: o.hear},
	)
}

// here is who is signed in, and the entry under which is ordered; NotFound where
// nothing can be.
func (o *Office) here(r *http.Request) (activity.Member, *policy.Activity, error) {
	a, err := o.entry()
	if err != nil {
		return activity.Member{}, nil, err
	}
	if o.env.Customers == nil {
		return activity.Member{}, nil, fault.New(fault.NotFound, "nothing can be subscribed to here")
	}
	m, err := o.env.Customers.Portal().Member(r)
	return m, a, err
}

// open begins a page of the portal.
func (o *Office) open(r *http.Request, title string) view {
	b := o.env.Customers.Portal().Open(r, section)
	b.Title, b.Here = b.T(title), portalPath
	return view{b, o.now()}
}

func (o *Office) show(w http.ResponseWriter, r *http.Request, name string, d page.Framed) error {
	return pages.Show(o.env.Customers.Portal(), w, r, name, d)
}

// offer is a plan as a page shows it.
type offer struct {
	Key, Title, About, Price, Gross string
	Includes                        []string
	Trial                           string // how long it can be tried; empty: not (any more)
	Ways                            []string
	Own                             bool // it is subscribed to
}

func (o *Office) offers(a *policy.Activity, s *Subscription, lang string) (all []offer) {
	book := o.Book()
	for i := range book.Plans {
		p := &book.Plans[i]
		x := offer{Key: p.Key, Title: p.Title.In(lang), About: p.About.In(lang), Price: o.price(p, lang), Gross: o.gross(p, lang)}
		for _, t := range p.Includes {
			x.Includes = append(x.Includes, t.In(lang))
		}
		if (s == nil || s.nothingBegun()) && !p.Trial.IsZero() {
			x.Trial = p.Trial.In(lang)
		}
		if s != nil {
			x.Own = s.Plan == p.Key && s.NextPlan == ""
		}
		x.Ways = o.ways(a, p)
		all = append(all, x)
	}
	return all
}

// ways are those in which a plan can be paid.
func (o *Office) ways(a *policy.Activity, p *plan.Plan) (ways []string) {
	if accepts(a, byCard) && p.Stripe != "" && o.Stripe.Key.Reveal() != "" {
		ways = append(ways, byCard)
	}
	if accepts(a, byInvoice) {
		ways = append(ways, byInvoice)
	}
	return ways
}

// gross says what a plan costs with the tax of the seller's country.
func (o *Office) gross(p *plan.Plan, lang string) string {
	book := o.Book()
	return i18n.T(lang, "subscription.gross", (p.Price+book.VAT.Of(p.Price)).In(lang, book.Currency), book.VAT.In(lang))
}

type ownPage struct {
	view
	Subscription *Subscription
	State        State
	Plan         string
	Next         string
	Offers       []offer
	Bills        []Bill
	Orders       []Order
	Card         bool // a way to pay can be changed at the payment service
	Can          struct{ Change, Cancel, Resume, Order bool }
}

// showOwn is what the customer has subscribed to, what can be, and what was invoiced.
func (o *Office) showOwn(w http.ResponseWriter, r *http.Request) error {
	m, a, err := o.here(r)
	if err != nil {
		return err
	}
	d := ownPage{view: o.open(r, "own.title")}
	if r.URL.Query().Has("done") {
		d.Says = d.T("done." + known(r.URL.Query().Get("done"), didTrial, didOrder, didChange, didCancel, didResume, didCorrect, byCard))
	}
	s, err := o.of(r.Context(), o.env.DB, m.Customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	var own *Subscription
	if err == nil {
		own, d.Subscription, d.State = &s, &s, s.State(o.now())
		d.Plan, d.Next = o.titleOf(s.Plan, d.Lang), o.titleOf(s.NextPlan, d.Lang)
		d.Card = s.PayBy == byCard && s.ProviderCustomer != ""
	}
	d.Offers = o.offers(a, own, d.Lang)
	d.Can.Order = own == nil || d.State == Trial || d.State == Expired
	withdrawn := d.State == Cancelled && own.PayBy == byInvoice && o.Book().Plan(own.Plan) == nil
	d.Can.Change = own != nil && (d.State == Active || d.State == Failing || d.State == Trial || withdrawn)
	d.Can.Cancel = d.State == Active || d.State == Failing
	d.Can.Resume = d.State == Cancelled && !withdrawn
	if d.Bills, err = o.Bills(r.Context(), m.Customer); err != nil {
		return err
	}
	if d.Orders, err = o.Orders(r.Context(), m.Customer); err != nil {
		return err
	}
	return o.show(w, r, "own", d)
}

// titleOf is what a plan is called, its key if it is not offered any more.
func (o *Office) titleOf(key, lang string) string {
	if p := o.Book().Plan(key); p != nil {
		return p.Title.In(lang)
	}
	return key
}

// known returns what was asked for if it is one of some, else the first of them.
func known(asked string, some ...string) string {
	for _, s := range some {
		if s == asked {
			return s
		}
	}
	return some[0]
}

// back leads to the overview after something was done.
func (o *Office) back(w http.ResponseWriter, r *http.Request, done string) error {
	http.Redirect(w, r, o.open(r, "own.title").Link(portalPath, "done", done), http.StatusSeeOther)
	return nil
}

// ownInvoice is an invoice of the customer's own.
func (o *Office) ownInvoice(r *http.Request) (Bill, error) {
	m, _, err := o.here(r)
	if err != nil {
		return Bill{}, err
	}
	return o.bill(r.Context(), o.env.DB, "id = $1 and customer = $2", r.PathValue("id"), m.Customer)
}
