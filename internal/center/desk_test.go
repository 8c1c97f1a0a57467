package center_test

import (
	"context"
	"net/http"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// desk stands for the duty to answer: it holds copies by subject and notes what
// it was asked.
type desk struct {
	held        map[string]rights.Copy
	whose       string // the subject that a browser with the test's cookie stands for
	asked       []string
	goes, stays []rights.Part
	requests    map[string]rights.Request
}

func (d *desk) holder(_ context.Context, r *http.Request) (string, error) {
	if _, err := r.Cookie("kept_visitor"); err != nil {
		return "", nil
	}
	return d.whose, nil
}

func (d *desk) Access(_ context.Context, subject string) (rights.Copy, error) {
	return d.held[subject], nil
}

func (d *desk) Preview(_ context.Context, subject string) (goes, stays []rights.Part, err error) {
	if subject != d.whose {
		return nil, nil, nil
	}
	return d.goes, d.stays, nil
}

func (d *desk) Erase(_ context.Context, subject string) (string, error) {
	d.asked = append(d.asked, "erase "+subject)
	return d.take(rights.Request{ID: "e" + subject, Right: rights.Erasure, State: rights.Executing, Goes: d.goes, Stays: d.stays}), nil
}

func (d *desk) Object(_ context.Context, subject, activity string) (string, error) {
	if activity != "access-log" {
		return "", fault.New(fault.Invalid, "there is nothing to object to")
	}
	d.asked = append(d.asked, "object "+subject+" "+activity)
	return d.take(rights.Request{ID: "o" + subject, Right: rights.Objection, State: rights.Done}), nil
}

func (d *desk) Restrict(_ context.Context, subject, reason string) (string, error) {
	d.asked = append(d.asked, "restrict "+subject+" "+reason)
	return d.take(rights.Request{ID: "r" + subject, Right: rights.Restriction, State: rights.Done}), nil
}

func (d *desk) Lift(_ context.Context, subject string) error {
	d.asked = append(d.asked, "lift "+subject)
	return nil
}

func (d *desk) take(q rights.Request) string {
	if d.requests == nil {
		d.requests = map[string]rights.Request{}
	}
	q.Received, q.Subject = noon, d.whose
	d.requests[q.ID] = q
	return q.ID
}

func (d *desk) Request(_ context.Context, id string) (rights.Request, error) {
	q, ok := d.requests[id]
	if !ok {
		return q, fault.New(fault.NotFound, "there is no such request")
	}
	return q, nil
}

func (d *desk) Requests(_ context.Context, subject string) ([]rights.Request, error) {
	var all []rights.Request
	for _, q := range d.requests {
		if q.Subject == subject {
			all = append(all, q)
		}
	}
	return all, nil
}

// remembers plants what is held about a browser with the test's cookie.
func (d *desk) remembers(page, referrer string) {
	d.whose = "visitor-1"
	words := func(de, en string) rights.Words { return rights.Words{"de": de, "en": en} }
	d.held[d.whose] = rights.Copy{Schema: rights.Schema, Made: noon, Activities: []rights.Activity{
		{Key: "analytics", Title: words("Besuchsstatistik", "Visitor statistics"), Tables: []rights.Table{{
			Name: "analytics_event", About: "something that a visitor who agreed did on the site",
			Columns: []rights.Column{{Name: "at", Title: words("Datum und Uhrzeit", "date and time")}, {Name: "page", Title: words("besuchte Seiten", "pages visited")}, {Name: "referrer", Title: words("zuvor besuchte Website", "website visited before")}, {Name: "region", Title: words("Land", "country")}},
			Rows:    [][]any{{noon.Format(time.RFC3339), page, referrer, "DE"}, {noon.Add(time.Minute).Format(time.RFC3339), "/kontakt", nil, "DE"}},
		}}},
		{Key: "access-log", Title: words("Zugriffsprotokoll", "Access log"), Tables: []rights.Table{{
			Name: "accesslog_entry", About: "a request", Columns: []rights.Column{{Name: "url", Title: words("aufgerufene Seite", "page requested")}}, Rows: [][]any{{page}},
		}}},
	}}
	d.goes = []rights.Part{{Activity: "analytics", Table: "analytics_event", Rows: 1200}}
	d.stays = []rights.Part{{Activity: "consent", Table: "consent_decision", Rows: 1, Reason: "claims", Until: noon.AddDate(3, 0, 0)}}
}
