package contactsync

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
)

// Sources that are files, in a form.
const (
	ofFile     = "file"
	ofOperator = "operator" // a file in the instance's folder: it is not uploaded
)

type sourcesPage struct {
	onePage
	Sources []part
	Kinds   []string // that can be added
	Of      string   // kind of the source that the form is about, empty: a list without a form
	Key     string   // of the source that is being changed, empty: a new one
	Kind    string   // of the system whose access the form asks for, empty: it is known
	Accept  string   // which files are taken

	graph string // connection to Microsoft Graph, if there is one
}

// With is the address of the page with a form on it.
func (p sourcesPage) With(name, value string) string {
	at := p.At("/sources")
	return at + joiner(at) + url.Values{name: {value}}.Encode()
}

func (y *Synchroniser) sourcesPage(r *http.Request) (p sourcesPage, s Sync, a *policy.Activity, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, nil, err
	}
	if a, err = y.entry(s.Activity); err != nil {
		return p, s, nil, err
	}
	p = sourcesPage{onePage: y.page(r, s, "sources.title"), Accept: accepted(a)}
	p.Sources = p.sources(s)
	for i := range p.Sources {
		p.Sources[i].Link = p.With("change", p.Sources[i].Key)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Setup.Connections)) {
		if s.Setup.Connections[key].Kind == kindGraph {
			p.graph = key
		}
	}
	allowed := a.Settings.Strings("sources")
	for _, kind := range []string{kindGraph, kindMailbox, kindLDAP, kindCardDAV} {
		if slices.Contains(allowed, kind) {
			p.Kinds = append(p.Kinds, kind)
		}
	}
	if p.Accept != "" {
		p.Kinds = append(p.Kinds, ofFile)
	}
	return p, s, a, nil
}

// accepted are the files that the policy lets be sources, by the ends of their names.
func accepted(a *policy.Activity) string {
	var ends []string
	for kind, end := range map[string]string{kindCSV: ".csv", kindVCard: ".vcf"} {
		if slices.Contains(a.Settings.Strings("sources"), kind) {
			ends = append(ends, end)
		}
	}
	slices.Sort(ends)
	return strings.Join(ends, ",")
}

// add makes the page one that adds a source.
func (p *sourcesPage) add(kind string) error {
	if !slices.Contains(p.Kinds, kind) {
		return fault.New(fault.NotFound, "there is no such kind of source")
	}
	p.Of, p.Title = kind, p.T("sources.add."+kind)
	switch {
	case kind == kindLDAP, kind == kindCardDAV:
		p.Kind = kind
	case kind != ofFile && p.graph == "":
		p.Kind = kindGraph
	}
	return nil
}

// change makes the page one that changes a source.
func (p *sourcesPage) change(s Sync, key string) (Source, error) {
	source, there := s.Setup.Sources[key]
	if !there {
		return source, fault.New(fault.NotFound, "there is no such source")
	}
	p.Key, p.Title = key, p.T("sources.change")
	switch {
	case source.Upload:
		p.Of = ofFile
	case source.File != "":
		p.Of = ofOperator
	case source.Mailbox != "":
		p.Of = kindMailbox
	default:
		p.Of = s.Setup.Connections[source.Connection].Kind
	}
	return source, nil
}

func (y *Synchroniser) showSources(w http.ResponseWriter, r *http.Request) error {
	p, s, _, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	if kind := r.URL.Query().Get("add"); kind != "" {
		err = p.add(kind)
	} else if key := r.URL.Query().Get("change"); key != "" {
		var source Source
		source, err = p.change(s, key)
		p.Form = page.Filled(source.typed())
	}
	if err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "sources", p)
}

// typed is a source as its form shows it.
func (s Source) typed() url.Values {
	f := s.Filter
	lines := func(all []string) []string { return []string{strings.Join(all, "\n")} }
	checked := func(yes bool) []string { return map[bool][]string{true: {"yes"}}[yes] }
	return url.Values{
		"what": {s.What}, "filter": {s.What}, "shared": {s.Mailbox}, "shared_folder": {s.Folder},
		"only_departments": lines(f.Departments), "only_groups": lines(f.Groups), "without": lines(f.Without), "need_email": checked(f.NeedEmail), "need_phone": checked(f.NeedPhone),
	}
}

// takeSource adds a source or changes one: a file, a directory, a list of the
// organisation, a folder of a shared mailbox.
func (y *Synchroniser) takeSource(w http.ResponseWriter, r *http.Request) error {
	form, files, err := page.Upload(r, "file", mostUpload+1<<20, 1)
	if err != nil {
		return err
	}
	p, s, a, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	key, source := form.Value("key"), Source{Priority: s.Setup.last() + 1, Photos: a.Has("photo")}
	if key != "" {
		source, err = p.change(s, key)
	} else if err = p.add(form.Value("kind")); err == nil {
		key = free(s.Setup.Sources, p.Of)
	}
	if err != nil {
		return err
	}
	source.Filter = filterOf(form, source.Filter)
	uploaded := map[string]page.File{}
	switch p.Of {
	case ofFile:
		if len(files) > 0 {
			source.File, source.Upload, uploaded[key] = fileName(files[0].Name), true, files[0]
		} else if p.Key == "" {
			form.Refuse("file", p.T("need.file"))
		}
	case kindMailbox:
		source.Mailbox, source.Folder = form.Value("shared"), form.Value("shared_folder")
		if !strings.Contains(source.Mailbox, "@") {
			form.Refuse("shared", p.T("need.shared"))
		}
	case kindGraph:
		source.What = listUsers
		if form.Value("what") == listContacts {
			source.What = listContacts
		}
	case kindLDAP:
		source.What = form.Value("filter")
	}
	if p.Kind != "" {
		c := y.connectionOf(a, p.Kind, form, Connection{})
		checkConnection(p.Base, &form, "", p.Kind, c)
		source.Connection = free(s.Setup.Connections, p.Kind)
		s.Setup.Connections[source.Connection] = c
	} else if p.Key == "" && p.Of != ofFile {
		source.Connection = p.graph
	}
	s.Setup.Sources[key] = source
	return y.settle(w, r, s, form, uploaded, p.path("/sources"), func(says string) error {
		p.Says, p.Form, p.Status = says, form, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "sources", p)
	})
}

// last is the highest priority of a source: who has it speaks last.
func (s Setup) last() int {
	last := 0
	for _, source := range s.Sources {
		last = max(last, source.Priority)
	}
	return last
}

// filterOf reads which contacts of a source are taken. What the form does not ask for
// stays.
func filterOf(form page.Form, was roster.Filter) roster.Filter {
	was.NeedEmail, was.NeedPhone = form.Value("need_email") != "", form.Value("need_phone") != ""
	was.Departments, was.Groups, was.Without = linesOf(form.Value("only_departments")), linesOf(form.Value("only_groups")), linesOf(form.Value("without"))
	return was
}

// linesOf are the lines of a text that say something.
func linesOf(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// free is a key that a map does not have: the word itself, or with a number.
func free[V any](all map[string]V, word string) string {
	key := word
	for i := 2; ; i++ {
		if _, taken := all[key]; !taken {
			return key
		}
		key = word + "-" + strconv.Itoa(i)
	}
}

// dropSource takes a source away, and its connection if nothing else uses it.
func (y *Synchroniser) dropSource(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, _, err := y.sourcesPage(r)
	if err != nil {
		return err
	}
	if len(s.Setup.Sources) == 1 {
		p.Says, p.Status = p.T("sources.last"), http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "sources", p)
	}
	key := form.Value("key")
	delete(s.Setup.Sources, key)
	for name, t := range s.Setup.Targets {
		t.Sources = slices.DeleteFunc(t.Sources, func(x string) bool { return x == key })
		s.Setup.Targets[name] = t
	}
	s.Setup.unused()
	return y.settle(w, r, s, form, nil, p.path("/sources"), func(says string) error {
		p.Says, p.Status = says, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "sources", p)
	})
}
