package newsletter

import (
	"context"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
)

// deskPath is where the newsletter stands in the console.
const deskPath = "/newsletter"

func (n *Newsletter) deskRoutes() []access.Route {
	return []access.Route{
		{Door: access.Console, Method: http.MethodGet, Pattern: deskPath, Right: access.Overview, Handle: n.overview},
		{Door: access.Console, Method: http.MethodPost, Pattern: deskPath, Right: access.Operate, Handle: n.find},
		{Door: access.Console, Method: http.MethodGet, Pattern: deskPath + "/proof/{id}", Right: access.Operate, Handle: n.showProof},
	}
}

type deskPage struct {
	page.Base
	Standing, Waiting, Ended int64
	Page                     string // address of the public form
	Embed                    string
	Searched                 bool
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

func (n *Newsletter) deskPage(r *http.Request) (d deskPage, err error) {
	if _, err := n.declared(""); err != nil {
		return d, err
	}
	d = deskPage{Base: n.env.Desk.Open(r, "newsletter"), Page: n.env.Mail.Link(Path), Embed: n.env.Mail.Link(Path + "/embed")}
	d.Title = d.T("nav")
	err = n.env.DB.QueryRowContext(r.Context(), `select count(case when confirmed_at is not null and unsubscribed_at is null then 1 end),
		count(case when confirmed_at is null then 1 end) from newsletter_subscriber`).Scan(&d.Standing, &d.Waiting)
	if err != nil {
		return d, store.Classify(err)
	}
	err = n.env.DB.QueryRowContext(r.Context(), "select count(*) from newsletter_proof where unsubscribed_at is not null").Scan(&d.Ended)
	return d, store.Classify(err)
}

// find looks for the proofs of one address. The address comes in the body, so
// that it stands in no log.
func (n *Newsletter) find(w http.ResponseWriter, r *http.Request) error {
	d, err := n.deskPage(r)
	if err != nil {
		return err
	}
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	d.Form, d.Searched = form, true
	d.Proofs, err = n.Proofs(r.Context(), form.Value("address"))
	if fault.Is(err, fault.Invalid) {
		d.Form.Refuse("address", d.T("wrong.email"))
		d.Searched, d.Status, err = false, http.StatusBadRequest, nil
	}
	if err != nil {
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
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := proofPage{Base: n.env.Desk.Open(r, "newsletter")}
	d.Title = d.T("proof.title")
	if d.Proof, err = n.Proof(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	if a, err := n.declared(d.Proof.Activity); err == nil {
		d.Topics = strings.Join(titles(topicsOf(a), append([]string{}, d.Proof.Topics...), d.Lang), ", ")
	}
	err = n.opened(r, who.ID)
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "proof", d)
}

func (n *Newsletter) opened(r *http.Request, staff string) error {
	return n.env.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, "newsletter.proof-opened", map[string]any{"staff": staff})
		return err
	})
}
