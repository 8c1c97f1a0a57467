package contactsync_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/remote/ldap/ldaptest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// tower is a cellar whose directory says who gets contacts.
type tower struct {
	cellar
	directory *ldaptest.Server
}

const cidMail = "cid@muster.example"

func withDirectories(text string) string {
	return strings.NewReplacer("sources: [graph]", "sources: [graph, csv, ldap]", "targets: [graph, ews]", "targets: [graph, ews, carddav], directories: [ldap]").Replace(text)
}

func inTower(t *testing.T, f func(t *testing.T, x tower)) {
	inCellarWith(t, withDirectories, func(t *testing.T, c cellar) {
		x := tower{c, ldaptest.Start(t)}
		x.exchange.Mailbox(cidMail)
		for name, address := range map[string]string{"Ada": adaMail, "Bob": bobMail, "Cid": cidMail} {
			x.directory.Hire(name, map[string][]string{"mail": {address}, "uid": {caldavtest.User}})
		}
		x.directory.Group("Inner", ldaptest.DN("Bob"))
		x.directory.Group("Phones", ldaptest.DN("Ada"), ldaptest.GroupDN("Inner"))
		x.setup.Connections["tower"] = contactsync.Connection{Kind: "ldap", URL: x.directory.URL, Base: ldaptest.Base, Account: ldaptest.Account, Password: vault.NewSecret(ldaptest.Password)}
		x.setup.Targets = map[string]contactsync.Target{"phones": {Connection: "cellar", Folder: "Muster GmbH", Groups: []string{"Phones"}, Directory: "tower"}}
		f(t, x)
	})
}

// CS01: a group of the customer's directory, with the groups in it, chooses mailboxes on
// an Exchange server: who joins gets contacts, who leaves loses them and nothing else, and
// nobody loses any because the directory cannot tell.
func TestPromise_CS01_ADirectoryChoosesMailboxesOnPremises(t *testing.T) {
	inTower(t, func(t *testing.T, x tower) {
		for i := range 4 {
			x.hire(strings.Repeat("x", i+1), "Nr "+strings.Repeat("x", i+1), "Legal")
		}
		own := x.exchange.Type(bobMail, "Muster GmbH", "", map[string]string{"contacts:GivenName": "Mother"})
		id := x.set(x.setup)
		stand := func(want string) {
			t.Helper()
			var got []string
			for _, address := range []string{adaMail, bobMail, cidMail} {
				got = append(got, strings.Repeat("|", len(x.exchange.Contacts(address))))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("in the mailboxes: %s, not %s", strings.Join(got, " "), want)
			}
		}
		x.probes(t, id, "sign-in fine office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/2, mailboxes fine phones 0/2, beyond too-much phones 1/1")
		if p, err := x.synchroniser().Plan(t.Context(), id, contactsync.Options{Fresh: true}); err != nil || len(p.Boxes) != 2 || p.Count.Creates != 8 {
			t.Errorf("the plan: %+v, %v", p, err)
		}
		x.run(id)
		stand("|||| ||||| ")
		x.directory.Group("Phones", ldaptest.DN("Ada"), ldaptest.DN("Cid"), ldaptest.GroupDN("Inner"))
		x.directory.Group("Inner", ldaptest.DN("Ada"))
		if r := x.run(id); r.Count.Creates != 4 || r.Count.Deletes != 4 {
			t.Errorf("after one joined and one left: %+v", r.Count)
		}
		stand("|||| | ||||")
		if left := x.exchange.Contacts(bobMail); len(left) != 1 || left[0].ID != own {
			t.Errorf("bob's own contact: %v", left)
		}
		states, err := x.synchroniser().Mailboxes(t.Context(), id)
		if err != nil || len(states) != 2 {
			t.Errorf("%+v, %v", states, err)
		}

		gone := x.setup
		gone.Targets = map[string]contactsync.Target{"phones": x.setup.Targets["phones"]}
		lost := gone.Targets["phones"]
		lost.Groups = []string{ldaptest.GroupDN("Renamed")}
		gone.Targets["phones"] = lost
		x.set(gone)
		x.Clock.Advance(time.Minute)
		if _, err := x.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Renamed") {
			t.Errorf("a group that is gone: %v", err)
		}
		stand("|||| | ||||")
		past, err := x.synchroniser().History(t.Context(), id, 1)
		if err != nil || len(past) != 1 || len(past[0].Problems) != 1 || past[0].Problems[0].Kind != "choice" {
			t.Errorf("the history: %+v, %v", past, err)
		}

		lost.Groups, lost.Department = nil, "Legal"
		gone.Targets["phones"] = lost
		x.set(gone)
		x.directory.Change("Bob", "department", "legal")
		x.directory.Change("Cid", "department", "Legal")
		if r, err := x.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true}); err != nil || r.Count.Creates != 4 || r.Count.Deletes != 4 {
			t.Errorf("another choice: %+v, %v", r, err)
		}
		stand(" ||||| ||||")
		for _, hit := range activitytest.Texts(x.Everything(), ldaptest.Password, ldaptest.Account, "planted-ada-77") {
			t.Errorf("in clear in %s", hit)
		}
	})
}

// What cannot be looked up is refused at set-up, with what to write.
func TestAChoiceIsChecked(t *testing.T) {
	inTower(t, func(t *testing.T, x tower) {
		for what, spoil := range map[string]func(*contactsync.Target){
			"directory: tower": func(y *contactsync.Target) { y.Directory = "" },
			"is none":          func(y *contactsync.Target) { y.Directory = "cellar" },
			"name the directory too": func(y *contactsync.Target) {
				*y = contactsync.Target{Connection: "cellar", Mailboxes: []string{adaMail}, Address: "uid"}
			},
			"whom the directory":       func(y *contactsync.Target) { y.Groups, y.Mailboxes = nil, []string{adaMail} },
			"attribute of a directory": func(y *contactsync.Target) { y.Address = "a b" },
		} {
			s := x.setup
			y := s.Targets["phones"]
			spoil(&y)
			s.Targets = map[string]contactsync.Target{"phones": y}
			if err := x.synchroniser().Fits("", s); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
		s := x.setup
		y := s.Targets["phones"]
		y.Connection = "office" // whose mailboxes are in the cloud and whose groups are not
		s.Targets = map[string]contactsync.Target{"phones": y}
		if err := x.synchroniser().Fits("", s); err != nil {
			t.Errorf("a directory chooses mailboxes in the cloud: %v", err)
		}
	})
	inCellar(t, func(t *testing.T, c cellar) {
		s := c.setup
		s.Connections["tower"] = contactsync.Connection{Kind: "ldap", URL: "ldaps://dc1.muster.example", Base: "dc=x", Account: "a", Password: vault.NewSecret("x")}
		s.Targets = map[string]contactsync.Target{"phones": {Connection: "cellar", Department: "Sales", Directory: "tower"}}
		if err := c.synchroniser().Fits("", s); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "setting directories") {
			t.Errorf("a policy that lets no directory choose: %v", err)
		}
	})
}

// An address book has a path, which an attribute of the directory holds.
func TestADirectoryChoosesAddressBooks(t *testing.T) {
	inTower(t, func(t *testing.T, x tower) {
		radicale := caldavtest.Start(t)
		x.hire("ada", "Ada Lovelace", "Legal")
		s := x.setup
		s.Connections["cards"] = contactsync.Connection{Kind: "carddav", URL: radicale.Origin() + "/", Account: caldavtest.User, Password: vault.NewSecret(caldavtest.Password)}
		target := contactsync.Target{Connection: "cards", Folder: "Muster GmbH", Groups: []string{"Phones"}, Directory: "tower"}
		s.Targets = map[string]contactsync.Target{"books": target}
		if err := x.synchroniser().Fits("", s); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "address: uid") {
			t.Errorf("a book without a path: %v", err)
		}
		target.Address = "uid"
		s.Targets["books"] = target
		id := x.set(s)
		if r := x.run(id); r.Count.Creates != 1 || r.Count.Mailboxes != 1 {
			t.Errorf("%+v", r.Count)
		}
		x.directory.Group("Phones", ldaptest.DN("Nobody"))
		if r := x.run(id); r.Count.Deletes != 1 {
			t.Errorf("after all left: %+v", r.Count)
		}
	})
}

// An administrator names the directory at the portal, once for all targets that use it.
func TestADirectoryIsNamedAtThePortal(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		const who = "customer-a"
		p := withADoor(open(activitytest.Env(t, place, withDirectories(policyOf(every)), clock.At(noon), served{})))
		form := map[string]string{"kind": "ews", "name": "staff to phones", "url": "https://mail.muster.example/EWS/Exchange.asmx", "account": "svc", "secret": "s", "group_names": "Phones\nCN=Board, Group,OU=Groups,DC=muster,DC=example\n"}
		for _, lang := range []string{"en", "de"} {
			if _, body := p.get(who, "/sync/new?kind=ews&lang="+lang); !strings.Contains(body, `name="directory_url"`) || strings.Contains(body, "sync.") {
				t.Errorf("the form: %s", body)
			}
		}
		if status, body := p.send(who, "/sync/new", form, "partners.csv", people); status != 400 || !strings.Contains(body, "ldaps://dc1.example.com") || !strings.Contains(body, "The base says where") || !strings.Contains(body, "The password is missing") {
			t.Errorf("without a directory: %d %s", status, body)
		}
		for name, value := range map[string]string{"directory_url": "ldaps://dc1.muster.example", "directory_base": "dc=muster,dc=example", "directory_account": "reader", "directory_secret": "planted-secret-2"} {
			form[name] = value
		}
		empty := map[string]string{}
		for k, v := range form {
			empty[k] = v
		}
		empty["group_names"], empty["mailboxes"] = "", "ada@muster.example"
		if status, body := p.send(who, "/sync/new", empty, "partners.csv", people); status != 400 || !strings.Contains(body, "leave the directory empty") {
			t.Errorf("a directory that chooses nobody: %d %s", status, body)
		}
		status, at := p.send(who, "/sync/new", form, "partners.csv", people)
		if status != http.StatusSeeOther {
			t.Fatalf("set up: %d %s", status, at)
		}
		s := p.get1(at).Setup
		if target := s.Targets["1"]; target.Directory != "directory" || !slices.Equal(target.Groups, []string{"Phones", "CN=Board, Group,OU=Groups,DC=muster,DC=example"}) || !s.Connections["directory"].Named {
			t.Errorf("%+v", s)
		}
		if _, body := p.get(who, at+"?lang=de"); !strings.Contains(body, "2 Gruppen aus dem Verzeichnis ldaps://dc1.muster.example") {
			t.Errorf("the overview: %s", body)
		}
		if _, body := p.post(who, at+"/probe", nil); !strings.Contains(body, "who is chosen cannot be found out") {
			t.Errorf("a directory that is not there: %s", body)
		}
		if _, body := p.get(who, at+"/targets"); !strings.Contains(body, `<option value="directory">`) {
			t.Errorf("the targets: %s", body)
		}
		if status, to := p.post(who, at+"/targets", url.Values{"department": {"Sales"}, "directory": {"directory"}}); status != http.StatusSeeOther {
			t.Fatalf("another target: %d %s", status, to)
		}
		if s = p.get1(at).Setup; len(s.Connections) != 2 || s.Targets["target"].Directory != "directory" {
			t.Errorf("%+v", s)
		}
		for _, key := range []string{"1", "target"} {
			status, body := p.post(who, at+"/targets/remove", url.Values{"key": {key}})
			if want := map[string]int{"1": http.StatusSeeOther, "target": 400}[key]; status != want {
				t.Errorf("%s: %d %s", key, status, body)
			}
		}
		if s = p.get1(at).Setup; len(s.Connections) != 2 {
			t.Errorf("a directory that is used is gone: %+v", s.Connections)
		}
		for _, hit := range activitytest.Texts(p.Everything(), "planted-secret-2", "dc1.muster.example") {
			t.Errorf("in clear in %s", hit)
		}
	})
	p := withADoor(open(activitytest.Env(t, storetest.SQLite(t), policyOf(every), clock.At(noon), served{})))
	if _, body := p.get("customer-a", "/sync/new?kind=ews"); strings.Contains(body, "directory_url") || !strings.Contains(body, `name="mailboxes"`) {
		t.Errorf("a policy that lets no directory choose: %s", body)
	}
}
