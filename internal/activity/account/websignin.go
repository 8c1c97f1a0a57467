package account

import (
	"encoding/base64"
	"net/http"
	"net/url"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/page"
	"kept/internal/passkey"
	"kept/internal/remote/oidc"
)

type signInPage struct {
	page.Base
	ways
	Back string
}

func (a *Accounts) signInPage(r *http.Request, f page.Form) (signInPage, error) {
	d := signInPage{Base: a.begin(r, "signin.title"), Back: back(f.Value("back"), r.URL.Query().Get("back"))}
	e, err := a.entry()
	if err != nil {
		return d, err
	}
	d.Form, d.ways = f, a.ways(e)
	d.Away = away(d.Base, d.Back)
	if d.Passkey {
		d.Challenge, d.Script = base64.RawURLEncoding.EncodeToString(a.newChallenge(signsIn)), scriptPath
	}
	return d, nil
}

func (a *Accounts) signInForm(w http.ResponseWriter, r *http.Request) error {
	d, err := a.signInPage(r, page.Form{})
	if err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "signin", d)
}

func (a *Accounts) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	session, err := a.SignIn(r.Context(), client(r), f.Value("email"), f.Text("password"))
	return a.admit(w, r, f, session, err)
}

func (a *Accounts) signInByPasskey(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	challenge, got := signed(f)
	session, err := a.SignInByPasskey(r.Context(), client(r), challenge, got)
	return a.admit(w, r, f, session, err)
}

// admit lets somebody in, or shows the form again with a sentence that says what was
// wrong.
func (a *Accounts) admit(w http.ResponseWriter, r *http.Request, f page.Form, session string, err error) error {
	if err == nil {
		return a.entered(w, r, session, back(f.Value("back")))
	}
	d, broken := a.signInPage(r, f)
	if broken != nil {
		return broken
	}
	if !tells(&d.Base, err, "signin.refused") {
		return err
	}
	return pages.Show(a.env.Front, w, r, "signin", d)
}

// signed reads what a passkey has signed out of a form.
func signed(f page.Form) (challenge []byte, got passkey.Signed) {
	challenge, _ = base64.RawURLEncoding.DecodeString(f.Value("challenge")) //nolint:errcheck // what cannot be read is no challenge of ours
	return challenge, passkey.Signed{ID: f.Value("id"), Client: f.Value("client"), Authenticator: f.Value("authenticator"), Signature: f.Value("signature")}
}

func (a *Accounts) toMicrosoft(w http.ResponseWriter, r *http.Request) error {
	b := a.begin(r, "signin.title")
	s, err := a.Seen(r)
	if err != nil {
		return err
	}
	then := r.URL.Query().Get("back")
	if then != "" {
		then = back(then)
	}
	address, err := a.Leave(r.Context(), a.bound(w, r), then, b.Lang, s.ID != "")
	if err != nil {
		return err
	}
	seeOther(w, address)
	return nil
}

// fromMicrosoft takes back who went to Microsoft: to sign in, or, signed in already, to
// connect the account or to prove who they are.
func (a *Accounts) fromMicrosoft(w http.ResponseWriter, r *http.Request) error {
	b, q := a.begin(r, "signin.title"), r.URL.Query()
	binding, then := a.held(r), thenOf(q.Get("state"))
	s, err := a.Seen(r)
	if err != nil {
		return err
	}
	if q.Get("error") != "" { // they changed their mind there
		asked := "/sign-in"
		if s.ID != "" {
			asked = provePath
		}
		seeOther(w, to(b, asked, "back", then))
		return nil
	}
	who, err := a.Return(r.Context(), binding, q.Get("state"), q.Get("code"))
	if fault.Is(err, fault.Forbidden) {
		return a.admit(w, r, page.Form{}, "", err)
	}
	if err != nil {
		return err
	}
	if s.ID != "" {
		return a.signedInAtMicrosoft(w, r, b, s, who, back(then, to(b, accountPath)))
	}
	session, err := a.SignInByMicrosoft(r.Context(), who)
	switch {
	case err == nil:
		return a.entered(w, r, session, back(then, to(b, "/")))
	case !fault.Is(err, fault.NotFound):
		return err
	}
	if _, err := mail.Normalise(who.Email); err != nil {
		b.Says = b.T("microsoft.unknown")
		return pages.Show(a.env.Front, w, r, "register", askPage{Base: b})
	}
	if err := a.RegisterWith(r.Context(), client(r), binding, who, b.Lang); err != nil {
		return err
	}
	seeOther(w, to(b, "/sent", "what", "register"))
	return nil
}

func (a *Accounts) signedInAtMicrosoft(w http.ResponseWriter, r *http.Request, b page.Base, s Session, who oidc.Person, then string) error {
	same, err := a.isConnected(r.Context(), s, who)
	if err != nil {
		return err
	}
	if same && !a.provenLately(who) {
		d, err := a.provePage(r, s, page.Filled(url.Values{"back": {then}}))
		if err != nil {
			return err
		}
		d.Says, d.Status = d.T("prove.microsoft.old"), http.StatusForbidden
		return pages.Show(a.env.Front, w, r, "prove", d)
	}
	if same {
		return a.freshened(w, r, s, then)
	}
	if !s.Fresh {
		seeOther(w, to(b, provePath, "back", then))
		return nil
	}
	if err := a.Connect(r.Context(), s, who); err != nil {
		return err
	}
	seeOther(w, to(b, accountPath, "did", "microsoft"))
	return nil
}

// signOut ends the session of the browser.
func (a *Accounts) signOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(a.cookieName()); err == nil {
		if err := a.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, a.cookie(""))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	seeOther(w, to(a.begin(r, "signin.title"), "/sign-in"))
	return nil
}
