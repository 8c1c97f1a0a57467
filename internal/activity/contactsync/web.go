package contactsync

import (
	"cmp"
	"embed"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
)

// The pages of the customer's administrator, at the portal's door. Each begins with
// whose synchronisation it is: one of another customer is not there.

//go:embed templates
var sourcesOfPages embed.FS

var pages = page.Parse(sourcesOfPages, "templates")

const (
	portalPath = "/sync"
	section    = "sync"
)

// slow is how long a form with a file may take to come.
const slow = 5 * time.Minute

// Routes are the kind's lines of the access table: none where nobody has an account.
func (y *Synchroniser) Routes() []access.Route {
	if y.env.Customers == nil {
		return nil
	}
	get := func(path string, h access.Handler) access.Route {
		return access.Route{Door: access.Portal, Method: http.MethodGet, Pattern: portalPath + path, Right: access.SetUp, Handle: h}
	}
	post := func(path string, h access.Handler) access.Route {
		return access.Route{Door: access.Portal, Method: http.MethodPost, Pattern: portalPath + path, Right: access.SetUp, Handle: h}
	}
	file := func(path string, h access.Handler) access.Route {
		r := post(path, h)
		r.MaxBody, r.Patience = mostUpload+1<<20, slow
		return r
	}
	return []access.Route{
		get("", y.showAll), get("/new", y.showNew), file("/new", y.takeNew),
		get("/{id}", y.showOne), post("/{id}/probe", y.showProbe), get("/{id}/script", y.showScript),
		get("/{id}/connections/{key}", y.showConnection), post("/{id}/connections/{key}", y.takeConnection),
		get("/{id}/sources", y.showSources), file("/{id}/sources", y.takeSource), post("/{id}/sources/remove", y.dropSource),
		get("/{id}/targets", y.showTargets), post("/{id}/targets", y.takeTarget), post("/{id}/targets/remove", y.dropTarget),
		get("/{id}/fields", y.showFields), post("/{id}/fields", y.takeFields),
		get("/{id}/rhythm", y.showRhythm), post("/{id}/rhythm", y.takeRhythm),
		post("/{id}/plan", y.showPlan), get("/{id}/mailboxes", y.showMailboxes), get("/{id}/mailbox", y.showMailbox), post("/{id}/run", y.takeRun),
		get("/{id}/runs", y.showRuns), get("/{id}/delete", y.showDelete), post("/{id}/delete", y.takeDelete),
	}
}

// PortalEntries are its lines of the portal's navigation.
func (y *Synchroniser) PortalEntries() []page.Entry {
	if len(y.env.Policy().OfKind(Name)) == 0 {
		return nil
	}
	return []page.Entry{{Path: portalPath, Word: "sync.nav"}}
}

func (y *Synchroniser) shell() page.Shell { return y.env.Customers.Portal() }

// ofCustomer is the entry of the policy under which customers set up: the first.
func (y *Synchroniser) ofCustomer() (*policy.Activity, error) {
	all := y.env.Policy().OfKind(Name)
	if len(all) == 0 {
		return nil, fault.New(fault.NotFound, "nothing is synchronised here")
	}
	return all[0], nil
}

// mine returns the synchronisation of a request, NotFound if it is not the
// customer's.
func (y *Synchroniser) mine(r *http.Request) (Sync, error) {
	if _, err := y.ofCustomer(); err != nil {
		return Sync{}, err
	}
	member, err := y.env.Customers.Portal().Member(r)
	if err != nil {
		return Sync{}, err
	}
	found, err := y.syncs(r.Context(), "where id = $1 and subject = $2 and requested_at is null", r.PathValue("id"), member.Customer)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no such synchronisation")
	}
	if err != nil {
		return Sync{}, err
	}
	return found[0], nil
}

// onePage is a page about one synchronisation.
type onePage struct {
	page.Base
	ID, Name string
}

// At is the address of a part of the synchronisation.
func (p onePage) At(part string) string { return p.To(portalPath + "/" + p.ID + part) }

func (y *Synchroniser) page(r *http.Request, s Sync, title string) onePage {
	p := onePage{Base: y.shell().Open(r, section), ID: s.ID, Name: s.Setup.Name}
	p.Here, p.Title = portalPath, p.T(title)
	return p
}

// back leads to a page after a form was taken.
func (y *Synchroniser) back(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, y.shell().Open(r, section).To(path), http.StatusSeeOther)
	return nil
}

// settle stores what a form made of a set-up, with files of its sources, and leads to a
// page; empty: the synchronisation's own. Where something is wrong again shows the form
// once more, with a sentence about it unless that stands at its fields.
func (y *Synchroniser) settle(w http.ResponseWriter, r *http.Request, s Sync, form page.Form, files map[string]page.File, to string, again func(says string) error) error {
	if form.Refused() {
		return again("")
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return err
	}
	id, err := y.setWith(r.Context(), a, s, files)
	if err == nil {
		return y.back(w, r, cmp.Or(to, portalPath+"/"+id))
	}
	if says := refused(y.shell().Open(r, section), err); says != "" {
		return again(says)
	}
	return err
}

// worded is an error that has words in the catalogs, under sync.wrong.<key>.
type worded struct {
	key  string
	args []any
	err  error
}

// Error implements error.
func (w *worded) Error() string { return w.err.Error() }

// Unwrap returns the error itself.
func (w *worded) Unwrap() error { return w.err }

// refused is the sentence about what a form holds and cannot be taken, empty if the
// error is another one.
func refused(b page.Base, err error) string {
	var said *worded
	if errors.As(err, &said) {
		return b.T("wrong."+said.key, said.args...)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) || fault.Is(err, fault.TooLarge) {
		said, known := b.Refusal(err)
		if known {
			return said
		}
		return b.T("wrong", said)
	}
	return ""
}

type allPage struct {
	page.Base
	All []allLine
}

type allLine struct {
	Name, Link, State string
	Last, Next        time.Time
	Fine              bool
}

// showAll lists the customer's synchronisations.
func (y *Synchroniser) showAll(w http.ResponseWriter, r *http.Request) error {
	if _, err := y.ofCustomer(); err != nil {
		return err
	}
	member, err := y.env.Customers.Portal().Member(r)
	if err != nil {
		return err
	}
	p := allPage{Base: y.shell().Open(r, section)}
	p.Here, p.Title = portalPath, p.T("all.title")
	all, err := y.syncs(r.Context(), "where subject = $1 and requested_at is null order by made_at, id", member.Customer)
	if err != nil {
		return err
	}
	for _, s := range all {
		past, err := y.History(r.Context(), s.ID, 1)
		if err != nil {
			return err
		}
		line := allLine{Name: s.Setup.Name, Link: p.To(portalPath + "/" + s.ID), Next: s.Next, State: p.T("state.new"), Fine: true}
		if len(past) > 0 {
			line.Last = past[0].Begun
			line.State, line.Fine = p.T("state."+past[0].State), past[0].State == "done" || past[0].State == "begun"
		}
		if !s.Ending.IsZero() && s.EndingFor == byRequest {
			line.State = p.T("state.ending")
		}
		p.All = append(p.All, line)
	}
	return pages.Show(y.shell(), w, r, "all", p)
}

type overviewPage struct {
	onePage
	Sync        Sync
	Connections []part
	Sources     []part
	Targets     []part
	Contacts    string
	Boxes       int
	Last        *Past
	LastState   string
	Ending      bool
	Trouble     string
	CertEnds    time.Time // of a certificate that ends within a month, zero otherwise
}

// part is a part of a set-up in a list.
type part struct{ Key, Says, Link string }

// showOne shows one synchronisation: how it stands and what it consists of.
func (y *Synchroniser) showOne(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	return y.overview(w, r, s, "")
}

// overview shows one synchronisation, with a sentence about why what was asked for is not
// done if there is one.
func (y *Synchroniser) overview(w http.ResponseWriter, r *http.Request, s Sync, says string) error {
	p := overviewPage{onePage: y.page(r, s, "one.title"), Sync: s}
	p.Title = s.Setup.Name
	if says != "" {
		p.Says, p.Status = p.T(says), http.StatusConflict
	}
	n, boxes, err := y.Written(r.Context(), s.ID)
	if err != nil {
		return err
	}
	p.Contacts, p.Boxes = p.Number(n), int(boxes)
	past, err := y.History(r.Context(), s.ID, 1)
	if err != nil {
		return err
	}
	if len(past) > 0 {
		p.Last, p.LastState = &past[0], p.T("state."+past[0].State)
	}
	if s.Failed > 0 {
		p.Trouble = p.T("remedy." + s.Problem)
	}
	p.CertEnds = s.Setup.ends(y.env.Clock.Now())
	p.Ending = !s.Ending.IsZero() && s.EndingFor == byRequest
	p.Connections, p.Sources, p.Targets = p.connections(s), p.sources(s), p.targets(s)
	return pages.Show(y.shell(), w, r, "one", p)
}

func (p onePage) connections(s Sync) (all []part) {
	for key, c := range s.Setup.Connections {
		all = append(all, part{key, p.T("kind."+c.Kind) + ": " + c.where(), p.At("/connections/" + key)})
	}
	slices.SortFunc(all, func(a, b part) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// where says where a connection leads to.
func (c Connection) where() string {
	if c.Kind == kindGraph {
		return c.Tenant
	}
	return c.URL
}

func (p onePage) sources(s Sync) (all []part) {
	for key, source := range s.Setup.Sources {
		says := source.File
		if source.File == "" {
			says = p.source(source, s.Setup.Connections[source.Connection])
		}
		all = append(all, part{Key: key, Says: says})
	}
	slices.SortFunc(all, func(a, b part) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// source is a source that is no file, in words.
func (p onePage) source(s Source, c Connection) string {
	switch {
	case s.Mailbox != "" && s.Folder != "":
		return p.T("source.mailbox.folder", s.Mailbox, s.Folder)
	case s.Mailbox != "":
		return p.T("source.mailbox", s.Mailbox)
	case c.Kind == kindGraph && s.What == listContacts:
		return p.T("source.graph.contacts", c.where())
	}
	return p.T("source."+c.Kind+".users", c.where())
}

func (p onePage) targets(s Sync) (all []part) {
	for key, t := range s.Setup.Targets {
		says := ""
		add := func(words string) {
			if says != "" {
				says += ", "
			}
			says += words
		}
		if t.Department != "" {
			add(p.T("target.department", t.Department))
		}
		if n := len(t.Groups); n > 0 {
			add(p.Count("target.groups", n))
		}
		if n := len(t.Mailboxes); n > 0 {
			add(p.Count("target.mailboxes", n))
		}
		if t.Directory != "" {
			says += " " + p.T("target.directory", s.Setup.Connections[t.Directory].where())
		}
		if t.Folder != "" {
			says += " " + p.T("target.folder", t.Folder)
		}
		all = append(all, part{Key: key, Says: says})
	}
	slices.SortFunc(all, func(a, b part) int { return strings.Compare(a.Key, b.Key) })
	return all
}

type probePage struct {
	onePage
	Found []foundLine
	Works bool
}

type foundLine struct {
	Sign, Says string
	Mailboxes  []string
}

// showProbe tries the set-up and says what it found.
func (y *Synchroniser) showProbe(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	found, err := y.Probe(r.Context(), s.ID)
	if err != nil {
		return err
	}
	p := probePage{onePage: y.page(r, s, "probe.title"), Works: Works(found)}
	for _, f := range found {
		f.Part = p.named(s, f)
		sign := map[Verdict]string{Fine: "✓", TooMuch: "!", Soon: "!", Wrong: "✗"}[f.Verdict]
		p.Found = append(p.Found, foundLine{sign + " " + p.T("verdict."+string(f.Verdict)), f.Says(p.Lang), f.Mailboxes})
	}
	return pages.Show(y.shell(), w, r, "probe", p)
}

// named is the part of a set-up that a finding is about, in words.
func (p onePage) named(s Sync, f Finding) string {
	all := p.connections(s)
	switch f.What {
	case "source", "shared", "empty":
		all = p.sources(s)
	case "choice", "nobody", "mailboxes", "beyond":
		all = p.targets(s)
	}
	for _, x := range all {
		if x.Key == f.Part {
			return x.Says
		}
	}
	return f.Part
}

type scriptPage struct {
	onePage
	Script string
}

func (y *Synchroniser) showScript(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	p := scriptPage{onePage: y.page(r, s, "script.title")}
	p.Script, err = s.Setup.Script(p.Lang)
	if fault.Is(err, fault.Invalid) {
		p.Says, err = p.T("script.none"), nil
	}
	return errors.Join(err, pages.Show(y.shell(), w, r, "script", p))
}
