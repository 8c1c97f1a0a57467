package newsletter

import (
	"embed"
	"net/http"
	"slices"

	"kept/internal/access"
	"kept/internal/address"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// Path is where the newsletter's pages lie.
const Path = access.Prefix + "/newsletter"

// maxBody bounds a form: some names and a mail address.
const maxBody = 8 << 10

//go:embed templates
var sourcesOfPages embed.FS

var pages = page.Parse(sourcesOfPages, "templates")

// ordersAnHour is how often one network may sign up: a household or an office does,
// whoever fills mailboxes does not.
const ordersAnHour = 10

// askedFor is what a form asks for, as the policy lists it.
type askedFor struct {
	First, Last, Company, Language bool
	Topics                         []offeredTopic
	Zones                          []string // time zones to choose from
}

// offeredTopic is a topic as a form shows it.
type offeredTopic struct {
	Name, Title string
	Chosen      bool
}

func asked(a *policy.Activity, lang i18n.Lang, topics []string) askedFor {
	found := askedFor{First: a.Has(fieldFirst), Last: a.Has(fieldLast), Company: a.Has(fieldCompany), Language: a.Has(fieldLanguage)}
	for _, t := range topicsOf(a) {
		found.Topics = append(found.Topics, offeredTopic{Name: t.Name, Title: t.Text.In(lang), Chosen: slices.Contains(topics, t.Name)})
	}
	if a.Has(fieldZone) {
		found.Zones = Zones
	}
	return found
}

type formPage struct {
	page.Base
	Statement Statement
	Asked     askedFor
	Action    string
	Notice    string
}

// form shows the form to sign up with.
func (n *Newsletter) form(w http.ResponseWriter, r *http.Request) error {
	a, err := n.named(r)
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Site, w, r, "form", n.formPage(r, a, nil))
}

func (n *Newsletter) formPage(r *http.Request, a *policy.Activity, topics []string) formPage {
	d := formPage{Base: n.env.Site.Open(r, "newsletter")}
	d.Asked = asked(a, d.Lang, topics)
	d.Title, d.Action, d.Notice = d.T("title"), d.To(n.path(a, "")), d.To(access.Prefix)
	if !n.first(a) {
		d.Title = a.Title.In(d.Lang)
	}
	d.Statement = n.statement(a, d.Lang)
	return d
}

// order takes what was entered. The answer is the same whether the address is
// subscribed already, waits, or is new.
func (n *Newsletter) order(w http.ResponseWriter, r *http.Request) error {
	if err := n.admit(r); err != nil {
		return err
	}
	a, err := n.named(r)
	if err != nil {
		return err
	}
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	topics := form.Values("topic")
	d := n.formPage(r, a, topics)
	d.Form = form
	shown, lang, current := n.shown(a, d.Form.Value("version"))
	if d.Form.Value("agree") == "" {
		d.Form.Refuse("agree", d.T("wrong.agree"))
	}
	s := SignUp{Email: d.Form.Value("email"), First: d.Form.Value("first"), Last: d.Form.Value("last"), Company: d.Form.Value("company"),
		Activity: a.Key, Topics: topics, Zone: d.Form.Value("time-zone"), Language: lang, Source: ByPage, Text: shown.Text, Version: shown.Version, Address: address.Client(r, nil)}
	if err := s.check(); err != nil {
		d.Form.Refuse("email", d.T("wrong.email"))
	}
	if err := chosen(a, topics); err != nil {
		d.Form.Refuse("topic", d.T("wrong.topic"))
	}
	switch {
	case !current: // the text changed since the form was loaded: show the new one
		d.Says = d.T("wrong.version")
	case !d.Form.Refused():
		err := n.Take(r.Context(), s)
		if fault.Is(err, fault.TooMany) {
			d.Says, d.Status = d.T("wrong.crowd"), http.StatusTooManyRequests
			return n.pages.Show(n.env.Site, w, r, "form", d)
		}
		if err != nil {
			return err
		}
		return n.say(w, r, n.env.Site, "sent", http.StatusOK)
	}
	d.Status = http.StatusBadRequest
	return n.pages.Show(n.env.Site, w, r, "form", d)
}

// admit refuses other sites' requests and too many of one network.
func (n *Newsletter) admit(r *http.Request) error {
	return n.door.Admit(r, "too many sign-ups came from your network; try again in an hour")
}

type sayPage struct {
	page.Base
	Text string
}

// say shows a page with one text: what was done.
func (n *Newsletter) say(w http.ResponseWriter, r *http.Request, shell page.Shell, what string, status int) error {
	d := sayPage{Base: shell.Open(r, "newsletter")}
	d.Title, d.Text, d.Status = d.T(what+".title"), d.T(what), status
	return n.pages.Show(shell, w, r, "say", d)
}

type askPage struct {
	page.Base
	About  string
	Action string
	Button string
	Proof  bool // it is about the proof, which goes with a confirmation only
}

func (n *Newsletter) ask(w http.ResponseWriter, r *http.Request, what string) error {
	d := askPage{Base: n.env.Site.Open(r, "newsletter"), Action: r.URL.Path}
	d.Action = d.To(d.Action)
	d.Title, d.About, d.Button = d.T(what+".title"), d.T(what+".ask"), d.T(what+".do")
	return n.pages.Show(n.env.Site, w, r, "ask", d)
}

// askConfirm shows what a confirmation link is for; only the button confirms,
// since mail programs open links by themselves.
func (n *Newsletter) askConfirm(w http.ResponseWriter, r *http.Request) error {
	_, err := n.waiting(r.Context(), n.env.DB, r.PathValue("token"))
	if fault.Is(err, fault.NotFound) {
		return n.say(w, r, n.env.Site, "used", http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return n.ask(w, r, "confirm")
}

func (n *Newsletter) doConfirm(w http.ResponseWriter, r *http.Request) error {
	lang := n.env.Site.Open(r, "newsletter").Lang
	_, err := n.Confirm(r.Context(), r.PathValue("token"), address.Client(r, nil), lang)
	if fault.Is(err, fault.NotFound) {
		return n.say(w, r, n.env.Site, "used", http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return n.say(w, r, n.env.Site, "confirmed", http.StatusOK)
}

// askLeave asks whether to unsubscribe. Whoever has done so can ask here for an
// earlier deletion of the proof.
func (n *Newsletter) askLeave(w http.ResponseWriter, r *http.Request) error {
	if _, err := n.declared(""); err != nil {
		return err
	}
	token := r.PathValue("token")
	p, err := n.proof(r.Context(), n.env.DB, "link", n.env.Mail.TokenMark(linkSpace, token))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || p.Unsubscribed.IsZero() || !n.forgetsProof(p) {
		return n.ask(w, r, "leave")
	}
	d := askPage{Base: n.env.Site.Open(r, "newsletter"), Proof: true}
	d.Action = d.To(Path + "/forget/" + token)
	d.Title, d.About, d.Button = d.T("left.title"), d.T("forget.ask", d.Date(p.Unsubscribed)), d.T("forget.do")
	return n.pages.Show(n.env.Site, w, r, "ask", d)
}

// doLeave unsubscribes: by the page's button, or by that of the mail program
// (RFC 8058), which wants no page.
func (n *Newsletter) doLeave(w http.ResponseWriter, r *http.Request) error {
	var how Way
	switch { // PostFormValue reads both forms that RFC 8058 allows
	case r.PostFormValue("List-Unsubscribe") == "One-Click":
		how = ByClick
	case r.PostFormValue("do") != "":
		how = ByLink
	default:
		return fault.New(fault.Invalid, "nobody pressed the button: open the link and press it there")
	}
	if err := n.Leave(r.Context(), r.PathValue("token"), how); err != nil {
		return err
	}
	if how == ByClick {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return n.say(w, r, n.env.Site, "left", http.StatusOK)
}

func (n *Newsletter) doForget(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := n.Forget(r.Context(), r.PathValue("token"), form.Value("stood") != ""); err != nil {
		return err
	}
	return n.say(w, r, n.env.Site, "forgotten", http.StatusOK)
}

type detailsPage struct {
	page.Base
	Email string
	Asked askedFor
	Leave string
}

// askDetails shows the details of a subscriber to change them.
func (n *Newsletter) askDetails(w http.ResponseWriter, r *http.Request) error {
	a, s, err := n.known(r)
	if fault.Is(err, fault.NotFound) {
		return n.say(w, r, n.env.Site, "none", http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	d := n.detailsPage(r, a, s, s.Topics)
	d.Form = page.Filled(map[string][]string{"first": {s.First}, "last": {s.Last}, "company": {s.Company}, "language": {s.Language}, "time-zone": {s.Zone}})
	return n.pages.Show(n.env.Site, w, r, "details", d)
}

func (n *Newsletter) known(r *http.Request) (*policy.Activity, Subscription, error) {
	s, err := n.byLink(r.Context(), n.env.DB, r.PathValue("token"))
	if err != nil {
		return nil, s, err
	}
	a, err := n.declared(s.Activity)
	return a, s, err
}

func (n *Newsletter) detailsPage(r *http.Request, a *policy.Activity, s Subscription, topics []string) detailsPage {
	d := detailsPage{Base: n.env.Site.Open(r, "newsletter"), Email: s.Email}
	d.Asked = asked(a, d.Lang, topics)
	d.Title, d.Leave = d.T("details.title"), d.To(Path+"/leave/"+r.PathValue("token"))
	return d
}

func (n *Newsletter) doDetails(w http.ResponseWriter, r *http.Request) error {
	a, s, err := n.known(r)
	if fault.Is(err, fault.NotFound) {
		return n.say(w, r, n.env.Site, "none", http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	d := n.detailsPage(r, a, s, form.Values("topic"))
	d.Form = form
	if err := chosen(a, form.Values("topic")); err != nil {
		d.Form.Refuse("topic", d.T("wrong.topic"))
		d.Status = http.StatusBadRequest
		return n.pages.Show(n.env.Site, w, r, "details", d)
	}
	to := Details{Topics: form.Values("topic"), Zone: form.Value("time-zone"), First: d.Form.Value("first"), Last: d.Form.Value("last"), Company: d.Form.Value("company"), Language: s.Language}
	if wanted := d.Form.Value("language"); wanted != "" { // a form without it changes nothing
		to.Language = i18n.Match(wanted, i18n.Languages())
	}
	err = n.Change(r.Context(), r.PathValue("token"), to, address.Client(r, nil))
	switch {
	case fault.Is(err, fault.Invalid):
		d.Says, d.Status = d.T("wrong.name"), http.StatusBadRequest
	case err != nil:
		return err
	default:
		d.Says = d.T("details.kept")
	}
	return n.pages.Show(n.env.Site, w, r, "details", d)
}
