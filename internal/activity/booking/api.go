package booking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
)

// embed gives the list of what can be booked to pages served elsewhere: HTML whose
// links lead here.
func (d *Diary) embed(w http.ResponseWriter, r *http.Request) error {
	p, err := d.typesPage(r, d.env.Mail.Link(""))
	if err != nil {
		return err
	}
	access.LetRead(w, r, d.env.Origins)
	var b bytes.Buffer
	if err := pages["types"]().ExecuteTemplate(&b, "list", p); err != nil {
		return fmt.Errorf("show what can be booked: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(b.Bytes())
	return err
}

// description is a type as programs read it.
type description struct {
	Key      string   `json:"key"`
	Title    string   `json:"title"`
	Minutes  int      `json:"minutes"`
	Online   bool     `json:"online"`
	Capacity int      `json:"capacity"`
	Zone     string   `json:"time_zone"` // of the calendar
	Fields   []string `json:"fields"`    // that a booking may have, beside start
	Slots    string   `json:"slots"`     // address of the free times, and of the POST that books
}

func (d *Diary) apiTypes(w http.ResponseWriter, r *http.Request) error {
	a, err := d.declared(r.PathValue("entry"))
	if err != nil {
		return err
	}
	access.LetRead(w, r, d.env.Origins)
	all, err := d.offered(r.Context(), a.Key)
	if err != nil {
		return err
	}
	lang := d.reads(r.URL.Query().Get("lang"))
	found := []description{}
	for _, t := range all {
		c, err := d.Calendar(r.Context(), t.Calendar)
		if err != nil {
			return err
		}
		one := description{Key: t.Key, Title: t.Title.In(lang), Minutes: t.Length, Online: t.Online, Capacity: t.Capacity, Zone: c.Zone.String(),
			Slots: d.env.Mail.Link(Path + "/api/" + a.Key + "/" + t.Key)}
		for _, f := range []string{fieldEmail, fieldFirst, fieldLast, fieldPhone, fieldCompany, fieldMessage, fieldZone, fieldLanguage} {
			if a.Has(f) {
				one.Fields = append(one.Fields, f)
			}
		}
		found = append(found, one)
	}
	return access.JSON(w, http.StatusOK, map[string]any{"types": found})
}

// longestAsk is how many days of slots are answered at a time.
const longestAsk = 62

// apiSlots answers ?from=2026-12-01&to=2026-12-31, days of the calendar's zone.
func (d *Diary) apiSlots(w http.ResponseWriter, r *http.Request) error {
	_, t, c, err := d.offeredTo(r)
	if err != nil {
		return err
	}
	access.LetRead(w, r, d.env.Origins)
	first := onWall(d.env.Clock.Now().In(c.Zone)).Truncate(24 * time.Hour)
	last := first.AddDate(0, 0, 30)
	for name, into := range map[string]*time.Time{"from": &first, "to": &last} {
		if text := r.URL.Query().Get(name); text != "" {
			if *into, err = time.Parse(time.DateOnly, text); err != nil {
				return fault.New(fault.Invalid, "%s is a day like 2026-12-01", name)
			}
		}
	}
	if last.Before(first) || last.Sub(first) > longestAsk*24*time.Hour {
		return fault.New(fault.Invalid, "ask for at most %d days, from the earlier to the later one", longestAsk)
	}
	slots, err := d.free(r.Context(), d.env.DB, c, t, first, last)
	if err != nil {
		return err
	}
	if slots == nil {
		slots = []Slot{}
	}
	return access.JSON(w, http.StatusOK, map[string]any{"time_zone": c.Zone.String(), "slots": slots})
}

// apiBook books as JSON: start and the fields that the type names. A page of another
// origin sends it as text/plain.
func (d *Diary) apiBook(w http.ResponseWriter, r *http.Request) error {
	access.LetRead(w, r, d.env.Origins)
	if err := d.admit(r); err != nil {
		return err
	}
	a, t, _, err := d.offeredTo(r)
	if err != nil {
		return err
	}
	var o struct {
		Start time.Time `json:"start"`
		Person
	}
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(&o); err != nil {
		return fault.New(fault.Invalid, "a booking is JSON with start and email, and no fields but those of the type: %w", err)
	}
	for field, value := range o.values() {
		if *value != "" && !a.Has(field) {
			return fault.New(fault.Invalid, "%s is not asked for here; send the fields of the type alone", field)
		}
	}
	made, err := d.Book(r.Context(), Order{Activity: a.Key, Type: t.Key, Start: o.Start, Person: o.Person})
	if err != nil {
		return err
	}
	return access.JSON(w, http.StatusCreated, made)
}
