package newsletter

import (
	"context"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
)

// deskPath is where the newsletter stands in the console.
const deskPath = "/newsletter"

func (n *Newsletter) deskRoutes() []access.Route {
	desk := func(method, pattern string, right access.Right, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + pattern, Right: right, Handle: h}
	}
	upload := desk(http.MethodPost, "/import", access.Newsletter, n.takeFile)
	upload.MaxBody = 2 * maxUpload // it comes back as text in the second step
	return []access.Route{
		desk(http.MethodGet, "", access.Overview, n.overview),
		desk(http.MethodPost, "", access.Newsletter, n.find),
		desk(http.MethodGet, "/proof/{id}", access.Newsletter, n.showProof),
		desk(http.MethodGet, "/subscribers", access.Newsletter, n.showSubscribers),
		desk(http.MethodGet, "/subscriber/{id}", access.Newsletter, n.showSubscriber),
		desk(http.MethodPost, "/subscriber/{id}", access.Newsletter, n.actOnSubscriber),
		desk(http.MethodGet, "/lists", access.Newsletter, n.showLists),
		desk(http.MethodPost, "/lists", access.Newsletter, n.actOnLists),
		desk(http.MethodGet, "/segments/{id}", access.Newsletter, n.showSegment),
		desk(http.MethodGet, "/import", access.Newsletter, n.askFile),
		upload,
		desk(http.MethodPost, "/export", access.Newsletter, n.sendExport),
	}
}

// deskBase is what every page about one entry has.
type deskBase struct {
	page.Base
	Entry   *policy.Activity
	Entries []*policy.Activity
}

// Called names an entry.
func (d deskBase) Called(a *policy.Activity) string { return a.Title.In(d.Lang) }

// desk begins a page about the entry that the address or the form names.
func (n *Newsletter) desk(r *http.Request) (d deskBase, err error) {
	key := r.URL.Query().Get("entry")
	a, err := n.declared(key)
	if err != nil {
		return d, err
	}
	d = deskBase{Base: n.env.Desk.Open(r, "newsletter"), Entry: a, Entries: n.entries()}
	d.Here = deskPath
	if key != "" {
		if d.Carry == nil {
			d.Carry = map[string][]string{}
		}
		d.Carry.Set("entry", a.Key)
	}
	return d, nil
}

type deskPage struct {
	deskBase
	Standing, Waiting, Ended int64
	Page                     string // address of the public form
	Embed                    string
	Months                   []Month
	Searched                 bool
	Found                    Found
	Proofs                   []Proof
}

// overview says how many subscribers there are, and names nobody.
func (n *Newsletter) overview(w http.ResponseWriter, r *http.Request) error {
	d, err := n.deskPage(r)
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "desk", d)
}

// monthsShown is how many lines of counts a page shows.
const monthsShown = 24

func (n *Newsletter) deskPage(r *http.Request) (d deskPage, err error) {
	if d.deskBase, err = n.desk(r); err != nil {
		return d, err
	}
	d.Page, d.Embed = n.env.Mail.Link(n.path(d.Entry, "")), n.env.Mail.Link(n.path(d.Entry, "/embed"))
	d.Title = d.T("nav")
	if len(d.Entries) > 1 {
		d.Title = d.Called(d.Entry)
	}
	if d.Standing, d.Waiting, d.Ended, err = n.Counts(r.Context(), d.Entry); err != nil {
		return d, err
	}
	d.Months, err = n.Months(r.Context(), d.Entry, monthsShown)
	return d, err
}

// Counts returns how many of an entry's subscriptions stand, how many wait for a
// confirmation, and how many proofs of ended ones are kept.
func (n *Newsletter) Counts(ctx context.Context, a *policy.Activity) (standing, waiting, ended int64, err error) {
	err = n.env.DB.QueryRowContext(ctx, `select count(case when confirmed_at is not null and unsubscribed_at is null then 1 end),
		count(case when confirmed_at is null then 1 end) from newsletter_subscriber where activity = $1`, a.Key).Scan(&standing, &waiting)
	if err != nil {
		return 0, 0, 0, store.Classify(err)
	}
	err = n.env.DB.QueryRowContext(ctx, "select count(*) from newsletter_proof where activity = $1 and unsubscribed_at is not null", a.Key).Scan(&ended)
	return standing, waiting, ended, store.Classify(err)
}

// find looks for subscribers, and for the proofs of an address. What is looked for
// comes in the body, so that it stands in no log; that staff looked, and at how many
// people, stands in the ledger.
func (n *Newsletter) find(w http.ResponseWriter, r *http.Request) error {
	d, err := n.deskPage(r)
	if err != nil {
		return err
	}
	if d.Form, err = page.Read(r); err != nil {
		return err
	}
	text := d.Form.Value("search")
	d.Found, err = n.Search(r.Context(), d.Entry, text)
	if fault.Is(err, fault.Invalid) {
		d.Form.Refuse("search", d.T("wrong.search"))
		d.Status = http.StatusBadRequest
		return n.pages.Show(n.env.Desk, w, r, "desk", d)
	}
	if err != nil {
		return err
	}
	d.Searched = true
	if strings.Contains(text, "@") { // who left has no subscription, and may have a proof
		if d.Proofs, err = n.Proofs(r.Context(), text); err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	if err := n.opened(r, "newsletter.searched", map[string]any{"activity": d.Entry.Key, "found": len(d.Found.Subscriptions) + len(d.Proofs)}); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "desk", d)
}

type proofPage struct {
	page.Base
	Proof  Proof
	Topics string // chosen with the sign-up
}

// showProof is the page to print: all that shows one person's consent. That it
// was opened goes into the ledger.
func (n *Newsletter) showProof(w http.ResponseWriter, r *http.Request) error {
	if _, err := n.declared(""); err != nil {
		return err
	}
	d := proofPage{Base: n.env.Desk.Open(r, "newsletter")}
	d.Title, d.Here = d.T("proof.title"), deskPath
	var err error
	if d.Proof, err = n.Proof(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	if a, err := n.declared(d.Proof.Activity); err == nil {
		d.Topics = strings.Join(titles(topicsOf(a), append([]string{}, d.Proof.Topics...), d.Lang), ", ")
	}
	if err := n.opened(r, "newsletter.proof-opened", map[string]any{"activity": d.Proof.Activity}); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "proof", d)
}

// opened writes into the ledger what somebody of the staff opened about a person.
func (n *Newsletter) opened(r *http.Request, what string, facts map[string]any) error {
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	facts["staff"] = who.ID
	return n.env.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, what, facts)
		return err
	})
}

// Looked says how many subscribers were opened for a search.
func (d deskPage) Looked() int64 { return int64(d.Found.Looked) }
