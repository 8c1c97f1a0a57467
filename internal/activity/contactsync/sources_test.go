package contactsync_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/ldap/ldaptest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// eachFolder opens an office for each database whose policy lets every source be, and
// that has a folder for files.
func eachFolder(t *testing.T, f func(t *testing.T, o office)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := strings.Replace(policyOf(every), "sources: [graph]", "sources: [graph, mailbox, ldap, csv, vcard]", 1)
		o := open(activitytest.Env(t, place, text, clock.At(noon), contactsync.Kind{}))
		o.synchroniser().Folder = t.TempDir()
		o.tenant.AddUser("box", map[string]any{"mail": "box@muster.example", "displayName": "Box", "accountEnabled": true})
		f(t, o)
	})
}

// file puts a file into the folder of the customer.
func (o office) file(name, text string) {
	o.T.Helper()
	folder := filepath.Join(o.synchroniser().Folder, "muster-gmbh")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		o.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		o.T.Fatal(err)
	}
}

// into is a set-up that writes the sources into one mailbox.
func (o office) into(sources map[string]contactsync.Source) contactsync.Setup {
	s := o.setup()
	s.Sources = sources
	s.Targets = map[string]contactsync.Target{"phones": {Connection: "office", Mailboxes: []string{"box@muster.example"}}}
	return s
}

// in returns the contacts of the mailbox by name.
func (o office) in() map[string]graphtest.Contact {
	found := map[string]graphtest.Contact{}
	for _, c := range o.tenant.Contacts("box@muster.example") {
		name, _ := c.Fields["displayName"].(string)
		found[name] = c
	}
	return found
}

// CS02, CS04: a directory by LDAP, a table and a file of vCards are one list: who is
// in several of them stands once, with his photo, and who leaves all of them goes.
func TestSourcesOfSeveralKindsAreOneList(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		d := ldaptest.Start(t)
		d.Hire("Ada Lovelace", map[string][]string{"mail": {"ada@muster.example"}, "mobile": {"+49 1"}, "thumbnailPhoto": {string(portrait(t, 10))}, "memberOf": {"cn=Sales,dc=muster,dc=example"}})
		d.Hire("Bob Boole", map[string][]string{"mail": {"bob@muster.example"}, "memberOf": {"cn=sales,dc=muster,dc=example"}})
		d.Hire("Cid Cantor", map[string][]string{"mail": {"cid@muster.example"}})
		d.Hire("Dan Off", map[string][]string{"memberOf": {"cn=Sales,dc=muster,dc=example"}, "userAccountControl": {"514"}})
		o.file("birthdays.csv", "E-Mail-Adresse;Geburtstag;Name\nADA@muster.example;10.12.1990;Ada L.\n")
		pat := "BEGIN:VCARD\nVERSION:3.0\nUID:pat\nFN:Pat Partner\nPHOTO;ENCODING=b:" + base64.StdEncoding.EncodeToString(portrait(t, 90)) + "\nEND:VCARD\n"
		quin := "BEGIN:VCARD\nVERSION:4.0\nFN:Quin\nEMAIL:quin@x.example\nEND:VCARD\n"
		o.file("partners.vcf", pat+quin)
		own := o.tenant.Type("box@muster.example", "", "", map[string]any{"displayName": "Mother"})

		s := o.into(map[string]contactsync.Source{
			"directory": {Connection: "directory", Photos: true, Priority: 1, Filter: roster.Filter{Groups: []string{"CN=Sales,DC=muster,DC=example"}}},
			"birthdays": {File: "birthdays.csv", Priority: 2},
			"partners":  {File: "partners.vcf", Priority: 3, Photos: true},
		})
		s.Connections["directory"] = contactsync.Connection{Kind: "ldap", URL: d.URL, Base: ldaptest.Base, Account: ldaptest.Account, Password: vault.NewSecret(ldaptest.Password)}
		id := o.set(s)
		if r := o.run(id); r.Count.Creates != 4 || r.Count.Photos != 2 {
			t.Fatalf("the run is %+v", r.Count)
		}
		found := o.in()
		ada := found["Ada Lovelace"]
		birthday, _ := ada.Fields["birthday"].(string)
		if len(found) != 5 || found["Mother"].ID != own || !strings.HasPrefix(birthday, "1990-12-10") || len(ada.Photo) == 0 || len(found["Pat Partner"].Photo) == 0 || len(found["Quin"].Photo) != 0 {
			t.Fatalf("in the mailbox: %v", found)
		}
		o.service.Counts()
		o.run(id)
		if counts := o.service.Counts(); len(counts) != 0 {
			t.Errorf("a run without changes called %v", counts)
		}

		d.Fire("Bob Boole")
		d.Rename("Ada Lovelace", "Ada King")
		d.Change("Ada King", "thumbnailPhoto", string(portrait(t, 200)))
		o.file("partners.vcf", pat)
		o.Clock.Advance(25 * time.Hour)
		if r := o.run(id); r.Count.Deletes != 2 || r.Count.Updates != 1 || r.Count.Photos != 1 || r.Count.Creates != 0 {
			t.Errorf("after a leaving, another name and another photo: %+v", r.Count)
		}
		after := o.in()
		if len(after) != 3 || after["Mother"].ID != own || after["Ada King"].ID != ada.ID || string(after["Ada King"].Photo) == string(ada.Photo) {
			t.Errorf("in the mailbox: %v", after)
		}
		for _, planted := range []string{ldaptest.Password, ldaptest.Account} {
			if hits := activitytest.Texts(o.Everything(), planted); len(hits) > 0 {
				t.Errorf("%s stands in %v", planted, hits)
			}
		}
	})
}

// A source that cannot be read, or not to its end, is none that everybody left.
func TestASourceThatFailsRemovesNobody(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		o.file("staff.csv", "Name,Email\nAda,ada@x.example\nBob,bob@x.example\n")
		id := o.set(o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}}))
		o.run(id)
		outside := filepath.Join(o.synchroniser().Folder, "another.csv")
		if err := os.WriteFile(outside, []byte("Name\nEve\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		here := filepath.Join(o.synchroniser().Folder, "muster-gmbh", "staff.csv")
		for what, x := range map[string]struct {
			spoil func() error
			says  string
		}{
			"a mistake in it": {func() error { return os.WriteFile(here, []byte("Name,Email\nAda,ada@x.example\nBob,bob\n"), 0o600) }, "staff.csv:3:5"},
			"no file":         {func() error { return os.RemoveAll(here) }, "contacts/muster-gmbh"},
			"a link that leads out": {func() error {
				return errors.Join(os.RemoveAll(here), os.Symlink(outside, here))
			}, "contacts/muster-gmbh"},
		} {
			if err := x.spoil(); err != nil {
				t.Fatal(err)
			}
			_, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true})
			if err == nil || !strings.Contains(err.Error(), x.says) || strings.Contains(err.Error(), o.synchroniser().Folder) {
				t.Errorf("%s: %v", what, err)
			}
			if found := o.in(); len(found) != 2 {
				t.Errorf("%s: in the mailbox: %v", what, found)
			}
			if err := os.RemoveAll(here); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSourcesAreCheckedAtSetUp(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		good := contactsync.Connection{Kind: "ldap", URL: "ldaps://dc1.muster.example", Base: "dc=muster,dc=example", Account: "MUSTER\\reader", Password: vault.NewSecret("x")}
		for what, x := range map[string]struct {
			source   contactsync.Source
			customer string
			change   func(*contactsync.Connection)
		}{
			"an absolute path":          {source: contactsync.Source{File: "/etc/passwd"}},
			"a path that leads out":     {source: contactsync.Source{File: "../another/a.csv"}},
			"a customer that leads out": {source: contactsync.Source{File: "a.csv"}, customer: ".."},
			"a customer with folders":   {source: contactsync.Source{File: "a.csv"}, customer: "a/b"},
			"a filter that is none":     {source: contactsync.Source{Connection: "d", What: "(cn="}},
			"no base":                   {source: contactsync.Source{Connection: "d"}, change: func(c *contactsync.Connection) { c.Base = "" }},
			"an address of the web":     {source: contactsync.Source{Connection: "d"}, change: func(c *contactsync.Connection) { c.URL = "https://dc1.muster.example" }},
			"no password":               {source: contactsync.Source{Connection: "d"}, change: func(c *contactsync.Connection) { c.Password = vault.NewSecret("") }},
		} {
			s := o.into(map[string]contactsync.Source{"x": x.source})
			if x.customer != "" {
				s.Customer = x.customer
			}
			c := good
			if x.change != nil {
				x.change(&c)
			}
			s.Connections["d"] = c
			if err := o.synchroniser().Fits("", s); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		s := o.into(map[string]contactsync.Source{"x": {Connection: "d", What: "(mail=*)"}, "y": {File: "lists/a.vcf"}})
		s.Connections["d"] = good
		if err := o.synchroniser().Fits("", s); err != nil {
			t.Error(err)
		}
	})
}

// The set-up that the guide shows is one.
func TestTheGuidesSetUpFits(t *testing.T) {
	guide, err := os.ReadFile(filepath.FromSlash("../../../docs/guide/contact-sync.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "```yaml\ncustomer:")
	text, _, _ := strings.Cut("customer:"+rest, "```")
	s, err := contactsync.ReadSetup("guide", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for key, c := range s.Connections { // what stands in the password files
		c.Password = vault.NewSecret("x")
		s.Connections[key] = c
	}
	policy := strings.NewReplacer("sources: [graph]", "sources: [graph, mailbox, ldap, csv, vcard]", "brake", "directories: [ldap], brake").Replace(policyOf(every))
	o := open(activitytest.Env(t, storetest.SQLite(t), policy, clock.At(noon), contactsync.Kind{}))
	if err := o.synchroniser().Fits("", s); err != nil {
		t.Error(err)
	}
	if s.Sources["plant"].What != "(mail=*)" || s.Sources["suppliers"].File == "" || len(s.Sources["plant"].Filter.Groups) != 1 {
		t.Errorf("%+v", s.Sources)
	}
}
