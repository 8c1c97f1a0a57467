package console

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"kept/internal/access"
	keptpage "kept/internal/page"
)

// Shell frames the pages that the kinds of activity have for the staff as the
// console's own.
type Shell struct{ c *Console }

// Shell returns the frame for pages of the kinds.
func (c *Console) Shell() Shell { return Shell{c} }

// Person implements page.Desk.
func (s Shell) Person(r *http.Request) (keptpage.Person, error) {
	who, err := s.c.who(r)
	return keptpage.Person{ID: who.ID, Email: who.Email}, err
}

// Colleagues implements page.Desk.
func (s Shell) Colleagues(ctx context.Context, right access.Right) (all []keptpage.Person, err error) {
	staff, err := s.c.Staff.List(ctx)
	for _, m := range staff {
		if m.Role.May(right) {
			all = append(all, keptpage.Person{ID: m.ID, Email: m.Email})
		}
	}
	return all, err
}

// Open implements page.Shell.
func (s Shell) Open(r *http.Request, section string) keptpage.Base {
	p := s.c.begun(r)
	b := keptpage.Base{Lang: p.Lang, Here: p.Here, Zone: p.zone, Section: section, Role: p.role, Carry: url.Values{}, Names: p.Activity}
	if p.Explicit {
		b.Carry.Set("lang", p.Lang)
	}
	return b
}

type kindPage struct {
	*page
	Body template.HTML
}

// Show implements page.Shell.
func (s Shell) Show(w http.ResponseWriter, r *http.Request, b keptpage.Base, body template.HTML) error {
	p := s.c.begun(r)
	p.Title, p.Says, p.Here, p.status, p.frames = b.Title, b.Says, b.Here, b.Status, b.Frames
	return s.c.show(w, r, "kind", kindPage{page: p, Body: body})
}
