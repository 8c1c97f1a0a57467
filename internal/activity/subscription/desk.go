package subscription

import (
	"bytes"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

func (o *Office) deskRoutes() []access.Route {
	desk := func(method, path string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + path, Right: access.Subscriptions, Handle: h}
	}
	return []access.Route{
		desk(http.MethodGet, "", o.deskList),
		desk(http.MethodGet, "/{id}", o.deskOne),
		desk(http.MethodPost, "/export", o.deskExport),
		desk(http.MethodGet, "/invoices/{number}", handOut(AsPDF, o.deskInvoice)),
		desk(http.MethodGet, "/invoices/{number}/xml", handOut(AsXML, o.deskInvoice)),
		desk(http.MethodPost, "/invoices/{number}/pay", o.deskPay),
		desk(http.MethodGet, "/invoices/{number}/cancel", o.deskAskToCancel),
		desk(http.MethodPost, "/invoices/{number}/cancel", o.deskCancelBill),
	}
}

type listPage struct {
	view
	Plans   []planRow
	Lines   []deskLine
	Waiting []Bill
	Empty   bool // there is no price list
	From    string
	Until   string
}

type planRow struct {
	Title                             string
	Trial, Active, Cancelled, Expired int
}

type deskLine struct {
	Line
	Title string
}

// deskList shows how many customers have which plan and which invoices wait for money;
// it names nobody.
func (o *Office) deskList(w http.ResponseWriter, r *http.Request) error {
	d := listPage{view: view{o.env.Desk.Open(r, section), o.now()}, Empty: len(o.Book().Plans) == 0}
	d.Title = d.T("nav.desk")
	counts, err := o.Count(r.Context())
	if err != nil {
		return err
	}
	for _, c := range counts {
		d.Plans = append(d.Plans, planRow{o.titleOf(c.Plan, d.Lang), c.Count[Trial], c.Count[Active] + c.Count[Failing], c.Count[Cancelled], c.Count[Expired]})
	}
	lines, err := o.List(r.Context())
	if err != nil {
		return err
	}
	for _, l := range lines {
		d.Lines = append(d.Lines, deskLine{l, o.titleOf(l.Plan, d.Lang)})
	}
	if d.Waiting, err = o.Waiting(r.Context()); err != nil {
		return err
	}
	year := d.now.Year()
	d.From, d.Until = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	return pages.Show(o.env.Desk, w, r, "list", d)
}

type onePage struct {
	view
	Subscription Subscription
	State        State
	Plan         string
	Orders       []Order
	Bills        []Bill
}

// deskOne shows one subscription, and that it was looked at stands in the ledger.
func (o *Office) deskOne(w http.ResponseWriter, r *http.Request) error {
	who, err := o.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := onePage{view: view{o.env.Desk.Open(r, section), o.now()}}
	if d.Subscription, d.Orders, d.Bills, err = o.Look(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return err
	}
	d.Title, d.Here = d.T("one.title"), deskPath
	d.State, d.Plan = d.Subscription.State(o.now()), o.titleOf(d.Subscription.Plan, d.Lang)
	return pages.Show(o.env.Desk, w, r, "one", d)
}

func (o *Office) deskInvoice(r *http.Request) (Bill, error) {
	who, err := o.env.Desk.Person(r)
	if err != nil {
		return Bill{}, err
	}
	return o.Invoice(r.Context(), r.PathValue("number"), who.ID)
}

// deskForm reads a form of the console, and who sent it.
func (o *Office) deskForm(r *http.Request) (who page.Person, f page.Form, err error) {
	if who, err = o.env.Desk.Person(r); err != nil {
		return who, f, err
	}
	f, err = page.Read(r)
	return who, f, err
}

func (o *Office) deskPay(w http.ResponseWriter, r *http.Request) error {
	who, f, err := o.deskForm(r)
	if err != nil {
		return err
	}
	at, err := DayOf(f.Value("paid"))
	if f.Value("paid") == "" {
		at, err = o.now(), nil
	}
	if err == nil {
		err = o.Pay(r.Context(), r.PathValue("number"), at, who.ID)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, deskPath, http.StatusSeeOther)
	return nil
}

type stornoPage struct {
	view
	Bill Bill
	Way  string // back to where the question came from
	Anew bool   // it can be written anew
}

// deskAskToCancel says what cancelling an invoice does, and asks whether it is meant; it
// names nobody.
func (o *Office) deskAskToCancel(w http.ResponseWriter, r *http.Request) error {
	b, err := o.bill(r.Context(), o.env.DB, "number = $1", r.PathValue("number"))
	if err != nil {
		return err
	}
	if !b.Cancellable() {
		return fault.New(fault.Conflict, "invoice %s is cancelled, or a cancellation itself", b.Number)
	}
	d := stornoPage{view: view{o.env.Desk.Open(r, section), o.now()}, Bill: b, Way: deskPath}
	if s, err := o.one(r.Context(), o.env.DB, "activity = $1 and customer = $2", b.Activity, b.Customer); err == nil {
		d.Way, d.Anew = d.Way+"/"+s.ID, or(s.Company, s.Name) != ""
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	d.Title, d.Here = d.T("storno.title", b.Number), deskPath
	return pages.Show(o.env.Desk, w, r, "storno", d)
}

func (o *Office) deskCancelBill(w http.ResponseWriter, r *http.Request) error {
	who, f, err := o.deskForm(r)
	if err != nil {
		return err
	}
	if f.Value("then") == "anew" {
		_, _, err = o.Rewrite(r.Context(), r.PathValue("number"), who.ID)
	} else {
		_, err = o.CancelBill(r.Context(), r.PathValue("number"), who.ID)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, deskPath, http.StatusSeeOther)
	return nil
}

// deskExport hands out the invoices between two days, both included, as a table or with
// the invoices themselves.
func (o *Office) deskExport(w http.ResponseWriter, r *http.Request) error {
	who, f, err := o.deskForm(r)
	if err != nil {
		return err
	}
	from, err := DayOf(f.Value("from"))
	if err != nil {
		return err
	}
	to, err := DayOf(f.Value("to"))
	if err != nil {
		return err
	}
	name, kind, write := "invoices.csv", "text/csv; charset=utf-8", o.Export
	if f.Value("as") == "zip" {
		name, kind, write = "invoices.zip", "application/zip", o.Archive
	}
	var all bytes.Buffer
	if _, err := write(r.Context(), &all, from, to.AddDate(0, 0, 1), who.ID); err != nil {
		return err
	}
	return download(w, name, kind, all.Bytes())
}

// DayOf reads a day.
func DayOf(text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, fault.New(fault.Invalid, "write the day like 2027-01-31")
	}
	return at, nil
}
