package account

import (
	"encoding/base64"
	"net/http"

	"kept/internal/fault"
	"kept/internal/page"
)

// provePage asks who is signed in to prove once more who they are.
type provePage struct {
	page.Base
	ways
	Back  string
	Email string
}

func (a *Accounts) provePage(r *http.Request, s Session, f page.Form) (provePage, error) {
	d := provePage{Base: a.begin(r, "prove.title"), Back: back(f.Value("back"), r.URL.Query().Get("back")), Email: s.Email}
	e, err := a.entry()
	if err != nil {
		return d, err
	}
	d.Form = f
	d.Password = s.HasPassword && a.offers(e, byPassword)
	keys, err := a.Passkeys(r.Context(), s)
	if err != nil {
		return d, err
	}
	if d.Passkey = len(keys) > 0 && a.offers(e, byPasskey); d.Passkey {
		d.Challenge, d.Script = base64.RawURLEncoding.EncodeToString(a.newChallenge(proves(s))), scriptPath
	}
	connected, err := a.connected(r.Context(), s)
	d.Microsoft, d.Away = connected && a.offers(e, byMicrosoft), away(d.Base, d.Back)
	return d, err
}

func (a *Accounts) proveForm(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	d, err := a.provePage(r, s, page.Form{})
	if err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "prove", d)
}

func (a *Accounts) prove(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	return a.proved(w, r, s, f, a.Proves(r.Context(), client(r), s, f.Text("password")))
}

func (a *Accounts) proveByPasskey(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	challenge, got := signed(f)
	return a.proved(w, r, s, f, a.ProvesByPasskey(r.Context(), client(r), s, challenge, got))
}

func (a *Accounts) proved(w http.ResponseWriter, r *http.Request, s Session, f page.Form, wrong error) error {
	if wrong == nil {
		return a.freshened(w, r, s, back(f.Value("back")))
	}
	d, err := a.provePage(r, s, f)
	if err != nil {
		return err
	}
	if !tells(&d.Base, wrong, "prove.refused") {
		return wrong
	}
	return pages.Show(a.env.Front, w, r, "prove", d)
}

// tells has a page say why somebody is not let in; false if that is not what is wrong.
func tells(b *page.Base, wrong error, refused string) bool {
	switch {
	case fault.Is(wrong, fault.Forbidden):
		b.Says, b.Status = b.T(refused), http.StatusForbidden
	case fault.Is(wrong, fault.TooMany):
		b.Says, b.Status = b.T("toomany"), http.StatusTooManyRequests
	default:
		return false
	}
	return true
}

// freshened leads on who has just proven who they are.
func (a *Accounts) freshened(w http.ResponseWriter, r *http.Request, s Session, then string) error {
	session, err := a.freshen(r.Context(), s)
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(session))
	seeOther(w, then)
	return nil
}

// form reads a form of who is signed in.
func (a *Accounts) form(r *http.Request) (Session, page.Form, error) {
	s, err := a.session(r)
	if err != nil {
		return s, page.Form{}, err
	}
	f, err := page.Read(r)
	return s, f, err
}

// fresh reports whether who is signed in has lately proven who they are, and leads those
// who have not to the page that asks for it.
func (a *Accounts) fresh(w http.ResponseWriter, r *http.Request, s Session, then string) bool {
	if s.Fresh {
		return true
	}
	b := a.begin(r, "prove.title")
	seeOther(w, to(b, provePath, "back", to(b, then)))
	return false
}
