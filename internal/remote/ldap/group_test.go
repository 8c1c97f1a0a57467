package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/remote/ldap"
	"kept/internal/remote/ldap/ldaptest"
)

// chosen are the mailboxes of a choice, by their addresses without the domain.
func chosen(t *testing.T, c ldap.Config, x ldap.Choice) (string, error) {
	t.Helper()
	client, err := ldap.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	err = client.Mailboxes(t.Context(), x, func(address string) error {
		name, _, _ := strings.Cut(address, "@")
		all = append(all, name)
		return nil
	})
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " "), err
}

// staffed is a directory whose groups lie in each other, in a circle too.
func staffed(t *testing.T) *ldaptest.Server {
	s := ldaptest.Start(t)
	hire := func(name string, more map[string][]string) {
		all := map[string][]string{"mail": {strings.ToLower(name) + "@muster.example"}, "uid": {"u-" + strings.ToLower(name)}}
		for k, v := range more {
			all[k] = v
		}
		s.Hire(name, all)
	}
	hire("Ada", map[string][]string{"department": {"Sales"}})
	hire("Bob", map[string][]string{"department": {"sales "}, "ou": {"People"}})
	hire("Cid", map[string][]string{"ou": {"Sales"}})
	hire("Dan", map[string][]string{"department": {"Legal"}, "ou": {"Sales"}})
	hire("Off", map[string][]string{"department": {"Sales"}, "userAccountControl": {"514"}})
	hire("PC-7", map[string][]string{"objectClass": {"inetOrgPerson", "adUser", "computer"}, "department": {"Sales"}})
	s.Hire("Mailless", map[string][]string{"department": {"Sales"}})
	s.Add("cn=Out,"+ldaptest.Base, map[string][]string{"objectClass": {"inetOrgPerson"}, "cn": {"Out"}, "sn": {"Out"}, "mail": {"out@muster.example"}})
	s.Group("Inner", ldaptest.DN("Bob"), ldaptest.DN("Off"), ldaptest.GroupDN("Phones"))
	s.Group("Phones", ldaptest.DN("Ada"), ldaptest.GroupDN("Inner"), ldaptest.DN("Gone"), "cn=Out,"+ldaptest.Base)
	s.Group("Empty", ldaptest.DN("Gone"))
	s.Add(ldaptest.GroupDN("Unix"), map[string][]string{"objectClass": {"posixGroup"}, "cn": {"Unix"}, "gidNumber": {"7"}, "memberUid": {"u-cid", "u-gone"}})
	return s
}

func TestMailboxesByGroupAndDepartment(t *testing.T) {
	s := staffed(t)
	at := func(base string) ldap.Config { c := config(s); c.Base = base; return c }
	for what, x := range map[string]struct {
		base   string
		choice ldap.Choice
		want   string
	}{
		"a department":                     {ldaptest.Base, ldap.Choice{Department: " SALES"}, "ada bob cid"},
		"a group by its whole name":        {ldaptest.People, ldap.Choice{Groups: []string{ldaptest.GroupDN("Phones")}}, "ada bob"},
		"its name in other letters":        {ldaptest.People, ldap.Choice{Groups: []string{strings.ToUpper(ldaptest.GroupDN("Phones"))}}, "ada bob"},
		"by its name, and who is above":    {ldaptest.Base, ldap.Choice{Groups: []string{"phones"}}, "ada bob out"},
		"a group inside":                   {ldaptest.People, ldap.Choice{Groups: []string{ldaptest.GroupDN("Inner")}}, "ada bob"},
		"a group of Unix and a department": {ldaptest.Base, ldap.Choice{Groups: []string{"Unix"}, Department: "Legal"}, "cid dan"},
		"a group of people who are gone":   {ldaptest.Base, ldap.Choice{Groups: []string{"Empty"}}, ""},
		"another attribute":                {ldaptest.Base, ldap.Choice{Groups: []string{"Unix"}, Attribute: "UID"}, "u-cid"},
		"everybody":                        {ldaptest.People, ldap.Choice{}, "ada bob cid dan"},
	} {
		if got, err := chosen(t, at(x.base), x.choice); err != nil || got != x.want {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

// A group that is not there, or is none, is no empty one: the error says what to write.
func TestAGroupThatIsNotThereIsNoEmptyOne(t *testing.T) {
	s := staffed(t)
	s.Add("cn=Phones,"+ldaptest.People, map[string][]string{"objectClass": {"groupOfUniqueNames"}, "cn": {"Phones"}, "uniqueMember": {ldaptest.DN("Ada")}})
	for name, says := range map[string]string{
		"Nobody":                     "write its whole name, like cn=Nobody,",
		"Phones":                     "several groups called",
		ldaptest.GroupDN("Nobody"):   "has no group",
		ldaptest.DN("Ada"):           "is no group",
		"cn=,,=":                     "is no name of a group",
		"*":                          "no group called",
		"x)(objectClass=*":           "for no name of an entry",
		"cn=Phones,dc=other,dc=else": "has no group",
	} {
		if got, err := chosen(t, config(s), ldap.Choice{Groups: []string{name}}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := (ldap.Choice{Attribute: "a)(b"}).Check(); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	c := config(s)
	c.Account = ldaptest.Short
	for i := range ldaptest.MostForShort + 1 {
		s.Hire(fmt.Sprint("Nr ", i), map[string][]string{"department": {"Crowd"}})
	}
	if _, err := chosen(t, c, ldap.Choice{Department: "Crowd"}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("of a list that is given in part: %v", err)
	}
}
