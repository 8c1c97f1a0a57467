package subscription

import (
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
)

type changePage struct {
	view
	Offer offer
	From  time.Time // from when on the other plan holds; zero: at once
	Until time.Time // of the current term
	Now   string    // net, what is to be paid now; empty: nothing, or the payment service says
	Trial bool
}

// showChange says what a change of the plan does before it is made.
func (o *Office) showChange(w http.ResponseWriter, r *http.Request) error {
	m, a, err := o.here(r)
	if err != nil {
		return err
	}
	s, err := o.of(r.Context(), o.env.DB, m.Customer)
	if err != nil {
		return err
	}
	p, err := o.offered(r.URL.Query().Get("plan"))
	if err != nil {
		return err
	}
	d := changePage{view: o.open(r, "change.title")}
	d.Offer = o.offerOf(a, p, d.Lang)
	up, more := o.larger(&s, p, o.now())
	d.Trial, d.Until = s.PayBy == "", s.PaidUntil
	switch {
	case !up:
		d.From = s.PaidUntil
	case len(more.lines) > 0:
		d.Until, d.Now = more.until, more.net().In(d.Lang, o.Book().Currency)
	}
	return o.show(w, r, "change", d)
}

func (o *Office) takeChange(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := o.Change(r.Context(), m, f.Value("plan")); err != nil {
		return err
	}
	return o.back(w, r, didChange)
}

type cancelPage struct {
	view
	Subscription Subscription
	Plan         string
	Ends         time.Time
}

// showCancel says what is cancelled and when it ends; the button on it does.
func (o *Office) showCancel(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	s, err := o.of(r.Context(), o.env.DB, m.Customer)
	if err != nil {
		return err
	}
	if state := s.State(o.now()); state != Active && state != Failing {
		return fault.New(fault.Conflict, "there is nothing to cancel: it ends by itself")
	}
	d := cancelPage{view: o.open(r, "cancel.title"), Subscription: s, Ends: s.PaidUntil}
	d.Plan = o.titleOf(s.Plan, d.Lang)
	return o.show(w, r, "cancel", d)
}

func (o *Office) takeCancel(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	if _, err := o.Cancel(r.Context(), m); err != nil {
		return err
	}
	return o.back(w, r, didCancel)
}

func (o *Office) takeResume(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	if err := o.Resume(r.Context(), m); err != nil {
		return err
	}
	return o.back(w, r, didResume)
}

// leadToPayments leads to the payment service's own page.
func (o *Office) leadToPayments(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	address, err := o.Payments(r.Context(), m.Customer)
	if err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

type documentPage struct {
	view
	Document *Document
	Party    []string  // who agreed, if the customer has
	Agreed   time.Time // and when
}

// showDocument shows terms or an agreement, with the customer as the other party if it
// has agreed.
func (o *Office) showDocument(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	d := documentPage{view: o.open(r, "document.title")}
	if d.Document, err = o.Document(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	d.Title = d.Document.Title
	if d.Party, d.Agreed, err = o.agreed(r, m.Customer, d.Document.ID); err != nil {
		return err
	}
	return o.show(w, r, "document", d)
}

// agreed returns who of a customer agreed to a document first, and when.
func (o *Office) agreed(r *http.Request, customer, id string) (party []string, at time.Time, err error) {
	orders, err := o.Orders(r.Context(), customer)
	for _, x := range orders { // the latest first
		if x.Agreement == id || x.Terms == id {
			party, at = someOf(x.Company, x.Name, x.Address.Street, x.Address.City), x.At
		}
	}
	return party, at, err
}

// showText hands a document out as text.
func (o *Office) showText(w http.ResponseWriter, r *http.Request) error {
	m, _, err := o.here(r)
	if err != nil {
		return err
	}
	d, err := o.Document(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	party, at, err := o.agreed(r, m.Customer, d.ID)
	if err != nil {
		return err
	}
	text := d.Plain()
	if len(party) > 0 {
		s := Subscription{Language: d.Lang}
		text += "\n" + o.words(&s, "document.agreed", joined(party), i18n.DateIn(at, o.zone(), d.Lang)) + "\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.Kind+"-"+d.Lang+`.txt"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(text))
	return err
}
