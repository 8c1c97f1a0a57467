package contactsync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/carddav"
	"kept/internal/remote/ews"
	"kept/internal/vault"
)

// Setup is what a customer has set up: where contacts come from, where they go and
// how they are written.
type Setup struct {
	Customer    string                `yaml:"customer" json:"customer"` // key of the customer, chosen by the operator
	Name        string                `yaml:"name" json:"name"`
	Connections map[string]Connection `yaml:"connections" json:"connections"`
	Sources     map[string]Source     `yaml:"sources" json:"sources"`
	Targets     map[string]Target     `yaml:"targets" json:"targets"`
	Fields      roster.Rules          `yaml:"fields" json:"fields,omitempty"`
	Every       string                `yaml:"every" json:"every,omitempty"`       // 1h; empty: only by hand
	Verify      string                `yaml:"verify" json:"verify,omitempty"`     // 24h: how often to look for what people changed; empty: only by hand
	AtEnd       string                `yaml:"at_end" json:"at_end,omitempty"`     // remove or leave what stands in mailboxes when everything is deleted; empty: leave
	Language    string                `yaml:"language" json:"language,omitempty"` // of mails to the administrator
}

// Connection is a system of the customer. What is secret in it stands in files that
// the operator names, and lies sealed afterwards.
type Connection struct {
	Kind      string `yaml:"kind" json:"kind"`           // one of the policy's sources or targets
	Recipient string `yaml:"recipient" json:"recipient"` // who it is in the policy; empty: the customer's own

	Tenant  string `yaml:"tenant" json:"tenant,omitempty"` // graph
	Client  string `yaml:"client" json:"client,omitempty"`
	Service string `yaml:"service" json:"service,omitempty"`
	Login   string `yaml:"login" json:"login,omitempty"`

	URL           string `yaml:"url" json:"url,omitempty"` // ews, ldap, carddav
	Base          string `yaml:"base" json:"base,omitempty"`
	Account       string `yaml:"account" json:"-"`
	Administrator string `yaml:"administrator" json:"-"`

	// Named says that the customer named the address at the portal, not the operator:
	// it leads to public addresses only.
	Named bool `yaml:"-" json:"named,omitempty"`

	PasswordFile    string       `yaml:"password_file" json:"-"`
	Password        vault.Secret `yaml:"-" json:"-"` // of the account, or of the application
	CertificateFile string       `yaml:"certificate_file" json:"-"`
	Certificate     vault.Secret `yaml:"-" json:"-"` // of the application, with its key, as PEM; then it needs no password
}

// Source is a list of contacts.
type Source struct {
	Connection string        `yaml:"connection" json:"connection,omitempty"`
	What       string        `yaml:"what" json:"what,omitempty"`       // graph: users, contacts; ldap: a filter; carddav: the book
	Mailbox    string        `yaml:"mailbox" json:"mailbox,omitempty"` // graph: address of a shared mailbox, instead
	Folder     string        `yaml:"folder" json:"folder,omitempty"`   // of that mailbox; empty: the usual one
	File       string        `yaml:"file" json:"file,omitempty"`       // CSV or vCard
	Upload     bool          `yaml:"-" json:"upload,omitempty"`        // the file came by a form and lies sealed
	Priority   int           `yaml:"priority" json:"priority,omitempty"`
	First      []string      `yaml:"first" json:"first,omitempty"` // fields about which it speaks before all others, whatever the priority
	Filter     roster.Filter `yaml:"filter" json:"filter"`
	Photos     bool          `yaml:"photos" json:"photos,omitempty"`
}

// Target is a choice of mailboxes that get the contacts of some sources.
type Target struct {
	Connection string   `yaml:"connection" json:"connection"`
	Folder     string   `yaml:"folder" json:"folder,omitempty"` // made if it is missing; empty: the usual one
	Mailboxes  []string `yaml:"mailboxes" json:"mailboxes,omitempty"`
	Groups     []string `yaml:"groups" json:"groups,omitempty"` // of the directory, with those inside them
	Department string   `yaml:"department" json:"department,omitempty"`
	Directory  string   `yaml:"directory" json:"directory,omitempty"` // connection to a directory by LDAP; empty: the organisation's in Entra
	Address    string   `yaml:"address" json:"address,omitempty"`     // attribute there that names the mailbox; empty: the mail address
	Sources    []string `yaml:"sources" json:"sources,omitempty"`     // empty: all
}

// The kinds of connection.
const (
	kindGraph   = "graph"
	kindMailbox = "mailbox" // a source by Graph that the policy names for itself
	kindEWS     = "ews"
	kindLDAP    = "ldap"
	kindCardDAV = "carddav"
	kindCSV     = "csv"
	kindVCard   = "vcard"
)

// ReadSetup reads a set-up file. Mistakes are named with their place.
func ReadSetup(file string, text []byte) (Setup, error) {
	var s Setup
	if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
		return Setup{}, fault.New(fault.Invalid, "%s: %s", file, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return s, nil
}

// Check returns Invalid with the first thing in the set-up that does not fit
// together, or that the policy's entry does not let be.
func (s Setup) Check(a *policy.Activity) error {
	switch {
	case s.Customer == "" || s.Name == "":
		return fault.New(fault.Invalid, "a synchronisation has a customer and a name")
	case len(s.Sources) == 0 || len(s.Targets) == 0:
		return fault.New(fault.Invalid, "a synchronisation has sources and targets")
	case !a.Has("mailboxes") || !a.Has("object_id"):
		return fault.New(fault.Refused, "%s cannot run: the policy lists neither mailboxes nor the ids of contacts among its data", a.Key)
	}
	for _, often := range []string{s.Every, s.Verify} {
		if _, err := s.rhythm(often); err != nil {
			return err
		}
	}
	if s.AtEnd != "" && s.AtEnd != removeThem && s.AtEnd != leaveThem {
		return fault.New(fault.Invalid, "at_end is %s or %s: whether contacts are taken out of the mailboxes when everything is deleted", removeThem, leaveThem)
	}
	if err := s.Fields.Check(); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(s.Connections)) {
		if err := s.Connections[key].check(key); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Sources)) {
		if err := s.checkSource(key, a.Settings.Strings("sources")); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Targets)) {
		if err := s.checkTarget(key, a.Settings.Strings("targets")); err != nil {
			return err
		}
		if err := s.checkChoice(s.Targets[key], a.Settings.Strings("directories")); err != nil {
			return fmt.Errorf("targets.%s: %w", key, err)
		}
	}
	return nil
}

func (c Connection) check(key string) error {
	switch c.Kind {
	case kindGraph:
		if c.Tenant == "" || c.Client == "" {
			return fault.New(fault.Invalid, "connections.%s: Microsoft Graph needs tenant and client", key)
		}
		if _, err := c.credential(); err != nil {
			return fmt.Errorf("connections.%s: %w", key, err)
		}
	case kindEWS:
		if _, err := ews.New(ews.Config{URL: c.URL, Account: c.Account, Password: c.Password.Reveal}); err != nil {
			return fmt.Errorf("connections.%s: %w", key, err)
		}
	case kindLDAP:
		if err := c.checkDirectory(""); err != nil {
			return fmt.Errorf("connections.%s: %w", key, err)
		}
	case kindCardDAV:
		if _, err := carddav.New(carddav.Config{URL: c.URL, Account: c.Account, Password: c.Password.Reveal}); err != nil {
			return fmt.Errorf("connections.%s: %w", key, err)
		}
	default:
		return fault.New(fault.Invalid, "connections.%s: there is no kind %q; there are graph, ews, ldap and carddav", key, c.Kind)
	}
	return nil
}

func (s Setup) checkSource(key string, allowed []string) error {
	source := s.Sources[key]
	kind := source.kind()
	if source.File == "" {
		c, ok := s.Connections[source.Connection]
		if !ok {
			return fault.New(fault.Invalid, "sources.%s: there is no connection %q", key, source.Connection)
		}
		if kind = c.Kind; kind == kindGraph {
			if err := source.checkList(); err != nil {
				return fmt.Errorf("sources.%s: %w", key, err)
			}
		}
		if source.Mailbox != "" {
			kind = kindMailbox
		}
	} else if !source.Upload {
		if err := s.checkFile(key); err != nil {
			return err
		}
	}
	for _, field := range source.First {
		if !slices.Contains(roster.Fields, field) {
			return fault.New(fault.Invalid, "sources.%s: a contact has no field %q", key, field)
		}
	}
	if kind == kindLDAP {
		if err := s.Connections[source.Connection].checkDirectory(source.What); err != nil {
			return fmt.Errorf("sources.%s: %w", key, err)
		}
	}
	if !slices.Contains(allowed, kind) {
		return &worded{"kind", []any{strings.Join(allowed, ", ")}, fault.New(fault.Refused, "sources.%s: the policy lets no contacts come from %q; its settings name %s", key, kind, strings.Join(allowed, ", "))}
	}
	return nil
}

// checkList returns Invalid unless a source by Graph is one list: of the directory, or
// of a mailbox.
func (s Source) checkList() error {
	switch {
	case s.Mailbox == "" && s.Folder != "":
		return fault.New(fault.Invalid, "name the mailbox in which the folder %q is, as in mailbox: partners@muster.example", s.Folder)
	case s.Mailbox != "" && (s.What != "" || !strings.Contains(s.Mailbox, "@")):
		return fault.New(fault.Invalid, "a shared mailbox is named by its address, as in mailbox: partners@muster.example, without what")
	case s.Mailbox == "" && s.What != "" && s.What != listUsers && s.What != listContacts:
		return fault.New(fault.Invalid, "what is %s or %s; a shared mailbox is named by mailbox", listUsers, listContacts)
	}
	return nil
}

// The lists of a directory in Microsoft Entra.
const (
	listUsers    = "users"
	listContacts = "contacts"
)

// kind is the kind of a source that is a file.
func (s Source) kind() string {
	if strings.HasSuffix(strings.ToLower(s.File), ".vcf") {
		return kindVCard
	}
	return kindCSV
}

func (s Setup) checkTarget(key string, allowed []string) error {
	t := s.Targets[key]
	c, ok := s.Connections[t.Connection]
	switch {
	case !ok:
		return fault.New(fault.Invalid, "targets.%s: there is no connection %q", key, t.Connection)
	case !slices.Contains(allowed, c.Kind):
		return fault.New(fault.Refused, "targets.%s: the policy lets no contacts go to %q; its settings name %s", key, c.Kind, strings.Join(allowed, ", "))
	case len(t.Mailboxes) == 0 && !t.chooses():
		return fault.New(fault.Invalid, "targets.%s: name mailboxes, groups or a department", key)
	}
	for _, name := range t.Sources {
		if _, ok := s.Sources[name]; !ok {
			return fault.New(fault.Invalid, "targets.%s: there is no source %q", key, name)
		}
	}
	return nil
}

// shortest is the shortest rhythm of a synchronisation.
const shortest = 5 * time.Minute

// rhythm is how often something is done by itself, zero if it is not.
func (s Setup) rhythm(often string) (time.Duration, error) {
	if often == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(often)
	if err != nil || d < shortest {
		return 0, fault.New(fault.Invalid, "every and verify are times like 1h or 24h, %s at least", shortest)
	}
	return d, nil
}

// speaks returns the sources of a target as the roster joins them.
func (s Setup) speaks(t Target) []roster.Source {
	names := t.Sources
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(s.Sources))
	}
	var all []roster.Source
	for _, name := range names {
		all = append(all, roster.Source{Key: name, Priority: s.Sources[name].Priority, First: s.Sources[name].First, Filter: s.Sources[name].Filter})
	}
	slices.SortFunc(all, func(a, b roster.Source) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Key, b.Key))
	})
	return all
}

// list names what a source reads: the token for what changed since is good for that.
func (s Setup) list(name string) string {
	source := s.Sources[name]
	c := s.Connections[source.Connection]
	text := strings.Join([]string{c.Kind, c.Service, c.Tenant, c.URL, source.What, source.Mailbox, source.Folder}, " ")
	return strings.ReplaceAll(text, "\n", " ")
}

// String names the set-up without anything secret.
func (s Setup) String() string { return fmt.Sprintf("%s of %s", s.Name, s.Customer) }
