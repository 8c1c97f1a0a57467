package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/ldap"
	"kept/internal/remote/ldap/ldaptest"
)

func config(s *ldaptest.Server) ldap.Config {
	return ldap.Config{
		URL: s.URL, Base: ldaptest.Base, Account: ldaptest.Account, Password: func() string { return ldaptest.Password }, Roots: s.Roots, Dial: (&net.Dialer{}).DialContext,
	}
}

func people(ctx context.Context, c ldap.Config) (map[string]ldap.Person, error) {
	client, err := ldap.New(c)
	if err != nil {
		return nil, err
	}
	found := map[string]ldap.Person{}
	err = client.People(ctx, func(p ldap.Person) error {
		found[p.Card.Name()] = p
		return nil
	})
	return found, err
}

func TestPeopleOfADirectory(t *testing.T) {
	s := ldaptest.Start(t)
	s.Hire("Ada Lovelace", map[string][]string{
		"displayName": {"Lovelace, Ada"}, "givenName": {"Ada"}, "initials": {"K."}, "sn": {"Lovelace"}, "mail": {"ada@muster.example"},
		"proxyAddresses":  {"smtp:al@muster.example", "SMTP:Ada@muster.example", "X500:/o=Muster", "sip:ada@muster.example"},
		"telephoneNumber": {"+49 1"}, "otherTelephone": {"+49 2"}, "mobile": {"+49 3"}, "facsimileTelephoneNumber": {"+49 4"}, "homePhone": {"+49 5"}, "pager": {"+49 6"},
		"company": {"Muster GmbH"}, "department": {"Sales"}, "ou": {"People"}, "physicalDeliveryOfficeName": {"B 2"}, "title": {"Head"},
		"street": {"Ring 1"}, "l": {"Köln"}, "st": {"NRW"}, "postalCode": {"50667"}, "co": {"Germany"}, "c": {"DE"}, "wWWHomePage": {"https://a.example"},
		"memberOf": {"cn=board,dc=muster,dc=example"}, "objectGUID": {"\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"}, "userAccountControl": {"512"},
	})
	s.Hire("Bob Boole", map[string][]string{"o": {"Muster"}, "userAccountControl": {"514"}})
	s.Hire("PC-7", map[string][]string{"objectClass": {"inetOrgPerson", "computer"}})
	found, err := people(t.Context(), config(s))
	if err != nil || len(found) != 2 {
		t.Fatalf("%d people, %v", len(found), err)
	}
	want := ldap.Person{
		ID: "01020304-0506-0708-090a-0b0c0d0e0f10", DN: ldaptest.DN("Ada Lovelace"), Enabled: true, Groups: []string{"cn=board,dc=muster,dc=example"},
		Card: card.Card{
			First: "Ada", Middle: "K.", Last: "Lovelace", Display: "Lovelace, Ada", Company: "Muster GmbH", Department: "Sales", Office: "B 2", Title: "Head", Website: "https://a.example",
			Emails: []card.Email{{Address: "ada@muster.example"}, {Address: "al@muster.example"}},
			Phones: []card.Phone{
				{Use: card.Business, Number: "+49 1"}, {Use: card.Business, Number: "+49 2"}, {Use: card.Mobile, Number: "+49 3"}, {Use: card.BusinessFax, Number: "+49 4"},
				{Use: card.Home, Number: "+49 5"}, {Use: card.Pager, Number: "+49 6"},
			},
			Addresses: []card.Address{{Use: card.Business, Street: "Ring 1", City: "Köln", Region: "NRW", Code: "50667", Country: "Germany"}},
		},
	}
	if diff := cmp.Diff(want, found["Lovelace, Ada"]); diff != "" {
		t.Error(diff)
	}
	bob := found["Bob Boole"]
	if bob.Enabled || len(bob.ID) != 36 || bob.Card.Company != "Muster" {
		t.Errorf("%+v", bob)
	}
	s.Rename("Bob Boole", "Bob King")
	if found, err = people(t.Context(), config(s)); err != nil || found["Bob King"].ID != bob.ID {
		t.Errorf("with another name the id is %s, was %s; %v", found["Bob King"].ID, bob.ID, err)
	}
}

// The server gives 500 entries an answer; all of more are read.
func TestManyPeopleComeInPages(t *testing.T) {
	s := ldaptest.Start(t)
	for i := range 1203 {
		s.Hire(fmt.Sprint("Nr ", i), nil)
	}
	if found, err := people(t.Context(), config(s)); err != nil || len(found) != 1203 {
		t.Errorf("%d people, %v", len(found), err)
	}
	c := config(s)
	c.Account = ldaptest.Short
	if _, err := people(t.Context(), c); !fault.Is(err, fault.TooLarge) {
		t.Errorf("of a list that is given in part: %v", err)
	}
	c = config(s)
	c.Filter = "(cn=Nr 7)"
	if found, err := people(t.Context(), c); err != nil || len(found) != 1 {
		t.Errorf("%d people by a filter, %v", len(found), err)
	}
}

func TestPhotos(t *testing.T) {
	s := ldaptest.Start(t)
	s.Hire("Ada", map[string][]string{"thumbnailPhoto": {"small"}, "jpegPhoto": {"large"}})
	s.Hire("Bob", map[string][]string{"thumbnailPhoto": {"bob"}})
	s.Hire("Cid", nil)
	client, err := ldap.New(config(s))
	if err != nil {
		t.Fatal(err)
	}
	photos, err := client.Photos(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer photos.Close()
	for name, want := range map[string]string{"Ada": "large", "Bob": "bob", "Cid": "", "Nobody": ""} {
		raw, err := photos.Of(ldaptest.DN(name))
		if string(raw) != want || want == "" && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %q, %v", name, raw, err)
		}
	}
}

// elsewhere is a connection that leads to another machine, as far as it says.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 389} }

// A password leaves the machine over an encrypted connection only, and to a server
// whose certificate is trusted.
func TestPasswordsTravelEncrypted(t *testing.T) {
	s := ldaptest.Start(t)
	s.Hire("Ada", nil)
	var sent []byte
	away := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &heard{elsewhere{conn}, &sent}, err
	}
	for what, change := range map[string]func(*ldap.Config){
		"ldaps":    func(c *ldap.Config) { c.URL = s.TLS },
		"StartTLS": func(c *ldap.Config) { c.URL = s.URL },
	} {
		c := config(s)
		c.Dial = away
		change(&c)
		if found, err := people(t.Context(), c); err != nil || len(found) != 1 {
			t.Errorf("%s: %d people, %v", what, len(found), err)
		}
		c.Roots = nil
		if _, err := people(t.Context(), c); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s with a certificate that nobody trusts: %v", what, err)
		}
	}
	if len(sent) == 0 || strings.Contains(string(sent), ldaptest.Password) {
		t.Errorf("of %d bytes that were sent some are the password", len(sent))
	}
}

// heard keeps what is sent.
type heard struct {
	net.Conn
	sent *[]byte
}

func (h *heard) Write(p []byte) (int, error) {
	*h.sent = append(*h.sent, p...)
	return h.Conn.Write(p)
}

func TestRefusalsNameWhatToDo(t *testing.T) {
	s := ldaptest.Start(t)
	s.Hire("Ada", nil)
	const wrong = "wr0ng-s3cret"
	down := errors.New("the address does not answer")
	for what, x := range map[string]struct {
		change func(*ldap.Config)
		kind   fault.Kind
	}{
		"a wrong password": {func(c *ldap.Config) { c.Password = func() string { return wrong } }, fault.Forbidden},
		"no password":      {func(c *ldap.Config) { c.Password = nil }, fault.Invalid},
		"no such base":     {func(c *ldap.Config) { c.Base = "ou=nowhere," + ldaptest.Base }, fault.NotFound},
		"another server's": {func(c *ldap.Config) { c.Base = "dc=other" }, fault.NotFound},
		"no base":          {func(c *ldap.Config) { c.Base = "" }, fault.Invalid},
		"no filter":        {func(c *ldap.Config) { c.Filter = "cn=*)(" }, fault.Invalid},
		"no URL":           {func(c *ldap.Config) { c.URL = "https://muster.example" }, fault.Invalid},
		"no server": {func(c *ldap.Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, fault.New(fault.Unavailable, "%w", down)
			}
		}, fault.Unavailable},
		"a server of something else": {func(c *ldap.Config) { c.Dial = babble }, fault.Unavailable},
	} {
		c := config(s)
		x.change(&c)
		found, err := people(t.Context(), c)
		if !fault.Is(err, x.kind) || len(found) > 0 {
			t.Errorf("%s: %d people, %v", what, len(found), err)
		}
		if err != nil && (strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), ldaptest.Password)) {
			t.Errorf("%s: the error shows the password: %v", what, err)
		}
	}
	gone, end := context.WithCancel(t.Context())
	end()
	if _, err := people(gone, config(s)); err == nil {
		t.Error("a question that nobody waits for is answered")
	}
}

// babble is a connection to a server that speaks no LDAP.
func babble(context.Context, string, string) (net.Conn, error) {
	mine, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		if _, err := theirs.Read(make([]byte, 512)); err == nil {
			_, _ = theirs.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) // the other side may have gone
		}
	}()
	return mine, nil
}
