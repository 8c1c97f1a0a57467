package request

import (
	"fmt"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
)

// passOf is what the browser has proven.
func passOf(r *http.Request) string {
	if cookie, err := r.Cookie(CookieName); err == nil {
		return cookie.Value
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// minePage is a request as its person sees it.
type minePage struct {
	page.Base
	Case     Case
	Parts    []Part
	Letters  []Draft
	Packages []Package
	Answer   string // the words of the answer, once it has left
	MayLeave bool   // the person can still take the request back
}

// Right names a right.
func (p minePage) Right(r rights.Right) string { return p.T("right." + string(r)) }

// Paragraphs are the paragraphs of a letter, each in lines.
func (p minePage) Paragraphs(text string) (all [][]string) {
	for _, paragraph := range strings.Split(text, "\n\n") {
		all = append(all, strings.Split(paragraph, "\n"))
	}
	return all
}

// Size writes a size.
func (p minePage) Size(n int64) string { return i18n.Bytes(n, p.Lang) }

func (d *Desk) mine(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Pass(r.Context(), passOf(r))
	if fault.Is(err, fault.NotFound) {
		return d.openForm(w, r)
	} else if err != nil {
		return err
	}
	v := minePage{Base: d.site.Open(r, section), Case: c}
	v.Title = v.T("mine.title", c.Number)
	x, err := d.dossier(r.Context(), c.ID)
	if err != nil {
		return err
	}
	v.Parts = x.Parts
	for _, l := range x.Letters {
		if !l.Sent.IsZero() && l.Kind != Handover {
			v.Letters = append(v.Letters, l)
		}
	}
	if c.State == Answered || c.State == Closed {
		v.Packages = x.Packages
	}
	_, stays := c.progress().after(Withdraw)
	v.MayLeave = stays == nil
	return pages.Show(d.site, w, r, "mine", v)
}

func (d *Desk) takeBack(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Pass(r.Context(), passOf(r))
	if err != nil {
		return err
	}
	if _, err := d.Withdraw(r.Context(), c.ID, ""); err != nil {
		return err
	}
	seeOther(w, d.site.Open(r, section).To(sitePath+"/case"))
	return nil
}

func (d *Desk) leave(w http.ResponseWriter, r *http.Request) error {
	if err := d.Leave(r.Context(), passOf(r)); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: CookieName, Path: sitePath, MaxAge: -1, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteStrictMode})
	seeOther(w, d.site.Open(r, section).To(sitePath))
	return nil
}

// fetch hands a file out to who has just proven whose it is.
func (d *Desk) fetch(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Pass(r.Context(), passOf(r))
	if err != nil {
		return err
	}
	p, err := d.Package(r.Context(), c, r.PathValue("package"))
	if err != nil {
		return err
	}
	return d.stream(w, r, c, p)
}

// stream writes a file as a download that no program opens by itself.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request, c Case, p Package) error {
	name, kind := string(p.Right)+"-"+c.Number+".zip", "application/zip"
	if p.Encrypted {
		name, kind = name+".age", "application/octet-stream"
	}
	access.Protect(w.Header())
	access.Personal(w.Header())
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Length", fmt.Sprint(p.Bytes))
	return d.Fetch(r.Context(), c, p, w)
}

func (d *Desk) beforeHanding(w http.ResponseWriter, r *http.Request) error {
	v := d.codePage(r, "handover.page")
	v.Code = r.PathValue("token")
	return pages.Show(d.site, w, r, "handover", v)
}

func (d *Desk) handed(w http.ResponseWriter, r *http.Request) error {
	if err := d.pressed(r, "code", mostTried); err != nil {
		return err
	}
	c, p, err := d.Handed(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return d.stream(w, r, c, p)
}
