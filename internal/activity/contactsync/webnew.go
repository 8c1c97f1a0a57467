package contactsync

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/remote/graph"
	"kept/internal/store"
	"kept/internal/vault"
)

// A new synchronisation is set up on one page: where the mailboxes are, who gets
// contacts and which. It is stored sealed and does nothing until somebody has it run.

type newPage struct {
	page.Base
	Kinds  []string // that the policy lets contacts go to
	Kind   string
	Accept string // which files can be a source, empty: none

	choicePart
}

// Way is the address of the page for a kind of system.
func (p newPage) Way(kind string) string {
	at := p.To(portalPath + "/new")
	return at + joiner(at) + url.Values{"kind": {kind}}.Encode()
}

func (y *Synchroniser) newPage(r *http.Request, kind string) (p newPage, a *policy.Activity, err error) {
	if a, err = y.ofCustomer(); err != nil {
		return p, nil, err
	}
	p = newPage{Base: y.shell().Open(r, section), Accept: accepted(a)}
	p.Here, p.Title = portalPath, p.T("new.title")
	for _, k := range []string{kindGraph, kindEWS, kindCardDAV} {
		if slices.Contains(a.Settings.Strings("targets"), k) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	if slices.Contains(p.Kinds, kind) {
		p.Kind, p.Title = kind, p.T("kind."+kind)
	} else if len(p.Kinds) == 1 {
		p.Kind = p.Kinds[0]
	}
	p.Lookup = lookup(a, p.Kind)
	return p, a, nil
}

// showNew asks where the mailboxes are, then for what is needed there.
func (y *Synchroniser) showNew(w http.ResponseWriter, r *http.Request) error {
	p, _, err := y.newPage(r, r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "new", p)
}

// takeNew stores a new synchronisation.
func (y *Synchroniser) takeNew(w http.ResponseWriter, r *http.Request) error {
	form, files, err := page.Upload(r, "file", mostUpload+1<<20, 1)
	if err != nil {
		return err
	}
	p, a, err := y.newPage(r, form.Value("kind"))
	if err != nil {
		return err
	}
	member, err := y.env.Customers.Portal().Member(r)
	if err != nil {
		return err
	}
	s := Sync{Customer: member.Customer, Activity: a.Key, Setup: Setup{
		Customer: member.Customer, Name: form.Value("name"), Language: p.Lang,
		Connections: map[string]Connection{p.Kind: y.connectionOf(a, p.Kind, form, Connection{Administrator: member.Email})},
		Sources:     map[string]Source{}, Targets: map[string]Target{"1": targetOf(p.Kind, form)},
	}}
	p.read(s.Setup, "1", form)
	if p.Kind == kindGraph {
		s.Setup.Sources["users"] = Source{Connection: kindGraph, What: "users", Photos: a.Has("photo")}
	}
	file := page.File{}
	if len(files) > 0 {
		file = files[0]
		s.Setup.Sources["file"] = Source{File: fileName(file.Name), Upload: true, Photos: a.Has("photo")}
	}
	p.check(&form, s.Setup)
	return y.settle(w, r, s, form, map[string]page.File{"file": file}, "", func(says string) error {
		p.Says, p.Form, p.Status = says, form, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "new", p)
	})
}

// check says at the fields what is missing, in the page's language.
func (p newPage) check(form *page.Form, s Setup) {
	need := func(names ...string) {
		for _, name := range names {
			if form.Value(name) == "" {
				form.Refuse(name, p.T("need."+name))
			}
		}
	}
	need("name")
	checkConnection(p.Base, form, "", p.Kind, s.Connections[p.Kind])
	p.choicePart.check(p.Base, form, s, s.Targets["1"])
	if len(s.Sources) == 0 {
		form.Refuse("file", p.T("need.file"))
	}
}

// checkConnection says at the fields of a connection, whose names begin with a prefix, what
// is missing or cannot be.
func checkConnection(b page.Base, form *page.Form, prefix, kind string, c Connection) {
	if kind == kindGraph {
		for name, text := range map[string]string{"tenant": c.Tenant, "client": c.Client} {
			if text == "" || strings.ContainsAny(text, "/?#% ") {
				form.Refuse(name, b.T("need."+name))
			}
		}
		if _, err := c.credential(); err != nil {
			form.Refuse("certificate", b.T("need.certificate"))
		} else if c.Certificate.Reveal() == "" && c.Password.Reveal() == "" {
			form.Refuse("secret", b.T("need.secret"))
		}
		return
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "ldaps" && u.Scheme != "ldap" {
		form.Refuse(prefix+"url", b.T("need.url."+kind))
	}
	if kind == kindLDAP && c.Base == "" {
		form.Refuse(prefix+"base", b.T("need.base"))
	}
	if c.Account == "" {
		form.Refuse(prefix+"account", b.T("need.account"))
	}
	if c.Password.Reveal() == "" {
		form.Refuse(prefix+"secret", b.T("need.password"))
	}
}

// connectionOf reads the fields of a connection. What is left empty of a secret stays
// as it was.
func (y *Synchroniser) connectionOf(a *policy.Activity, kind string, form page.Form, was Connection) Connection {
	c := was
	c.Kind = kind
	if kind == kindGraph {
		c.Tenant, c.Client = form.Value("tenant"), form.Value("client")
		y.microsoft(a, &c)
	} else {
		c.URL, c.Base, c.Account, c.Named = form.Value("url"), form.Value("base"), form.Value("account"), true
	}
	if secret := form.Value("secret"); secret != "" {
		c.Password = vault.NewSecret(secret)
	}
	if pem := form.Value("certificate"); pem != "" {
		c.Certificate = vault.NewSecret(pem)
	}
	return c
}

// microsoft has a connection lead to the recipient that the policy declares for
// Microsoft Graph: the one that gets contacts and has a host for it.
func (y *Synchroniser) microsoft(a *policy.Activity, c *Connection) {
	for _, d := range a.Recipients {
		recipient := y.env.Policy().Recipient(d.Recipient)
		if recipient == nil {
			continue
		}
		service, login := "", ""
		for _, host := range recipient.Hosts {
			if strings.HasPrefix(host, "graph.") {
				service = host
			}
			if strings.HasPrefix(host, "login.") {
				login = host
			}
		}
		if service != "" && login != "" {
			c.Recipient, c.Service, c.Login = d.Recipient, "https://"+service+"/v1.0", "https://"+login
			if c.Service == graph.Service {
				c.Service, c.Login = "", ""
			}
			return
		}
	}
}

// targetOf reads who gets contacts.
func targetOf(kind string, form page.Form) Target {
	t := Target{Connection: kind, Folder: form.Value("folder"), Mailboxes: strings.FieldsFunc(form.Value("mailboxes"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })}
	if kind == kindGraph {
		t.Department = form.Value("department")
		t.Groups = strings.FieldsFunc(form.Value("groups"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })
	}
	return t
}

// fileName is what a file is called, without a path, and with an end by which it is
// read.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name = oneLine(name); name == "" {
		name = "contacts.csv"
	}
	return name[max(0, len(name)-80):]
}

// setWith stores a set-up together with the files of its sources.
func (y *Synchroniser) setWith(ctx context.Context, a *policy.Activity, s Sync, files map[string]page.File) (id string, err error) {
	if err := s.Setup.Check(a); err != nil {
		return "", err
	}
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var same string
		err := store.Classify(tx.QueryRowContext(ctx, "select id from sync_setup where subject = $1 and activity = $2 and name = $3", s.Customer, a.Key, s.Setup.Name).Scan(&same))
		if s.ID == "" && err == nil {
			return &worded{"name", []any{s.Setup.Name}, fault.New(fault.Invalid, "there is a synchronisation called %s already; choose another name", s.Setup.Name)}
		}
		if id, err = y.put(ctx, tx, a, s.Customer, s.Setup); err != nil {
			return err
		}
		s.ID = id
		for source, f := range files {
			if s.Setup.Sources[source].Upload && len(f.Data) > 0 {
				if err := y.upload(ctx, tx, a, s, source, s.Setup.Sources[source].File, f.Data); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return id, err
}
