package contactsync

import (
	"fmt"
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
	checkConnection(p.Base, &form, p.Kind, c)
	if !form.Refused() {
		s.Setup.Connections[p.Key] = c
		if err = y.change(r, s); err == nil {
			return y.back(w, r, portalPath+"/"+s.ID)
		}
		if p.Says = refused(p.Base, err); p.Says == "" {
			return err
		}
	}
	p.Form, p.Status = form, http.StatusBadRequest
	return pages.Show(y.shell(), w, r, "connection", p)
}

type sourcesPage struct {
	onePage
	Sources []part
	Kinds   []string // that can be added
	Graph   string   // connection to Microsoft Graph, if there is one
}

func (y *Synchroniser) sourcesPage(r *http.Request) (p sourcesPage, s Sync, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return p, s, err
	}
	p = sourcesPage{onePage: y.page(r, s, "sources.title")}
	p.Sources = p.sources(s)
	for key, c := range s.Setup.Connections {
		if c.Kind == kindGraph {
			p.Graph = key
		}
	}
	allowed := a.Settings.Strings("sources")
	for _, kind := range []string{kindGraph, kindLDAP, kindCardDAV, "file"} {
		if slices.Contains(allowed, kind) && (kind != kindGraph || p.Graph != "") || kind == "file" && (slices.Contains(allowed, kindCSV) || slices.Contains(allowed, kindVCard)) {
			p.Kinds = append(p.Kinds, kind)
		}
	}
	return p, s, nil
}

func (y *Synchroniser) showSources(w http.ResponseWriter, r *http.Request) error {
	p, _, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "sources", p)
}

// takeSource adds a source: a file, a directory, a list of the organisation.
func (y *Synchroniser) takeSource(w http.ResponseWriter, r *http.Request) error {
	form, files, err := page.Upload(r, "file", mostUpload+1<<20, 1)
	if err != nil {
		return err
	}
	p, s, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return err
	}
	kind, key := form.Value("kind"), free(s.Setup.Sources, form.Value("kind"))
	source := Source{Priority: len(s.Setup.Sources) + 1, Photos: a.Has("photo"), Filter: filterOf(form)}
	added := map[string]page.File{}
	switch {
	case !slices.Contains(p.Kinds, kind):
		return fault.New(fault.Invalid, "there is no such kind of source")
	case kind == "file" && len(files) == 0:
		form.Refuse("file", p.T("need.file"))
	case kind == "file":
		source.File, source.Upload, added[key] = fileName(files[0].Name), true, files[0]
	case kind == kindGraph:
		source.Connection, source.What = p.Graph, form.Value("what")
		if source.What != "contacts" {
			source.What = "users"
		}
	default:
		c := y.connectionOf(a, kind, form, Connection{})
		checkConnection(p.Base, &form, kind, c)
		source.Connection, source.What = free(s.Setup.Connections, kind), form.Value("filter")
		s.Setup.Connections[source.Connection] = c
	}
	if !form.Refused() {
		s.Setup.Sources[key] = source
		if _, err = y.setWith(r.Context(), a, s, added); err == nil {
			return y.back(w, r, p.path("/sources"))
		}
		if p.Says = refused(p.Base, err); p.Says == "" {
			return err
		}
	}
	p.Form, p.Status = form, http.StatusBadRequest
	return pages.Show(y.shell(), w, r, "sources", p)
}

// path is the path of a part of the synchronisation, without a language.
func (p onePage) path(part string) string { return portalPath + "/" + p.ID + part }

// filterOf reads which contacts of a source are taken.
func filterOf(form page.Form) roster.Filter {
	return roster.Filter{NeedEmail: form.Value("need_email") != "", NeedPhone: form.Value("need_phone") != ""}
}

// free is a key that a map does not have: the word itself, or with a number.
func free[V any](all map[string]V, word string) string {
	for i := 1; ; i++ {
		key := word
		if i > 1 {
			key = fmt.Sprint(word, "-", i)
		}
		if _, taken := all[key]; !taken {
			return key
		}
	}
}

// dropSource takes a source away, and its connection if nothing else uses it.
func (y *Synchroniser) dropSource(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	key := form.Value("key")
	if len(s.Setup.Sources) == 1 {
		p.Says, p.Status = p.T("sources.last"), http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "sources", p)
	}
	delete(s.Setup.Sources, key)
	for name, t := range s.Setup.Targets {
		t.Sources = slices.DeleteFunc(t.Sources, func(x string) bool { return x == key })
		s.Setup.Targets[name] = t
	}
	s.Setup.unused()
	if err := y.change(r, s); err != nil {
		return err
	}
	return y.back(w, r, p.path("/sources"))
}

// unused takes connections away that neither a source nor a target uses.
func (s Setup) unused() {
	used := map[string]bool{}
	for _, source := range s.Sources {
		used[source.Connection] = true
	}
	for _, t := range s.Targets {
		used[t.Connection] = true
	}
	maps.DeleteFunc(s.Connections, func(key string, _ Connection) bool { return !used[key] })
}

type targetsPage struct {
	onePage
	Targets []part
	Kind    string // of the connection that a new target uses
}

func (y *Synchroniser) targetsPage(r *http.Request) (p targetsPage, s Sync, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, err
	}
	p = targetsPage{onePage: y.page(r, s, "targets.title")}
	p.Targets = p.targets(s)
	_, c := s.Setup.first()
	p.Kind = c.Kind
	return p, s, nil
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
	p, _, err := y.targetsPage(r)
	if err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "targets", p)
}

func (y *Synchroniser) takeTarget(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.targetsPage(r)
	if err != nil {
		return err
	}
	key, _ := s.Setup.first()
	t := targetOf(p.Kind, form)
	t.Connection = key
	if len(t.Mailboxes) == 0 && len(t.Groups) == 0 && t.Department == "" {
		form.Refuse("mailboxes", p.T("need.mailboxes"))
	} else {
		s.Setup.Targets[free(s.Setup.Targets, "target")] = t
		if err = y.change(r, s); err == nil {
			return y.back(w, r, p.path("/targets"))
		}
		if p.Says = refused(p.Base, err); p.Says == "" {
			return err
		}
	}
	p.Form, p.Status = form, http.StatusBadRequest
	return pages.Show(y.shell(), w, r, "targets", p)
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
	if err := y.change(r, s); err != nil {
		return err
	}
	return y.back(w, r, p.path("/targets"))
}

type fieldsPage struct {
	onePage
	Fields []fieldLine
	Rules  []roster.Rule
}

type fieldLine struct {
	Field string
	Rule  roster.Rule
	Shut  bool // the policy does not let it be written
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
	for _, f := range roster.Fields {
		p.Fields = append(p.Fields, fieldLine{f, s.Setup.Fields.Of(f), !open[f]})
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
	if err := y.change(r, s); err != nil {
		return err
	}
	return y.back(w, r, p.path(""))
}
