package ldap

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	wire "github.com/go-ldap/ldap/v3"

	"kept/internal/fault"
)

// Choice says whose mailboxes are meant: members of groups, and of groups inside them,
// and who is in a department. Empty, it means everybody below the base.
type Choice struct {
	Groups     []string // by their whole names in the directory, or by a name or a mail address that one group below the base has
	Department string   // whatever the case
	Attribute  string   // that holds the address of the mailbox; empty: the main mail address
}

// attribute is the form of an attribute's name (RFC 4512, 2.5).
var attribute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// Check returns Invalid if the choice cannot be asked for.
func (c Choice) Check() error {
	if c.Attribute != "" && !attribute.MatchString(c.Attribute) {
		return fault.New(fault.Invalid, "%q is no attribute of a directory; it is one word, like mail or uid", c.Attribute)
	}
	return nil
}

// The attributes that say whose mailbox is where, and who is in a group.
var (
	ofMailbox = []string{"objectClass", "userAccountControl", "msExchRecipientTypeDetails", "mail", "proxyAddresses", "department", "ou"}
	ofGroup   = []string{"member", "uniqueMember", "memberUid"}
)

// Mailboxes calls each with the address of the mailbox of everybody below the base who
// is chosen; some may come twice. Who has none is passed over, and so is whoever's
// account is switched off. A group that is not there is no empty one: Invalid.
func (c *Client) Mailboxes(ctx context.Context, choice Choice, each func(address string) error) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	a := asking{ask: s.search, base: c.Base, choice: choice, each: each, met: map[string]bool{}}
	if err := a.all(); err != nil {
		return fmt.Errorf("find out who is chosen in the directory: %w", err)
	}
	return nil
}

// asking is one question of who is chosen.
type asking struct {
	ask    func(*wire.SearchRequest) (*wire.SearchResult, error)
	base   string
	choice Choice
	each   func(address string) error

	met    map[string]bool // entries that were looked at as members, by their names in lower case
	people int
}

func (a *asking) all() error {
	if len(a.choice.Groups) == 0 && a.choice.Department == "" {
		return a.search(Everybody, nil)
	}
	if err := a.department(strings.TrimSpace(a.choice.Department)); err != nil || len(a.choice.Groups) == 0 {
		return err
	}
	chains, err := a.chains()
	if err != nil {
		return err
	}
	for _, name := range a.choice.Groups {
		group, err := a.group(name)
		if err == nil && chains {
			err = a.search("(&"+Everybody+"(memberOf:"+inChain+":="+wire.EscapeFilter(group.DN)+"))", nil)
		} else if err == nil {
			err = a.walk(group)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inChain is the rule by which Active Directory follows groups inside groups by itself,
// and capable what such a directory says of itself ([MS-ADTS] 3.1.1.3.4.4.3, 3.1.1.3.4.3.1).
const (
	inChain = "1.2.840.113556.1.4.1941"
	capable = "1.2.840.113556.1.4.800"
)

// chains reports whether the directory follows groups inside groups by itself. One that
// does not know the rule would find nobody, and say so as if it were true.
func (a *asking) chains() (bool, error) {
	found, err := a.entry("", []string{"supportedCapabilities"})
	if err != nil || found == nil {
		return false, err
	}
	return slices.Contains(attributesOf(found).texts("supportedcapabilities"), capable), nil
}

// department takes everybody of a department, empty: nobody. Who has the one attribute
// is not of the department that the other names.
func (a *asking) department(name string) error {
	if name == "" {
		return nil
	}
	value := wire.EscapeFilter(name)
	return a.search("(&"+Everybody+"(|(department="+value+")(ou="+value+")))", func(e attributes) bool {
		return strings.EqualFold(e.text("department", "ou"), name)
	})
}

// search takes everybody below the base whom a filter chooses; among tells more exactly
// than a filter can, if it is not nil.
func (a *asking) search(filter string, among func(attributes) bool) error {
	return pages(a.ask, wire.NewSearchRequest(a.base, wire.ScopeWholeSubtree, wire.NeverDerefAliases, 0, 0, false, filter, a.asked(), nil), func(e *wire.Entry) error {
		if is := attributesOf(e); among == nil || among(is) {
			return a.take(is)
		}
		return nil
	})
}

// asked are the attributes that a mailbox is found by.
func (a *asking) asked(more ...string) []string {
	all := append(slices.Clone(ofMailbox), more...)
	if a.choice.Attribute != "" {
		all = append(all, a.choice.Attribute)
	}
	return all
}

// take hands an entry on if it has a mailbox.
func (a *asking) take(e attributes) error {
	if a.people++; a.people > mostPeople {
		return fault.New(fault.TooLarge, "more than %d people are chosen; narrow the choice", mostPeople)
	}
	address := e.mailbox(a.choice.Attribute)
	if address == "" {
		return nil
	}
	return a.each(address)
}

// The kinds of recipient whose mailbox is on the server itself and a person's
// (msExchRecipientTypeDetails): a user's, and one that an account of another directory
// owns; its own account is switched off.
const (
	userMailbox   = "1"
	linkedMailbox = "2"
)

// mailbox is the address of an entry's mailbox, empty if it has none that is in use. A
// directory that Exchange knows says where mailboxes are: who has moved to the cloud or
// only has an address elsewhere has none here.
func (a attributes) mailbox(attribute string) string {
	kind := a.text("msexchrecipienttypedetails")
	switch {
	case a.is("computer"), a.is("contact"), kind != "" && kind != userMailbox && kind != linkedMailbox, kind != linkedMailbox && !a.enabled():
		return ""
	case attribute != "":
		return a.text(strings.ToLower(attribute))
	}
	for _, e := range a.emails() {
		return e.Address
	}
	return ""
}

// The classes of groups, in lower case.
var groupClasses = []string{"group", "groupofnames", "groupofuniquenames", "groupofmembers", "groupofentries", "posixgroup"}

func (a attributes) isGroup() bool { return slices.ContainsFunc(groupClasses, a.is) }

// group returns the group of a name.
func (a *asking) group(name string) (*wire.Entry, error) {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "=") {
		if _, err := wire.ParseDN(name); err != nil {
			return nil, fault.New(fault.Invalid, "%q is no name of a group; a whole name is like cn=Phones,ou=Groups,dc=muster,dc=example", name)
		}
		e, err := a.entry(name, append([]string{"objectClass"}, ofGroup...))
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			return nil, fault.New(fault.Invalid, "the directory has no group %q, or hides it from this account", name)
		case !attributesOf(e).isGroup():
			return nil, fault.New(fault.Invalid, "%q is no group with a list of members", name)
		}
		return e, nil
	}
	return a.groupCalled(name)
}

func (a *asking) groupCalled(name string) (*wire.Entry, error) {
	value, filter := wire.EscapeFilter(name), "(&(|"
	for _, class := range groupClasses {
		filter += "(objectClass=" + class + ")"
	}
	filter += ")(|(cn=" + value + ")(sAMAccountName=" + value + ")(displayName=" + value + ")(mail=" + value + ")))"
	var found []*wire.Entry
	ask := wire.NewSearchRequest(a.base, wire.ScopeWholeSubtree, wire.NeverDerefAliases, 0, 0, false, filter, append([]string{"objectClass"}, ofGroup...), nil)
	err := pages(a.ask, ask, func(e *wire.Entry) error { found = append(found, e); return nil })
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fault.New(fault.Invalid, "the directory has no group called %q below %s; write its whole name, like cn=%s,ou=Groups,dc=muster,dc=example", name, a.base, name)
	case len(found) > 1:
		return nil, fault.New(fault.Invalid, "the directory has several groups called %q below %s; write the whole name of one", name, a.base)
	}
	return found[0], nil
}

// walk takes the members of a group, and of the groups in it, each once.
func (a *asking) walk(group *wire.Entry) error {
	below, err := wire.ParseDN(a.base)
	if err != nil {
		return err
	}
	a.met[strings.ToLower(group.DN)] = true
	for waiting := []*wire.Entry{group}; len(waiting) > 0; {
		group, waiting = waiting[0], waiting[1:]
		members, err := a.members(group)
		if err != nil {
			return err
		}
		for _, name := range members {
			at, err := wire.ParseDN(name)
			if err != nil || a.met[strings.ToLower(name)] {
				continue
			}
			a.met[strings.ToLower(name)] = true
			e, err := a.entry(name, a.asked(ofGroup...))
			if err != nil {
				return err
			}
			switch {
			case e == nil: // it was removed, and the group still names it
			case attributesOf(e).isGroup():
				waiting = append(waiting, e)
			case below.EqualFold(at) || below.AncestorOfFold(at):
				if err := a.take(attributesOf(e)); err != nil {
					return err
				}
			}
		}
		for _, uid := range attributesOf(group).texts("memberuid") {
			if err := a.search("(&"+Everybody+"(uid="+wire.EscapeFilter(uid)+"))", nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// members are the names of a group's direct members. A directory may give a long list in
// ranges ([MS-ADTS] 3.1.1.3.1.3.3): the rest is asked for.
func (a *asking) members(group *wire.Entry) (names []string, err error) {
	for _, list := range ofGroup[:2] {
		for e, from := group, ""; e != nil; {
			next := ""
			for _, values := range e.Attributes {
				name, options, _ := strings.Cut(strings.ToLower(values.Name), ";")
				if name != strings.ToLower(list) {
					continue
				}
				names = append(names, values.Values...)
				if _, to, ranged := strings.Cut(strings.TrimPrefix(options, "range="), "-"); ranged && to != "*" {
					last, err := strconv.Atoi(to)
					if err != nil {
						return nil, fault.New(fault.Unavailable, "the directory's answer cannot be understood")
					}
					next = fmt.Sprintf("%s;range=%d-*", list, last+1)
				}
			}
			if next == "" || next == from {
				break
			}
			if e, err = a.entry(group.DN, []string{next}); err != nil {
				return nil, err
			}
			from = next
		}
	}
	return names, nil
}

// entry returns one entry, nil if it is not there.
func (a *asking) entry(dn string, attributes []string) (*wire.Entry, error) {
	found, err := a.ask(wire.NewSearchRequest(dn, wire.ScopeBaseObject, wire.NeverDerefAliases, 1, 0, false, "(objectClass=*)", attributes, nil))
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case len(found.Entries) == 0:
		return nil, nil
	}
	return found.Entries[0], nil
}
