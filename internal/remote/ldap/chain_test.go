package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	wire "github.com/go-ldap/ldap/v3"
)

// forest answers as Active Directory does: it follows groups by itself, if it says so, and
// gives a long list of members in ranges.
type forest struct {
	follows bool
	asked   []string
}

const (
	within = "dc=muster,dc=example"
	crowd  = 3200
	slice  = 1500
)

func person(i int) *wire.Entry {
	return wire.NewEntry(fmt.Sprintf("cn=P%d,%s", i, within), map[string][]string{"objectClass": {"person"}, "mail": {fmt.Sprintf("p%d@muster.example", i)}})
}

func (f *forest) ask(r *wire.SearchRequest) (*wire.SearchResult, error) {
	f.asked = append(f.asked, r.Filter)
	var found []*wire.Entry
	switch {
	case r.BaseDN == "" && f.follows:
		found = append(found, wire.NewEntry("", map[string][]string{"supportedCapabilities": {"1.2.840.113556.1.4.1670", capable}}))
	case strings.HasPrefix(r.BaseDN, "cn=All,"):
		from := 0
		if len(r.Attributes) == 1 {
			if _, err := fmt.Sscanf(r.Attributes[0], "member;range=%d-*", &from); err != nil {
				return nil, err
			}
		}
		to, end := from+slice-1, ""
		if end = fmt.Sprint(to); to >= crowd-1 {
			to, end = crowd-1, "*"
		}
		var names []string
		for i := from; i <= to; i++ {
			names = append(names, person(i).DN)
		}
		found = append(found, wire.NewEntry(r.BaseDN, map[string][]string{"objectClass": {"group"}, "member": nil, fmt.Sprintf("member;range=%d-%s", from, end): names}))
	case r.Scope == wire.ScopeBaseObject:
		i := 0
		if n, _ := fmt.Sscanf(r.BaseDN, "cn=P%d,", &i); n == 1 { // the root names nobody
			found = append(found, person(i))
		}
	case strings.Contains(r.Filter, "(memberOf:1.2.840.113556.1.4.1941:=cn=All,"+within+")"):
		moved := wire.NewEntry("cn=Moved,"+within, map[string][]string{"objectClass": {"person"}, "mail": {"moved@muster.example"}, "msExchRecipientTypeDetails": {"2147483648"}})
		extern := wire.NewEntry("cn=Extern,"+within, map[string][]string{"objectClass": {"person", "contact"}, "mail": {"x@elsewhere.example"}})
		linked := wire.NewEntry("cn=Linked,"+within, map[string][]string{"objectClass": {"person"}, "mail": {"linked@muster.example"}, "msExchRecipientTypeDetails": {"2"}, "userAccountControl": {"514"}})
		found = append(found, person(1), moved, extern, linked)
	}
	return &wire.SearchResult{Entries: found}, nil
}

func (f *forest) chosen(t *testing.T) (all []string) {
	t.Helper()
	a := asking{ask: f.ask, base: within, choice: Choice{Groups: []string{"cn=All," + within}}, met: map[string]bool{}, each: func(address string) error {
		all = append(all, address)
		return nil
	}}
	if err := a.all(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A directory that follows groups by itself is asked once for a group, and no other is
// asked so: it would find nobody. Who has no mailbox on the server is passed over.
func TestActiveDirectoryFollowsGroupsItself(t *testing.T) {
	f := &forest{follows: true}
	if got := f.chosen(t); !slices.Equal(got, []string{"p1@muster.example", "linked@muster.example"}) || len(f.asked) != 3 {
		t.Errorf("%v by %d questions", got, len(f.asked))
	}
}

func TestLongListsOfMembersComeInRanges(t *testing.T) {
	f := &forest{}
	if got := f.chosen(t); len(got) != crowd || got[crowd-1] != "p3199@muster.example" {
		t.Errorf("%d of %d members", len(got), crowd)
	}
	if slices.ContainsFunc(f.asked, func(filter string) bool { return strings.Contains(filter, inChain) }) {
		t.Error("a directory that does not know the rule is asked by it")
	}
}
