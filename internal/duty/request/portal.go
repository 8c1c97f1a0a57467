package request

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/subject"
)

// Copies makes the copy of what is held of a person (rights.Desk).
type Copies interface {
	Access(ctx context.Context, subject string) (rights.Copy, error)
}

// Owner is who is signed in: the person, and the address that their account has proven.
type Owner struct {
	Subject string
	Address string
}

// Service is what people find at the portal's door about their own data: the session is
// the proof of who they are, so no code is sent.
type Service struct {
	Desk   *Desk
	Copies Copies
	Front  page.Shell
	// Owner tells who is signed in; the route's right has been checked before.
	Owner func(r *http.Request) (Owner, error)
}

// dataPath is where the pages lie.
const dataPath = "/data"

// shownRows is how much of a table the page shows; the download has all of it.
const shownRows = 50

// Routes are the pages' lines of the access table.
func (s *Service) Routes() []access.Route {
	line := func(method, path string, h access.Handler) access.Route {
		return access.Route{Door: access.Portal, Method: method, Pattern: dataPath + path, Right: access.Member, MaxBody: 64 << 10, Handle: h}
	}
	return []access.Route{
		line(http.MethodGet, "", s.show),
		// The privacy pages lead where a person's requests are taken: at this door, to the
		// page that knows who asks.
		{Door: access.Portal, Method: http.MethodGet, Pattern: access.Prefix + "/request", Right: access.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, dataPath, http.StatusSeeOther)
			return nil
		}},
		line(http.MethodGet, "/{file}", s.file),
		line(http.MethodPost, "", s.ask),
	}
}

// selfServed are the rights that the page offers; what is held it shows at once.
var selfServed = []rights.Right{rights.Rectification, rights.Erasure, rights.Restriction, rights.Objection, rights.Access}

type dataPage struct {
	page.Base
	Held   []heldData
	Rights []option
	Fields []option
	Number string // of the request that was just taken in
}

type heldData struct {
	Title  string
	Tables []rights.Reading
	More   int
}

func (s *Service) page(r *http.Request, f page.Form) (dataPage, error) {
	d := dataPage{Base: s.Front.Open(r, section)}
	d.Title, d.Form = d.T("data.title"), f
	o, err := s.Owner(r)
	if err != nil {
		return d, err
	}
	held, err := s.Copies.Access(r.Context(), o.Subject)
	if err != nil {
		return d, fmt.Errorf("copy what is held of who is signed in: %w", err)
	}
	reader := rights.Reader{Lang: d.Lang, Most: shownRows, Zone: d.Zone}
	for _, a := range held.Activities {
		h := heldData{Title: a.Title.In(d.Lang)}
		for _, t := range a.Tables {
			if len(t.Rows) > 0 {
				reading := reader.Read(t)
				h.Tables, h.More = append(h.Tables, reading), h.More+reading.Left
			}
		}
		if len(h.Tables) > 0 {
			d.Held = append(d.Held, h)
		}
	}
	for _, right := range selfServed {
		d.Rights = append(d.Rights, option{Value: string(right), Title: d.T("right." + string(right)), Chosen: slices.Contains(f.Values("right"), string(right))})
	}
	d.Fields = append([]option{{Title: d.T("ask.no-field")}}, s.Desk.correctable(d.Lang, f.Value("field"))...)
	return d, nil
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	d, err := s.page(r, page.Form{})
	if err != nil {
		return err
	}
	if number := token(r.URL.Query().Get("number")); number != "none" && number != "" {
		d.Number = number
		d.Says = d.T("data.taken", number)
	}
	return pages.Show(s.Front, w, r, "data", d)
}

// file hands the whole copy out, to read or for a program.
func (s *Service) file(w http.ResponseWriter, r *http.Request) error {
	b := s.Front.Open(r, section)
	o, err := s.Owner(r)
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	if name != "copy.html" && name != "copy.json" {
		return fault.New(fault.NotFound, "there is no such file")
	}
	held, err := s.Copies.Access(r.Context(), o.Subject)
	if err != nil {
		return fmt.Errorf("copy what is held of who is signed in: %w", err)
	}
	h := w.Header()
	access.Protect(h)
	access.Personal(h)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if name == "copy.json" {
		h.Set("Content-Type", "application/json")
		return held.JSON(w)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	return held.HTML(w, b.Lang)
}

// ask takes a request in: the session has shown who asks.
func (s *Service) ask(w http.ResponseWriter, r *http.Request) error {
	if err := s.Desk.pressed(r, "ask", mostAsked); err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	o, err := s.Owner(r)
	if err != nil {
		return err
	}
	b := s.Front.Open(r, section)
	a := asking(f, b.Lang)
	a.Contact = Contact{Mail: o.Address}
	a.Wish = Wish{Words: a.Wish.Words, Corrections: a.Wish.Corrections}
	a.Activity = s.objectable(a.Rights)
	a.Proven = []Identity{{Kind: subject.Email, Value: o.Address, Proof: ByAccount}}
	if len(a.Rights) == 0 && a.Wish.Words == "" || len(a.Rights) > 0 && !slices.Contains(selfServed, a.Rights[0]) {
		return s.refuse(w, r, f)
	}
	c, err := s.Desk.Ask(r.Context(), a)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
		return s.refuse(w, r, f)
	}
	if err != nil {
		return err
	}
	to := url.Values{"number": {c.Number}}
	if b.Carry.Get("lang") != "" {
		to.Set("lang", b.Lang)
	}
	seeOther(w, dataPath+"?"+to.Encode())
	return nil
}

// objectable is the one entry that can be objected to, if there is but one: else a person
// asks which is meant.
func (s *Service) objectable(all []rights.Right) (key string) {
	if !slices.Contains(all, rights.Objection) {
		return ""
	}
	p := s.Desk.Policy()
	for i := range p.Activities {
		if p.Activities[i].Basis != policy.LegitimateInterests {
			continue
		}
		if key != "" {
			return ""
		}
		key = p.Activities[i].Key
	}
	return key
}

func (s *Service) refuse(w http.ResponseWriter, r *http.Request, f page.Form) error {
	d, err := s.page(r, f)
	if err != nil {
		return err
	}
	d.Form.Refuse("right", i18n.T(d.Lang, section+".ask.wrong.right"))
	d.Status = http.StatusBadRequest
	return pages.Show(s.Front, w, r, "data", d)
}
