package center

import (
	"html/template"
	"net/http"
	"net/url"

	keptpage "kept/internal/page"

	"kept/internal/access"
)

// Shell frames the public pages of the kinds of activity as the center's own.
type Shell struct{ c *Center }

// Shell returns the frame for pages of the kinds.
func (c *Center) Shell() Shell { return Shell{c} }

// Open implements page.Shell.
func (s Shell) Open(r *http.Request, section string) keptpage.Base {
	p, _ := s.c.open(r, "")
	b := keptpage.Base{Lang: p.Lang, Here: p.Here, Zone: s.c.Policy().Zone(), Section: section, Carry: url.Values{}}
	if p.Explicit {
		b.Carry.Set("lang", p.Lang)
	}
	if p.Back != "/" {
		b.Carry.Set("back", p.Back)
	}
	return b
}

type kindPage struct {
	page
	Says   string
	Body   template.HTML
	Script string
}

func (k kindPage) script() string { return k.Script }

// Show implements page.Shell.
func (s Shell) Show(w http.ResponseWriter, r *http.Request, b keptpage.Base, body template.HTML) error {
	p, _ := s.c.open(r, "")
	p.Title = b.Title
	status := b.Status
	if status == 0 {
		status = http.StatusOK
	}
	access.Personal(w.Header())
	return show(w, status, "kind", p.Lang, kindPage{page: p, Says: b.Says, Body: body, Script: b.Script})
}
