package account

import (
	"net/http"

	"kept/internal/access"
)

// The pages.
const (
	peoplePath  = "/people"
	accountPath = "/account"
	deskPath    = "/customers"
)

// at is a line of the access table at the portal's door.
func at(method, pattern string, right access.Right, h access.Handler) access.Route {
	return access.Route{Door: access.Portal, Method: method, Pattern: pattern, Right: right, MaxBody: 32 << 10, Handle: h}
}

// Routes are the kind's lines of the access table.
func (a *Accounts) Routes() []access.Route {
	return []access.Route{
		at(http.MethodPost, "/sign-out", access.SignIn, a.signOut),
	}
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
	seeOther(w, "/sign-in")
	return nil
}

// seeOther leads on by GET.
func seeOther(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
