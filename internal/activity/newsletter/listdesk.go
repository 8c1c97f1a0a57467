package newsletter

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
)

type subscriberPage struct {
	deskBase
	S      Subscription
	Topics string
	On     []List // lists that they stand on
	Off    []List // the others
	Proof  bool
	Keeps  bool // the entry keeps lists
}

// showSubscriber shows one subscriber. That it was opened goes into the ledger.
func (n *Newsletter) showSubscriber(w http.ResponseWriter, r *http.Request) error {
	d, err := n.subscriberPage(r)
	if err != nil {
		return err
	}
	if err := n.opened(r, "newsletter.subscriber-opened", map[string]any{"activity": d.Entry.Key}); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "subscriber", d)
}

func (n *Newsletter) subscriberPage(r *http.Request) (d subscriberPage, err error) {
	s, err := n.subscription(r.Context(), n.env.DB, "id", r.PathValue("id"))
	if err != nil {
		return d, err
	}
	if d.deskBase, err = n.desk(r); err != nil {
		return d, err
	}
	if d.Entry, err = n.declared(s.Activity); err != nil {
		return d, err
	}
	seen, err := n.unnamed(r.Context(), []Subscription{s})
	if err != nil {
		return d, err
	}
	d.S, d.Keeps = seen[0], d.Entry.Has(fieldLists)
	if d.Title = d.S.Email; d.S.Restricted {
		d.Title, d.Keeps = d.T("restricted"), false
		return d, nil
	}
	d.Topics = strings.Join(titles(topicsOf(d.Entry), append([]string{}, s.Topics...), d.Lang), ", ")
	_, err = n.proof(r.Context(), n.env.DB, "id", s.ID)
	if d.Proof = err == nil; ignoreMissing(err) != nil {
		return d, err
	}
	on, err := store.Texts(r.Context(), n.env.DB, "select list from newsletter_member where subscription = $1 and list is not null", s.ID)
	if err != nil {
		return d, err
	}
	all, err := n.Lists(r.Context(), d.Entry)
	for _, l := range all {
		if slices.Contains(on, l.ID) {
			d.On = append(d.On, l)
		} else {
			d.Off = append(d.Off, l)
		}
	}
	return d, err
}

// actOnSubscriber puts a subscriber on a list or takes them off, or unsubscribes
// them because they asked for it.
func (n *Newsletter) actOnSubscriber(w http.ResponseWriter, r *http.Request) error {
	d, err := n.subscriberPage(r)
	if err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	if d.S.Restricted {
		return fault.New(fault.Refused, "this person's data is restricted: it is kept, and nothing is done with it until the restriction is lifted")
	}
	switch f.Value("do") {
	case "put", "off":
		err = n.Put(r.Context(), d.Entry, d.S.ID, f.Value("list"), f.Value("do") == "put")
	case "end":
		if _, err = n.Remove(r.Context(), d.Entry, d.S.Email, false); err == nil {
			http.Redirect(w, r, d.To(deskPath), http.StatusSeeOther)
			return nil
		}
	default:
		err = fault.New(fault.Invalid, "nobody pressed a button: open the page and press one there")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, d.To(deskPath+"/subscriber/"+d.S.ID), http.StatusSeeOther)
	return nil
}

type peoplePage struct {
	deskBase
	People []Subscription
	After  string // of the next page, empty on the last
}

// peopleShown is how many subscribers stand on a page.
const peopleShown = 50

// showSubscribers shows everybody who may be written to, page by page. How many were
// shown goes into the ledger.
func (n *Newsletter) showSubscribers(w http.ResponseWriter, r *http.Request) error {
	var d peoplePage
	var err error
	if d.deskBase, err = n.desk(r); err != nil {
		return err
	}
	d.Title = d.T("people.title")
	after := r.URL.Query().Get("after")
	if after != "" && !store.IsID(after) {
		return fault.New(fault.Invalid, "there is no such page")
	}
	page, next, err := n.Recipients(r.Context(), n.env.DB, Segment{Activity: d.Entry.Key}, after, peopleShown)
	if err != nil {
		return err
	}
	for _, p := range page {
		s, err := n.subscription(r.Context(), n.env.DB, "id", p.ID)
		if ignoreMissing(err) != nil {
			return err
		}
		d.People = append(d.People, s)
	}
	d.After = next
	if err := n.opened(r, "newsletter.searched", map[string]any{"activity": d.Entry.Key, "found": len(d.People)}); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "people", d)
}

// Next is the address of the next page.
func (d peoplePage) Next() string {
	q := url.Values{}
	for k, v := range d.Carry {
		q[k] = v
	}
	q.Set("after", d.After)
	return deskPath + "/subscribers?" + q.Encode()
}

type listsPage struct {
	deskBase
	Keeps    bool
	Lists    []List
	Segments []Segment
	Topics   []offeredTopic
	Months   []Month
}

// showLists shows an entry's lists and segments.
func (n *Newsletter) showLists(w http.ResponseWriter, r *http.Request) error {
	d, err := n.listsPage(r)
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "lists", d)
}

func (n *Newsletter) listsPage(r *http.Request) (d listsPage, err error) {
	if d.deskBase, err = n.desk(r); err != nil {
		return d, err
	}
	d.Title, d.Keeps = d.T("lists.title"), d.Entry.Has(fieldLists)
	d.Topics = asked(d.Entry, d.Lang, nil).Topics
	if d.Lists, err = n.Lists(r.Context(), d.Entry); err != nil {
		return d, err
	}
	d.Segments, err = n.Segments(r.Context(), d.Entry)
	return d, err
}

// actOnLists makes or deletes a list or a segment.
func (n *Newsletter) actOnLists(w http.ResponseWriter, r *http.Request) error {
	d, err := n.listsPage(r)
	if err != nil {
		return err
	}
	if d.Form, err = page.Read(r); err != nil {
		return err
	}
	field := "list"
	switch d.Form.Value("do") {
	case "list":
		_, err = n.NewList(r.Context(), d.Entry, d.Form.Value("list"))
	case "drop-list":
		err = n.DropList(r.Context(), d.Entry, d.Form.Value("id"))
	case "segment":
		field = "called"
		err = n.saveAsked(r, &d)
	case "drop-segment":
		err = n.DropSegment(r.Context(), d.Entry, d.Form.Value("id"))
	default:
		return fault.New(fault.Invalid, "nobody pressed a button: open the page and press one there")
	}
	if fault.Is(err, fault.Invalid) {
		d.Form.Refuse(field, d.T("wrong.named"))
		d.Status = http.StatusBadRequest
		return n.pages.Show(n.env.Desk, w, r, "lists", d)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, d.To(deskPath+"/lists"), http.StatusSeeOther)
	return nil
}

// saveAsked stores the segment that a form asks for.
func (n *Newsletter) saveAsked(r *http.Request, d *listsPage) error {
	s := Segment{
		Name: d.Form.Value("called"), Topics: d.Form.Values("topic"), Languages: d.Form.Values("speaks"), Lists: d.Form.Values("on"),
		Ground: Ground(d.Form.Value("ground")), Company: Company(d.Form.Value("company")),
	}
	for name, at := range map[string]*time.Time{"from": &s.From, "until": &s.Until} {
		day := d.Form.Value(name)
		if day == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return fault.New(fault.Invalid, "a day is written like 2026-11-21: %w", err)
		}
		*at = t
	}
	_, err := n.SaveSegment(r.Context(), d.Entry, s)
	return err
}

type segmentPage struct {
	deskBase
	Segment Segment
	Count   int64
	Parts   []string // what it asks for, in words
}

// showSegment says how many a segment finds now, and names nobody.
func (n *Newsletter) showSegment(w http.ResponseWriter, r *http.Request) error {
	s, err := n.Segment(r.Context(), n.env.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	d := segmentPage{Segment: s}
	if d.deskBase, err = n.desk(r); err != nil {
		return err
	}
	if d.Entry, err = n.declared(s.Activity); err != nil {
		return err
	}
	d.Title = s.Name
	if d.Count, err = n.Count(r.Context(), s); err != nil {
		return err
	}
	lists, err := n.Lists(r.Context(), d.Entry)
	if err != nil {
		return err
	}
	d.Parts = d.words(lists)
	return n.pages.Show(n.env.Desk, w, r, "segment", d)
}

// words say what a segment asks for.
func (d segmentPage) words(lists []List) (parts []string) {
	s := d.Segment
	add := func(key string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			parts = append(parts, fmt.Sprintf("%s: %s", d.T(key), strings.Join(values, ", ")))
		}
	}
	add("field.topic", titles(topicsOf(d.Entry), append([]string{}, s.Topics...), d.Lang)...)
	for _, l := range s.Languages {
		add("field.language", d.T("field.language."+l))
	}
	var on []string
	for _, l := range lists {
		if slices.Contains(s.Lists, l.ID) {
			on = append(on, l.Name)
		}
	}
	add("lists.title.lists", on...)
	if s.Ground != "" {
		add("field.ground", d.T("field.ground."+string(s.Ground)))
	}
	if s.Company != "" {
		add("field.company", d.T("field.company."+string(s.Company)))
	}
	if !s.From.IsZero() {
		add("field.from", d.Date(s.From))
	}
	if !s.Until.IsZero() {
		add("field.until", d.Date(s.Until))
	}
	return parts
}

// sendExport hands an entry's subscribers over as a file. It is a POST: it leaves a
// leaf in the ledger.
func (n *Newsletter) sendExport(w http.ResponseWriter, r *http.Request) error {
	d, err := n.desk(r)
	if err != nil {
		return err
	}
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	s := Segment{Activity: d.Entry.Key}
	if id := f.Value("segment"); id != "" {
		if s, err = n.Segment(r.Context(), n.env.DB, id); err != nil {
			return err
		}
		if s.Activity != d.Entry.Key {
			return fault.New(fault.NotFound, "this segment is of another newsletter")
		}
	}
	asJSON := f.Value("format") == "json"
	kind, name := "text/csv; charset=utf-8", "subscribers.csv"
	if asJSON {
		kind, name = "application/json", "subscribers.json"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = n.Export(r.Context(), d.Entry, s, w, asJSON, who.ID)
	return err
}

// Plain writes a number of rows.
func (d deskBase) Plain(n int) string { return d.Number(int64(n)) }

// Finds says how many a segment finds.
func (d segmentPage) Finds() string { return d.Base.Count("segments.finds", int(d.Count)) }
