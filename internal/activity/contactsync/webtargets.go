package contactsync

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/page"
)

type targetsPage struct {
	onePage
	Targets []part
	Key     string // of the target that is being changed, empty: a new one
	Kind    string // of the connection that it uses

	choicePart
}

func (y *Synchroniser) targetsPage(r *http.Request) (p targetsPage, s Sync, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, err
	}
	p = targetsPage{onePage: y.page(r, s, "targets.title")}
	p.Targets = p.targets(s)
	for i := range p.Targets {
		at := p.At("/targets")
		p.Targets[i].Link = at + joiner(at) + url.Values{"change": {p.Targets[i].Key}}.Encode()
	}
	for _, x := range p.connections(s) {
		if s.Setup.Connections[x.Key].Kind == kindLDAP {
			p.Directories = append(p.Directories, x)
		}
	}
	return p, s, nil
}

// about makes the page one that changes a target, empty: that adds one, and returns it.
func (y *Synchroniser) about(p *targetsPage, s Sync, key string) (Target, error) {
	t, there := s.Setup.Targets[key]
	switch {
	case key == "":
		t = Target{}
		t.Connection, _ = s.Setup.first()
	case !there:
		return t, fault.New(fault.NotFound, "there is no such target")
	default:
		p.Key, p.Title = key, p.T("targets.change")
	}
	p.Kind = s.Setup.Connections[t.Connection].Kind
	a, err := y.entry(s.Activity)
	p.choicePart.Lookup = err == nil && lookup(a, p.Kind)
	return t, err
}

// first is the connection of the first target: new ones use it too.
func (s Setup) first() (string, Connection) {
	for _, name := range slices.Sorted(maps.Keys(s.Targets)) {
		key := s.Targets[name].Connection
		return key, s.Connections[key]
	}
	return "", Connection{}
}

func (y *Synchroniser) showTargets(w http.ResponseWriter, r *http.Request) error {
	p, s, err := y.targetsPage(r)
	if err != nil {
		return err
	}
	t, err := y.about(&p, s, r.URL.Query().Get("change"))
	if err != nil {
		return err
	}
	if p.Key != "" {
		p.Form = page.Filled(t.typed())
	}
	return pages.Show(y.shell(), w, r, "targets", p)
}

// typed is a target as its form shows it.
func (t Target) typed() url.Values {
	lines := strings.Join(t.Groups, "\n")
	return url.Values{
		"mailboxes": {strings.Join(t.Mailboxes, "\n")}, "folder": {t.Folder}, "department": {t.Department}, "groups": {strings.Join(t.Groups, " ")}, "group_names": {lines},
		"directory": {t.Directory}, "address": {t.Address},
	}
}

// takeTarget adds a target or changes one.
func (y *Synchroniser) takeTarget(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.targetsPage(r)
	if err != nil {
		return err
	}
	name := form.Value("key")
	was, err := y.about(&p, s, name)
	if err != nil {
		return err
	}
	if name == "" {
		name = free(s.Setup.Targets, "target")
	}
	t := targetOf(p.Kind, form)
	t.Connection, t.Sources = was.Connection, was.Sources
	s.Setup.Targets[name] = t
	p.read(s.Setup, name, form)
	p.check(p.Base, &form, s.Setup, s.Setup.Targets[name])
	s.Setup.unused()
	return y.settle(w, r, s, form, nil, p.path("/targets"), func(says string) error {
		p.Says, p.Form, p.Status = says, form, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "targets", p)
	})
}

func (y *Synchroniser) dropTarget(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.targetsPage(r)
	if err != nil {
		return err
	}
	if _, err := y.about(&p, s, ""); err != nil {
		return err
	}
	key := form.Value("key")
	n, err := y.writtenOf(r.Context(), s.ID, key)
	if err != nil {
		return err
	}
	switch {
	case len(s.Setup.Targets) == 1:
		p.Says = p.T("targets.last")
	case n > 0: // without the target nobody could take them back
		p.Says = p.T("targets.written", p.Number(n))
	}
	if p.Says != "" {
		p.Status = http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "targets", p)
	}
	delete(s.Setup.Targets, key)
	s.Setup.unused()
	return y.settle(w, r, s, form, nil, p.path("/targets"), func(says string) error {
		p.Says, p.Status = says, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "targets", p)
	})
}
