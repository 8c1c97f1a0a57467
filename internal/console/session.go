package console

import (
	"errors"
	"net/http"

	"kept/internal/access"
	"kept/internal/address"
	"kept/internal/fault"
	"kept/internal/staff"
)

// Guard tells the role of a request by its session (access.Guard).
func (c *Console) Guard(r *http.Request) (access.Role, error) {
	who, err := c.who(r)
	return who.Role, err
}

// who returns the person of a request's session, nobody without one.
func (c *Console) who(r *http.Request) (staff.Person, error) {
	cookie, err := r.Cookie(c.cookieName())
	if err != nil {
		return staff.Person{}, nil
	}
	person, err := c.Staff.Session(r.Context(), cookie.Value)
	if fault.Is(err, fault.NotFound) {
		return staff.Person{}, nil
	}
	return person, err
}

// cookieName has the prefix that keeps other hosts and plain connections from
// setting the cookie (RFC 6265bis, 4.1.3), where the door is https.
func (c *Console) cookieName() string {
	if c.Secure {
		return "__Host-" + staff.CookieName
	}
	return staff.CookieName
}

func (c *Console) begin(w http.ResponseWriter, r *http.Request, session string) {
	http.SetCookie(w, &http.Cookie{Name: c.cookieName(), Value: session, Path: "/", HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

type linkPage struct {
	*page
	Token string
}

// link shows the button that redeems a one-time link: opening it, as mail
// scanners do, uses nothing up.
func (c *Console) link(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, "link", linkPage{page: c.open(r, "link.title"), Token: r.PathValue("token")})
}

func (c *Console) redeem(w http.ResponseWriter, r *http.Request) error {
	session, err := c.Staff.Redeem(r.Context(), r.PathValue("token"))
	if fault.Is(err, fault.NotFound) {
		return c.refuse(w, r, "sign-in", http.StatusNotFound, "link.used")
	}
	if err != nil {
		return err
	}
	c.begin(w, r, session)
	return nil
}

type signInPage struct {
	*page
	Tried string // the address that was typed
}

func (c *Console) signInForm(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, "sign-in", signInPage{page: c.open(r, "signin.title")})
}

func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	session, err := c.Staff.SignIn(r.Context(), address.Client(r, c.Trusted), r.PostFormValue("email"), r.PostFormValue("password"))
	switch {
	case fault.Is(err, fault.Forbidden):
		return c.refuse(w, r, "sign-in", http.StatusForbidden, "signin.refused")
	case fault.Is(err, fault.TooMany):
		return c.refuse(w, r, "sign-in", http.StatusTooManyRequests, "signin.toomany")
	case err != nil:
		return err
	}
	c.begin(w, r, session)
	return nil
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(c.cookieName()); err == nil {
		if err := c.Staff.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{Name: c.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

type passwordPage struct {
	*page
	Has bool
}

func (c *Console) passwordForm(w http.ResponseWriter, r *http.Request) error {
	who, err := c.who(r)
	if err != nil {
		return err
	}
	return c.show(w, r, "password", passwordPage{page: c.open(r, "password.title"), Has: who.HasPassword})
}

func (c *Console) setPassword(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	who, err := c.who(r)
	if err != nil {
		return err
	}
	err = c.Staff.SetPassword(r.Context(), who.ID, r.PostFormValue("old"), r.PostFormValue("password"))
	switch {
	case fault.Is(err, fault.Invalid):
		return c.refuse(w, r, "password", http.StatusBadRequest, "password.short")
	case fault.Is(err, fault.Forbidden):
		return c.refuse(w, r, "password", http.StatusForbidden, "password.wrong")
	case err != nil:
		return err
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther) // all sessions have ended, this one too
	return nil
}

// refuse shows a form again with a sentence that says what was wrong.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, name string, status int, says string) error {
	p := c.open(r, map[string]string{"sign-in": "signin.title", "password": "password.title"}[name])
	p.Says, p.status = p.T(says), status
	switch name {
	case "password":
		who, err := c.who(r)
		if err != nil {
			return err
		}
		return c.show(w, r, name, passwordPage{page: p, Has: who.HasPassword})
	}
	return c.show(w, r, name, signInPage{page: p, Tried: r.PostFormValue("email")})
}

func form(r *http.Request) error {
	err := r.ParseForm()
	var large *http.MaxBytesError
	if err != nil && !errors.As(err, &large) {
		return fault.New(fault.Invalid, "the form could not be read: %w", err)
	}
	return err
}
