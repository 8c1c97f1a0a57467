package account

import (
	"net/http"
	"slices"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

// askPage asks for an address.
type askPage struct{ page.Base }

func (a *Accounts) registerForm(w http.ResponseWriter, r *http.Request) error {
	return a.askFor(w, r, "register", page.Form{})
}

func (a *Accounts) forgottenForm(w http.ResponseWriter, r *http.Request) error {
	return a.askFor(w, r, "forgotten", page.Form{})
}

func (a *Accounts) askFor(w http.ResponseWriter, r *http.Request, what string, f page.Form) error {
	d := askPage{Base: a.begin(r, what+".title")}
	d.Form = f
	if f.Refused() {
		d.Status = http.StatusBadRequest
	}
	return pages.Show(a.env.Front, w, r, what, d)
}

func (a *Accounts) register(w http.ResponseWriter, r *http.Request) error {
	return a.asked(w, r, "register")
}

func (a *Accounts) forgotten(w http.ResponseWriter, r *http.Request) error {
	return a.asked(w, r, "forgotten")
}

// asked takes an address. The answer is the same whether it is known.
func (a *Accounts) asked(w http.ResponseWriter, r *http.Request, what string) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	b := a.begin(r, what+".title")
	take := a.Register
	if what == "forgotten" {
		take = a.Forgotten
	}
	err = take(r.Context(), client(r), f.Value("email"), b.Lang)
	if fault.Is(err, fault.Invalid) {
		f.Refuse("email", b.T("email.wrong"))
		return a.askFor(w, r, what, f)
	}
	if err != nil {
		return err
	}
	seeOther(w, to(b, "/sent", "what", what))
	return nil
}

// sentPage says that a mail is on its way.
type sentPage struct {
	page.Base
	What string
}

func (a *Accounts) sent(w http.ResponseWriter, r *http.Request) error {
	d := sentPage{Base: a.begin(r, "sent.title"), What: r.URL.Query().Get("what")}
	if !slices.Contains([]string{"register", "forgotten", "address"}, d.What) {
		d.What = "register"
	}
	return pages.Show(a.env.Front, w, r, "sent", d)
}

// linkPage shows what a link does: opening it, as mail programs do by themselves, uses
// nothing up.
type linkPage struct {
	page.Base
	ways
	Token, Email string
	Optional     bool // the password is: there are other ways
	Account      bool // there is one already
	Role         access.Role
}

func (a *Accounts) linkPage(r *http.Request, title string) (linkPage, error) {
	d := linkPage{Base: a.begin(r, title), Token: r.PathValue("token")}
	e, err := a.entry()
	if err != nil {
		return d, err
	}
	d.ways = a.ways(e)
	d.Optional = d.Passkey || d.Microsoft
	return d, nil
}

// gone shows that a link is over.
func (a *Accounts) gone(w http.ResponseWriter, r *http.Request, err error, says string) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	d := linkPage{Base: a.begin(r, "gone.title")}
	d.Says, d.Status = d.T(says), http.StatusNotFound
	return pages.Show(a.env.Front, w, r, "gone", d)
}

func (a *Accounts) confirmForm(w http.ResponseWriter, r *http.Request) error {
	d, err := a.linkPage(r, "confirm.title")
	if err != nil {
		return err
	}
	if d.Email, err = a.Unconfirmed(r.Context(), d.Token); err != nil {
		return a.gone(w, r, err, "gone.link")
	}
	return pages.Show(a.env.Front, w, r, "confirm", d)
}

func (a *Accounts) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	d, err := a.linkPage(r, "confirm.title")
	if err != nil {
		return err
	}
	session, err := a.confirmIn(r.Context(), a.held(r), d.Token, f.Text("password"), d.Lang)
	if fault.Is(err, fault.Invalid) {
		if d.Email, err = a.Unconfirmed(r.Context(), d.Token); err != nil {
			return a.gone(w, r, err, "gone.link")
		}
		return a.short(w, r, "confirm", d, f)
	}
	if err != nil {
		return a.gone(w, r, err, "gone.link")
	}
	return a.entered(w, r, session, a.first(d, f))
}

// first is where somebody begins who has a new account: without a password, where they
// set up how they sign in from now on.
func (a *Accounts) first(d linkPage, f page.Form) string {
	if f.Text("password") == "" {
		return to(d.Base, accountPath)
	}
	return to(d.Base, "/")
}

func (a *Accounts) short(w http.ResponseWriter, r *http.Request, name string, d linkPage, f page.Form) error {
	f.Refuse("password", d.T("password.short"))
	d.Form, d.Status = f, http.StatusBadRequest
	return pages.Show(a.env.Front, w, r, name, d)
}

func (a *Accounts) enterForm(w http.ResponseWriter, r *http.Request) error {
	d, err := a.linkPage(r, "enter.title")
	if err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "enter", d)
}

func (a *Accounts) enter(w http.ResponseWriter, r *http.Request) error {
	d, err := a.linkPage(r, "enter.title")
	if err != nil {
		return err
	}
	session, err := a.Enter(r.Context(), d.Token)
	if err != nil {
		return a.gone(w, r, err, "gone.link")
	}
	return a.entered(w, r, session, to(d.Base, accountPath))
}

func (a *Accounts) joinForm(w http.ResponseWriter, r *http.Request) error {
	d, err := a.joinPage(r)
	if err != nil {
		return a.gone(w, r, err, "gone.invitation")
	}
	return pages.Show(a.env.Front, w, r, "join", d)
}

func (a *Accounts) joinPage(r *http.Request) (linkPage, error) {
	d, err := a.linkPage(r, "join.title")
	if err != nil {
		return d, err
	}
	i, err := a.Invitation(r.Context(), d.Token)
	d.Email, d.Account, d.Role = i.Email, i.Account, i.Role
	return d, err
}

func (a *Accounts) accept(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	d, err := a.joinPage(r)
	if err != nil {
		return a.gone(w, r, err, "gone.invitation")
	}
	session, err := a.Accept(r.Context(), d.Token, f.Text("password"), d.Lang)
	switch {
	case fault.Is(err, fault.Invalid):
		return a.short(w, r, "join", d, f)
	case err != nil:
		return a.gone(w, r, err, "gone.invitation")
	case session == "":
		seeOther(w, to(d.Base, "/sign-in", "did", "joined"))
	default:
		return a.entered(w, r, session, a.first(d, f))
	}
	return nil
}

func (a *Accounts) moveForm(w http.ResponseWriter, r *http.Request) error {
	d, err := a.linkPage(r, "move.title")
	if err == nil {
		err = a.Moving(r.Context(), d.Token)
	}
	if err != nil {
		return a.gone(w, r, err, "gone.link")
	}
	return pages.Show(a.env.Front, w, r, "move", d)
}

func (a *Accounts) moveOn(w http.ResponseWriter, r *http.Request) error {
	d, err := a.linkPage(r, "move.title")
	if err != nil {
		return err
	}
	moved, err := a.Moved(r.Context(), d.Token)
	if err != nil {
		return a.gone(w, r, err, "gone.link")
	}
	did := "half-moved"
	if moved {
		did = "moved"
	}
	seeOther(w, to(d.Base, "/sign-in", "did", did))
	return nil
}
