package account

import (
	"embed"
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"kept/internal/access"
	"kept/internal/address"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
)

//go:embed templates assets
var sources embed.FS

var pages = page.Parse(sources, "templates")

// section is where the room's words stand in the catalogs.
const section = "account"

// The pages.
const (
	peoplePath  = "/people"
	accountPath = "/account"
	provePath   = "/prove"
	scriptPath  = "/passkey.js"
	deskPath    = "/customers"
)

// at is a line of the access table at the portal's door.
func at(method, pattern string, right access.Right, h access.Handler) access.Route {
	return access.Route{Door: access.Portal, Method: method, Pattern: pattern, Right: right, MaxBody: 32 << 10, Handle: h}
}

// Routes are the kind's lines of the access table.
func (a *Accounts) Routes() []access.Route {
	get, post := http.MethodGet, http.MethodPost
	return append(a.deskRoutes(),
		at(get, scriptPath, access.Anyone, script),
		at(get, "/sign-in", access.SignIn, a.signInForm),
		at(post, "/sign-in", access.SignIn, a.signIn),
		at(post, "/sign-in/passkey", access.SignIn, a.signInByPasskey),
		at(get, "/sign-in/microsoft", access.SignIn, a.toMicrosoft),
		at(get, backPath, access.SignIn, a.fromMicrosoft),
		at(post, "/sign-out", access.SignIn, a.signOut),
		at(get, "/register", access.SignIn, a.registerForm),
		at(post, "/register", access.SignIn, a.register),
		at(get, "/forgotten", access.SignIn, a.forgottenForm),
		at(post, "/forgotten", access.SignIn, a.forgotten),
		at(get, "/sent", access.SignIn, a.sent),
		at(get, "/confirm/{token}", access.SignIn, a.confirmForm),
		at(post, "/confirm/{token}", access.SignIn, a.confirm),
		at(get, "/enter/{token}", access.SignIn, a.enterForm),
		at(post, "/enter/{token}", access.SignIn, a.enter),
		at(get, "/join/{token}", access.SignIn, a.joinForm),
		at(post, "/join/{token}", access.SignIn, a.accept),
		at(get, "/move/{token}", access.SignIn, a.moveForm),
		at(post, "/move/{token}", access.SignIn, a.moveOn),

		at(get, "/{$}", access.Member, a.overview),
		at(get, "/switch", access.Member, a.switchForm),
		at(post, "/switch", access.Member, a.switchTo),
		at(get, provePath, access.Member, a.proveForm),
		at(post, provePath, access.Member, a.prove),
		at(post, provePath+"/passkey", access.Member, a.proveByPasskey),
		at(get, accountPath, access.Member, a.account),
		at(post, accountPath+"/profile", access.Member, a.setProfile),
		at(post, accountPath+"/address", access.Member, a.setAddress),
		at(post, accountPath+"/password", access.Member, a.setPassword),
		at(post, accountPath+"/passkeys", access.Member, a.addPasskey),
		at(post, accountPath+"/passkeys/{id}/remove", access.Member, a.removePasskey),
		at(post, accountPath+"/microsoft/remove", access.Member, a.disconnect),
		at(post, accountPath+"/sessions/end", access.Member, a.endSession),
		at(get, accountPath+"/close", access.Member, a.closeForm),
		at(post, accountPath+"/close", access.Member, a.closeNow),
		at(post, accountPath+"/delete", access.Member, a.deleteNow),

		at(get, peoplePath, access.Govern, a.people),
		at(post, peoplePath+"/invite", access.Govern, a.invite),
		at(post, peoplePath+"/invitations/{id}/remove", access.Govern, a.takeBack),
		at(post, peoplePath+"/{id}/role", access.Govern, a.assign),
		at(post, peoplePath+"/{id}/remove", access.Govern, a.remove),
		at(get, "/everything", access.Govern, a.everythingForm),
		at(post, "/everything", access.Govern, a.everything),
	)
}

// script serves the one script, which passkeys need.
func script(w http.ResponseWriter, _ *http.Request) error {
	b, err := sources.ReadFile("assets/passkey.js")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	w.Write(b) //nolint:errcheck // a reader who left needs no answer
	return nil
}

// seeOther leads on by GET.
func seeOther(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// to is the address of a page in the language of this one, with values that say more.
func to(b page.Base, path string, more ...string) string {
	q := url.Values{}
	for k, v := range b.Carry {
		q[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// back is the page of this door that a request wants to be led back to.
func back(values ...string) string {
	for _, v := range values {
		if v != "" {
			return page.LocalPath(v)
		}
	}
	return "/"
}

// says are the sentences that a page says after something was done; an address that
// names another one says nothing.
var says = []string{"password", "passkey", "microsoft", "profile", "session", "role", "removed", "invited", "taken-back", "joined", "moved", "half-moved", "closed", "deleted", "switched"}

// begin opens a page.
func (a *Accounts) begin(r *http.Request, title string) page.Base {
	b := a.env.Front.Open(r, section)
	b.Title = b.T(title)
	if did := r.URL.Query().Get("did"); slices.Contains(says, did) {
		b.Says = b.T("did." + did)
	}
	return b
}

// client is the address of whoever asks; the door has looked behind trusted proxies.
func client(r *http.Request) netip.Addr { return address.Client(r, nil) }

// entered lets a browser in by a session's token in a new cookie. The session that it had
// before ends (ASVS 5.0 V7.2.4).
func (a *Accounts) entered(w http.ResponseWriter, r *http.Request, session, to string) error {
	if err := a.SignOut(r.Context(), a.held(r)); err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(session))
	seeOther(w, to)
	return nil
}

// held is what a browser's cookie holds, empty without one.
func (a *Accounts) held(r *http.Request) string {
	c, err := r.Cookie(a.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// ways are the ways to sign in that a page offers.
type ways struct {
	Password, Passkey, Microsoft bool
	// Challenge is what a passkey signs.
	Challenge string
	// Away leads to Microsoft, and from there on to the page that asked.
	Away string
}

// away is the address that leads to Microsoft, and from there on to a page of this door.
func away(b page.Base, then string) string {
	if then == "/" { // where one comes to anyway
		then = ""
	}
	return to(b, "/sign-in/microsoft", "back", then)
}

func (a *Accounts) ways(e *policy.Activity) ways {
	return ways{Password: a.offers(e, byPassword), Passkey: a.offers(e, byPasskey), Microsoft: a.offers(e, byMicrosoft)}
}

// bound returns what binds a browser that is not signed in: its cookie, which it gets
// where it has none.
func (a *Accounts) bound(w http.ResponseWriter, r *http.Request) string {
	if value := a.held(r); value != "" {
		return value
	}
	value := store.NewID()
	http.SetCookie(w, a.cookie(value))
	return value
}
