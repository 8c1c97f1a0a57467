package account

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/passkey"
	"kept/internal/remote/oidc"
)

// overviewPage is the first page of who is signed in.
type overviewPage struct {
	page.Base
	Role           access.Role
	Owner          bool
	Since, Expires time.Time
	Over           bool // it has expired
	Registered     string
	Customers      int
	HasWay         bool // the person can sign in again without a mail
	Leads          []lead
}

// lead leads to what a customer comes for.
type lead struct{ Path, Title, About string }

// leads are the pages of other kinds that say what they are for.
func leads(b page.Base) (all []lead) {
	for _, e := range b.Entries {
		if about := e.About(b.Lang); about != "" {
			all = append(all, lead{Path: e.Path, Title: i18n.T(b.Lang, e.Word), About: about})
		}
	}
	return all
}

func (a *Accounts) overview(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	d := overviewPage{Base: a.begin(r, "overview.title"), Role: s.Role, Owner: s.Role.May(access.Govern), Customers: s.Customers}
	c, err := a.customer(r.Context(), s.Customer)
	if err != nil {
		return err
	}
	d.Since, d.Expires = c.Since, c.Expires
	d.Over = !c.Expires.IsZero() && !c.Expires.After(a.env.Clock.Now())
	if d.Registered, _, err = a.Registered(r.Context(), s.Customer); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if d.HasWay, err = a.hasWay(r, s); err != nil {
		return err
	}
	d.Leads = leads(d.Base)
	return pages.Show(a.env.Front, w, r, "overview", d)
}

// hasWay reports whether somebody can sign in again without a mail.
func (a *Accounts) hasWay(r *http.Request, s Session) (bool, error) {
	if s.HasPassword {
		return true, nil
	}
	keys, err := a.Passkeys(r.Context(), s)
	if err != nil || len(keys) > 0 {
		return len(keys) > 0, err
	}
	return a.connected(r.Context(), s)
}

// accountPage is somebody's own account.
type accountPage struct {
	page.Base
	ways
	Email                string
	HasPassword, Fresh   bool
	Keys                 []Key
	Connected            bool
	Sessions             []Standing
	Names, Phone         bool // the policy lists them
	Operator, User, Held string
	Prove                string // where they prove who they are, and from there back
}

func (a *Accounts) account(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	return a.showAccount(w, r, s, page.Form{})
}

func (a *Accounts) showAccount(w http.ResponseWriter, r *http.Request, s Session, f page.Form) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	d := accountPage{Base: a.begin(r, "account.title"), ways: a.ways(e), Email: s.Email, HasPassword: s.HasPassword, Fresh: s.Fresh}
	d.Names, d.Phone = e.Has(fieldFirst) || e.Has(fieldLast), e.Has(fieldPhone)
	d.Operator, d.Prove = a.env.Policy().Controller.Name, to(d.Base, provePath, "back", to(d.Base, accountPath))
	if d.Keys, err = a.Passkeys(r.Context(), s); err != nil {
		return err
	}
	if d.Connected, err = a.connected(r.Context(), s); err != nil {
		return err
	}
	if d.Sessions, err = a.Sessions(r.Context(), s); err != nil {
		return err
	}
	if d.Passkey && d.Fresh {
		d.Challenge, d.Script = base64.RawURLEncoding.EncodeToString(a.newChallenge(makes(s))), scriptPath
		// What a device knows the account by says nothing about the person.
		d.User, d.Held = base64.RawURLEncoding.EncodeToString(a.env.Vault.Index("account/device", s.Account)), knownTo(d.Keys)
	}
	d.Form = f
	if !f.Refused() {
		profile, err := a.Profile(r.Context(), s)
		if err != nil {
			return err
		}
		d.Form = page.Filled(url.Values{"first-name": {profile.First}, "last-name": {profile.Last}, "phone": {profile.Phone}})
	} else {
		d.Status = http.StatusBadRequest
	}
	return pages.Show(a.env.Front, w, r, "account", d)
}

func (a *Accounts) setProfile(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	p := Profile{First: f.Value("first-name"), Last: f.Value("last-name"), Phone: f.Value("phone")}
	return a.done(w, r, "profile", a.SetProfile(r.Context(), s, p))
}

// done leads back to the account, which says what was done.
func (a *Accounts) done(w http.ResponseWriter, r *http.Request, did string, err error) error {
	if err != nil {
		return err
	}
	seeOther(w, to(a.begin(r, "account.title"), accountPath, "did", did))
	return nil
}

func (a *Accounts) setAddress(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	if !a.fresh(w, r, s, accountPath) {
		return nil
	}
	b := a.begin(r, "account.title")
	err = a.Move(r.Context(), client(r), s, f.Value("new-email"), b.Lang)
	if fault.Is(err, fault.Invalid) {
		f.Refuse("new-email", b.T("email.wrong"))
		return a.showAccount(w, r, s, f)
	}
	if err != nil {
		return err
	}
	seeOther(w, to(b, "/sent", "what", "address"))
	return nil
}

func (a *Accounts) setPassword(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	if !a.fresh(w, r, s, accountPath) {
		return nil
	}
	err = a.SetPassword(r.Context(), s, f.Text("new-password"))
	if fault.Is(err, fault.Invalid) {
		f.Refuse("new-password", a.begin(r, "account.title").T("password.short"))
		return a.showAccount(w, r, s, f)
	}
	return a.done(w, r, "password", err)
}

func (a *Accounts) addPasskey(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	if !a.fresh(w, r, s, accountPath) {
		return nil
	}
	challenge, _ := signed(f)
	made := passkey.Made{ID: f.Value("id"), Client: f.Value("client"), Authenticator: f.Value("authenticator"), Key: f.Value("key")}
	err = a.AddPasskey(r.Context(), s, challenge, made)
	if fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Conflict) {
		f.Refuse("passkey", a.begin(r, "account.title").T("passkey.wrong"))
		return a.showAccount(w, r, s, f)
	}
	return a.done(w, r, "passkey", err)
}

func (a *Accounts) removePasskey(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, accountPath) {
		return err
	}
	return a.done(w, r, "passkey", a.RemovePasskey(r.Context(), s, r.PathValue("id")))
}

func (a *Accounts) disconnect(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, accountPath) {
		return err
	}
	return a.done(w, r, "microsoft", a.Connect(r.Context(), s, oidc.Person{}))
}

func (a *Accounts) endSession(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	return a.done(w, r, "session", a.EndSession(r.Context(), s, f.Value("session")))
}

// endPage asks before something ends.
type endPage struct {
	page.Base
	Last      bool // others act for the customer, and this is its last owner
	Alone     bool // nobody else acts for it
	Customers int
	People    int
}

func (a *Accounts) endPage(r *http.Request, s Session, title string) (endPage, error) {
	d := endPage{Base: a.begin(r, title), Customers: s.Customers}
	people, err := a.People(r.Context(), s.Customer)
	if err != nil {
		return d, err
	}
	owners := 0
	for _, p := range people {
		if p.Role == access.CustomerOwner {
			owners++
		}
	}
	d.People, d.Alone = len(people), len(people) == 1
	d.Last = len(people) > 1 && s.Role == access.CustomerOwner && owners == 1
	return d, nil
}

func (a *Accounts) closeForm(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, accountPath+"/close") {
		return err
	}
	d, err := a.endPage(r, s, "close.title")
	if err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "close", d)
}

func (a *Accounts) closeNow(w http.ResponseWriter, r *http.Request) error {
	return a.leaveBy(w, r, "closed", a.CloseAccount)
}

func (a *Accounts) deleteNow(w http.ResponseWriter, r *http.Request) error {
	return a.leaveBy(w, r, "deleted", a.DeleteAccount)
}

// leaveBy ends an account in one of two ways, and the browser's session with it.
func (a *Accounts) leaveBy(w http.ResponseWriter, r *http.Request, did string, way leaving) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, accountPath+"/close") {
		return err
	}
	err = way(r.Context(), s)
	if fault.Is(err, fault.Conflict) {
		d, broken := a.endPage(r, s, "close.title")
		if broken != nil {
			return broken
		}
		d.Last, d.Says, d.Status = true, d.T("close.last"), http.StatusConflict
		return pages.Show(a.env.Front, w, r, "close", d)
	}
	if err != nil {
		return err
	}
	a.farewell(w, r, did)
	return nil
}

// farewell leads out, to a page that says what was done.
func (a *Accounts) farewell(w http.ResponseWriter, r *http.Request, did string) {
	http.SetCookie(w, a.cookie(""))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	seeOther(w, to(a.begin(r, "signin.title"), "/sign-in", "did", did))
}

func (a *Accounts) everythingForm(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, "/everything") {
		return err
	}
	d, err := a.endPage(r, s, "everything.title")
	if err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "everything", d)
}

func (a *Accounts) everything(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil || !a.fresh(w, r, s, "/everything") {
		return err
	}
	if err := a.DeleteCustomer(r.Context(), s); err != nil {
		return err
	}
	a.farewell(w, r, "deleted")
	return nil
}
