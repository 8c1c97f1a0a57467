package contactsync

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/vault"
)

type connectionPage struct {
	onePage
	Key, Kind string
	HasKey    bool
}

func (y *Synchroniser) connectionPage(r *http.Request) (p connectionPage, s Sync, c Connection, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, c, err
	}
	c, there := s.Setup.Connections[r.PathValue("key")]
	if !there {
		return p, s, c, fault.New(fault.NotFound, "there is no such connection")
	}
	p = connectionPage{onePage: y.page(r, s, "kind."+c.Kind), Key: r.PathValue("key"), Kind: c.Kind, HasKey: c.Certificate.Reveal() != ""}
	return p, s, c, nil
}

// showConnection shows a connection without what is secret in it.
func (y *Synchroniser) showConnection(w http.ResponseWriter, r *http.Request) error {
	p, _, c, err := y.connectionPage(r)
	if err != nil {
		return err
	}
	p.Form = page.Filled(url.Values{"tenant": {c.Tenant}, "client": {c.Client}, "url": {c.URL}, "base": {c.Base}, "account": {c.Account}})
	return pages.Show(y.shell(), w, r, "connection", p)
}

func (y *Synchroniser) takeConnection(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, was, err := y.connectionPage(r)
	if err != nil {
		return err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return err
	}
	if was.URL != form.Value("url") || was.Account != form.Value("account") { // a password is never shown to another server than it was given for
		was.Password = vault.Secret{}
	}
	c := y.connectionOf(a, p.Kind, form, was)
	checkConnection(p.Base, &form, "", p.Kind, c)
	s.Setup.Connections[p.Key] = c
	return y.settle(w, r, s, form, nil, p.path(""), func(says string) error {
		p.Says, p.Form, p.Status = says, form, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "connection", p)
	})
}

// path is the path of a part of the synchronisation, without a language.
func (p onePage) path(part string) string { return portalPath + "/" + p.ID + part }

// unused takes connections away that neither a source nor a target uses.
func (s Setup) unused() {
	used := map[string]bool{}
	for _, source := range s.Sources {
		used[source.Connection] = true
	}
	for _, t := range s.Targets {
		used[t.Connection], used[t.Directory] = true, true
	}
	maps.DeleteFunc(s.Connections, func(key string, _ Connection) bool { return !used[key] })
}

type fieldsPage struct {
	onePage
	Fields  []fieldLine
	Rules   []roster.Rule
	Sources []part // that may speak first; none if there is but one
}

type fieldLine struct {
	Field string
	Rule  roster.Rule
	Shut  bool   // the policy does not let it be written
	First string // source that speaks first about it, whatever their order
}

func (y *Synchroniser) fieldsPage(r *http.Request) (p fieldsPage, s Sync, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return p, s, err
	}
	p = fieldsPage{onePage: y.page(r, s, "fields.title"), Rules: []roster.Rule{roster.Overwrite, roster.Write, roster.Clear, roster.Keep}}
	open := map[string]bool{}
	for field, names := range parts {
		for _, name := range names {
			open[name] = a.Has(field)
		}
	}
	if p.Sources = p.sources(s); len(p.Sources) == 1 {
		p.Sources = nil
	}
	for _, f := range roster.Fields {
		line := fieldLine{Field: f, Rule: s.Setup.Fields.Of(f), Shut: !open[f]}
		for key, source := range s.Setup.Sources {
			if slices.Contains(source.First, f) {
				line.First = key
			}
		}
		p.Fields = append(p.Fields, line)
	}
	return p, s, nil
}

func (y *Synchroniser) showFields(w http.ResponseWriter, r *http.Request) error {
	p, _, err := y.fieldsPage(r)
	if err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "fields", p)
}

func (y *Synchroniser) takeFields(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.fieldsPage(r)
	if err != nil {
		return err
	}
	rules := roster.Rules{}
	for _, f := range roster.Fields {
		if rule := roster.Rule(form.Value(f)); rule != "" && rule != (roster.Rules{}).Of(f) {
			rules[f] = rule
		}
	}
	s.Setup.Fields = rules
	for key, source := range s.Setup.Sources {
		source.First = nil
		for _, f := range p.Fields {
			if form.Value("first."+f.Field) == key {
				source.First = append(source.First, f.Field)
			}
		}
		s.Setup.Sources[key] = source
	}
	return y.settle(w, r, s, form, nil, p.path(""), func(says string) error {
		p.Says, p.Status = says, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "fields", p)
	})
}
