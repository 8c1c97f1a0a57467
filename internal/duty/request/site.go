package request

import (
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kept/internal/access"
	"kept/internal/address"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
)

//go:embed templates
var sources embed.FS

var pages = page.Parse(sources, "templates")

// section is where the room's words stand in the catalogs.
const section = "request"

// sitePath is where the person's pages lie.
const sitePath = "/privacy/request"

// siteRoutes are the person's pages.
func (d *Desk) siteRoutes() []access.Route {
	line := func(method, path string, right access.Right, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: method, Pattern: sitePath + path, Right: right, MaxBody: 64 << 10, Handle: h}
	}
	return []access.Route{
		line(http.MethodGet, "", access.Browser, d.askForm),
		line(http.MethodPost, "", access.Browser, d.ask),
		line(http.MethodGet, "/code", access.Anyone, d.codeForm),
		line(http.MethodPost, "/code", access.Browser, d.takeCode),
		line(http.MethodGet, "/prove/{code}", access.Anyone, d.beforeProving),
		line(http.MethodPost, "/prove/{code}", access.Browser, d.takeLink),
		line(http.MethodGet, "/open", access.Anyone, d.openForm),
		line(http.MethodPost, "/open", access.Anyone, d.resend),
		line(http.MethodGet, "/case", access.Browser, d.mine),
		line(http.MethodPost, "/case/withdraw", access.Browser, d.takeBack),
		line(http.MethodPost, "/case/leave", access.Browser, d.leave),
		line(http.MethodGet, "/package/{package}", access.Browser, d.fetch),
		line(http.MethodGet, "/handover/{token}", access.Anyone, d.beforeHanding),
		line(http.MethodPost, "/handover/{token}", access.Anyone, d.handed),
		line(http.MethodPost, ".json", access.Browser, d.askJSON).ForPrograms(),
		line(http.MethodPost, "/code.json", access.Anyone, d.codeJSON).ForPrograms(),
		line(http.MethodGet, "/case.json", access.Anyone, d.caseJSON).ForPrograms(),
	}
}

// pressed bounds how often a network may do something. TooMany above that.
func (d *Desk) pressed(r *http.Request, what string, most int) error {
	if d.limits.allow(address.Client(r, d.Trusted), what, most) {
		return nil
	}
	return fault.New(fault.TooMany, "too many requests from your network; wait an hour, or write to us")
}

// askPage is the form.
type askPage struct {
	page.Base
	Rights     []option
	Activities []option
	Fields     []option
	Contact    string
	Writes     bool
	Complain   []string // to whom one can complain
}

// option is a line to choose.
type option struct {
	Value, Title, About string
	Chosen              bool
}

// offered are the rights as the form lists them: what is asked for most comes
// first.
var offered = []rights.Right{
	rights.Access, rights.Rectification, rights.Erasure, rights.Restriction, rights.Portability, rights.Objection, rights.Withdrawal,
	rights.Confirmation, Recipients, rights.HumanReview, rights.Safeguards, Complaint,
}

func (d *Desk) askPage(r *http.Request, f page.Form) askPage {
	v := askPage{Base: d.site.Open(r, section), Contact: d.Policy().Controller.Email, Writes: d.Writes()}
	v.Form, v.Title = f, v.T("ask.title")
	for _, right := range offered {
		v.Rights = append(v.Rights, option{
			Value: string(right), Title: v.T("right." + string(right)), About: v.T("right." + string(right) + ".about"), Chosen: slices.Contains(f.Values("right"), string(right)),
		})
	}
	p := d.Policy()
	names := notice.NewNames(p, v.Lang)
	v.Activities = []option{{Title: v.T("ask.everything")}}
	for i := range p.Activities {
		if a := &p.Activities[i]; a.Basis == policy.LegitimateInterests || a.Basis == policy.Consent {
			v.Activities = append(v.Activities, option{Value: a.Key, Title: names.Activity(a), Chosen: f.Value("activity") == a.Key})
		}
	}
	v.Fields = append([]option{{Title: v.T("ask.no-field")}}, d.correctable(v.Lang, f.Value("field"))...)
	for _, line := range strings.Split((&writer{desk: d, c: Case{Lang: v.Lang}, p: p}).remedies(), "\n") {
		v.Complain = append(v.Complain, strings.TrimPrefix(line, "- "))
	}
	return v
}

// correctable are the fields that a person provides and can have corrected.
func (d *Desk) correctable(lang, chosen string) (all []option) {
	for i := range d.Manifests {
		m := &d.Manifests[i]
		if m.BuiltIn || len(d.Policy().OfKind(m.Name)) == 0 {
			continue
		}
		for _, f := range m.Fields {
			if f.Source != "person" || slices.ContainsFunc(all, func(o option) bool { return o.Value == f.Name }) {
				continue
			}
			all = append(all, option{Value: f.Name, Title: f.Title.In(lang), Chosen: f.Name == chosen})
		}
	}
	return all
}

func (d *Desk) askForm(w http.ResponseWriter, r *http.Request) error {
	f := page.Filled(url.Values{"right": r.URL.Query()["right"], "activity": {r.URL.Query().Get("activity")}})
	return pages.Show(d.site, w, r, "ask", d.askPage(r, f))
}

// ask takes a request in. The answer is the same whichever address is given: it
// is looked up by nobody before its owner has answered.
func (d *Desk) ask(w http.ResponseWriter, r *http.Request) error {
	if err := d.pressed(r, "ask", mostAsked); err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	v := d.askPage(r, f)
	a := asking(f, v.Lang)
	switch {
	case len(a.Rights) == 0 && a.Wish.Words == "":
		v.Form.Refuse("right", v.T("ask.wrong.right"))
	case a.Contact.Mail == "":
		v.Form.Refuse("email", v.T("ask.wrong.email"))
	}
	if a.Proven, err = d.shown(r, f.Value("browser") != ""); err != nil {
		return err
	}
	var c Case
	if !v.Form.Refused() {
		if c, err = d.Ask(r.Context(), a); fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
			v.Form.Refuse("email", v.T("ask.wrong.form"))
		} else if err != nil {
			return err
		}
	}
	if v.Form.Refused() {
		v.Status = http.StatusBadRequest
		return pages.Show(d.site, w, r, "ask", v)
	}
	to := url.Values{"number": {c.Number}, "new": {"yes"}}
	if v.Carry.Get("lang") != "" {
		to.Set("lang", v.Lang)
	}
	seeOther(w, sitePath+"/code?"+to.Encode())
	return nil
}

// asking reads the form.
func asking(f page.Form, lang string) Asking {
	a := Asking{
		Channel: Page, Lang: lang, Activity: f.Value("activity"), Contact: Contact{Name: f.Value("name"), Mail: f.Value("email")},
		Wish: Wish{Words: f.Value("words"), To: f.Value("to"), ToMail: f.Value("to-mail"), Seal: f.Value("seal"), Decision: f.Value("decision")},
	}
	for _, r := range f.Values("right") {
		a.Rights = append(a.Rights, rights.Right(r))
	}
	if to := f.Value("new"); to != "" && f.Value("field") != "" {
		a.Wish.Corrections = []rights.Correction{{Field: f.Value("field"), Old: f.Value("old"), New: to}}
	}
	if as := f.Value("as"); as != "" {
		a.Wish.For = &Behalf{Name: f.Value("for"), As: As(as)}
	}
	return a
}

// shown returns what the request itself proves: the identifiers of a signed-in
// account, and, if the person wants that, the pseudonyms that the browser holds.
func (d *Desk) shown(r *http.Request, browser bool) ([]Identity, error) {
	var all []Identity
	if d.account != nil {
		known, err := d.account(r.Context(), r)
		if err != nil {
			return nil, fmt.Errorf("read the account: %w", err)
		}
		for _, i := range known {
			all = append(all, Identity{Kind: i.Kind, Value: i.Value, Proof: ByAccount})
		}
	}
	if !browser {
		return all, nil
	}
	for _, h := range d.holders {
		who, err := h(r.Context(), r)
		if err != nil {
			return nil, fmt.Errorf("read the browser's pseudonym: %w", err)
		}
		if who == "" {
			continue
		}
		known, err := d.Subjects.Identifiers(r.Context(), who)
		if err != nil {
			return nil, err
		}
		for _, i := range known {
			all = append(all, Identity{Kind: i.Kind, Value: i.Value, Proof: ByBrowser})
		}
	}
	return all, nil
}

type codePage struct {
	page.Base
	Number string
	New    bool // the request has just been taken in
	Writes bool
	Code   string // of a link
	Sent   bool
}

func (d *Desk) codePage(r *http.Request, title string) codePage {
	v := codePage{Base: d.site.Open(r, section), Writes: d.Writes()}
	v.Title = v.T(title)
	return v
}

func (d *Desk) codeForm(w http.ResponseWriter, r *http.Request) error {
	v := d.codePage(r, "code.page")
	v.New = r.URL.Query().Get("new") != ""
	if n := token(r.URL.Query().Get("number")); n != "none" {
		v.Number = n
	}
	if v.New {
		v.Title = v.T("ask.taken")
	}
	v.Form = page.Filled(url.Values{"number": {v.Number}})
	return pages.Show(d.site, w, r, "code", v)
}

func (d *Desk) takeCode(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	return d.enter(w, r, f, f.Value("number"), f.Value("code"))
}

// beforeProving shows what a link does: opening it, as mail programs do by
// themselves, uses nothing up.
func (d *Desk) beforeProving(w http.ResponseWriter, r *http.Request) error {
	v := d.codePage(r, "code.page")
	v.Code = r.PathValue("code")
	return pages.Show(d.site, w, r, "prove", v)
}

func (d *Desk) takeLink(w http.ResponseWriter, r *http.Request) error {
	return d.enter(w, r, page.Form{}, "", r.PathValue("code"))
}

// enter takes a code and leads to the case.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request, f page.Form, number, code string) error {
	if err := d.pressed(r, "code", mostTried); err != nil {
		return err
	}
	_, pass, err := d.Prove(r.Context(), number, code)
	if fault.Is(err, fault.Forbidden) {
		v := d.codePage(r, "code.page")
		v.Form, v.Number, v.Status = f, token(number), http.StatusForbidden
		v.Form.Refuse("code", v.T("code.wrong"))
		return pages.Show(d.site, w, r, "code", v)
	} else if err != nil {
		return err
	}
	v := d.codePage(r, "code.new-address")
	if pass == "" {
		v.Says = v.T("code.new-address.says")
		return pages.Show(d.site, w, r, "done", v)
	}
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Value: pass, Path: sitePath, MaxAge: int(passLife.Seconds()), HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteStrictMode,
	})
	seeOther(w, v.To(sitePath+"/case"))
	return nil
}

func (d *Desk) openForm(w http.ResponseWriter, r *http.Request) error {
	v := d.codePage(r, "open.title")
	if n := token(r.URL.Query().Get("number")); n != "none" {
		v.Form = page.Filled(url.Values{"number": {n}})
	}
	return pages.Show(d.site, w, r, "open", v)
}

// resend sends a new code; the answer is the same for a number that does not
// exist.
func (d *Desk) resend(w http.ResponseWriter, r *http.Request) error {
	if err := d.pressed(r, "ask", mostAsked); err != nil {
		return err
	}
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := d.Resend(r.Context(), f.Value("number")); err != nil {
		return err
	}
	v := d.codePage(r, "code.page")
	v.Form, v.Sent = page.Filled(url.Values{"number": {Number(f.Value("number"))}}), true
	return pages.Show(d.site, w, r, "code", v)
}

// seeOther leads on by GET.
func seeOther(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
