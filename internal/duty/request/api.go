package request

import (
	"encoding/json"
	"net/http"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// asked is a request as programs write it.
type asked struct {
	Rights   []rights.Right `json:"rights"`
	Activity string         `json:"activity"`
	Language string         `json:"language"`
	Contact  Contact        `json:"contact"`
	Wish     Wish           `json:"wish"`
}

// askJSON takes a request of a program: an app that lets its people ask. The
// person proves who they are by the code, as on the page.
func (d *Desk) askJSON(w http.ResponseWriter, r *http.Request) error {
	if err := d.pressed(r, "ask", mostAsked); err != nil {
		return err
	}
	var q asked
	if err := readJSON(r, &q); err != nil {
		return err
	}
	known, err := d.shown(r, false)
	if err != nil {
		return err
	}
	c, err := d.Ask(r.Context(), Asking{Rights: q.Rights, Activity: q.Activity, Channel: Program, Lang: q.Language, Contact: q.Contact, Wish: q.Wish, Proven: known})
	if err != nil {
		return err
	}
	return access.JSON(w, http.StatusAccepted, map[string]any{"number": c.Number, "due": c.LastDay().Format("2006-01-02")})
}

// codeJSON takes a code and hands out the pass, for an hour.
func (d *Desk) codeJSON(w http.ResponseWriter, r *http.Request) error {
	if err := d.pressed(r, "code", mostTried); err != nil {
		return err
	}
	var q struct {
		Number string `json:"number"`
		Code   string `json:"code"`
	}
	if err := readJSON(r, &q); err != nil {
		return err
	}
	c, pass, err := d.Prove(r.Context(), q.Number, q.Code)
	if err != nil {
		return err
	}
	return access.JSON(w, http.StatusOK, map[string]any{"number": c.Number, "pass": pass})
}

// caseJSON shows a case to whom the pass was handed out.
func (d *Desk) caseJSON(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Pass(r.Context(), passOf(r))
	if err != nil {
		return err
	}
	parts, err := d.parts(r.Context(), d.DB, c.ID)
	if err != nil {
		return err
	}
	var files []Package
	if c.State == Answered || c.State == Closed {
		if files, err = d.packages(r.Context(), d.DB, c.ID); err != nil {
			return err
		}
	}
	return access.JSON(w, http.StatusOK, struct {
		Entry
		Parts    []Part    `json:"parts"`
		Packages []Package `json:"packages,omitempty"`
	}{c.entry(d.Clock.Now()), parts, files})
}

func readJSON(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fault.New(fault.Invalid, "the request is no JSON of this form: %w", err)
	}
	return nil
}
