package contactsync_test

import (
	"net/http/httptest"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/ews/ewstest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// cellar is an office whose people have their mailboxes on a server of their own.
type cellar struct {
	office
	exchange *ewstest.Server
	setup    contactsync.Setup
}

const (
	serviceAccount  = `MUSTER\svc-planted-55`
	servicePassword = "planted-password-44"
	adaMail         = "planted-ada-77@muster.example"
	bobMail         = "bob@muster.example"
)

func inCellar(t *testing.T, f func(t *testing.T, c cellar)) {
	inCellarWith(t, func(policy string) string { return policy }, f)
}

func inCellarWith(t *testing.T, policy func(string) string, f func(t *testing.T, c cellar)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policy(policyOf(every)), clock.At(noon), contactsync.Kind{})
		c := cellar{office: open(h), exchange: ewstest.New(h.Clock)}
		c.exchange.Account(serviceAccount, servicePassword)
		c.exchange.Mailbox(adaMail)
		c.exchange.Mailbox(bobMail)
		server := httptest.NewServer(c.exchange)
		t.Cleanup(server.Close)
		c.setup = c.office.setup()
		c.setup.Connections["cellar"] = contactsync.Connection{Kind: "ews", URL: server.URL + "/EWS/Exchange.asmx", Account: serviceAccount, Password: vault.NewSecret(servicePassword)}
		c.setup.Targets = map[string]contactsync.Target{"phones": {Connection: "cellar", Folder: "Muster GmbH", Mailboxes: []string{adaMail, bobMail}}}
		f(t, c)
	})
}

// CS01, CS02, CS04: contacts of the directory stand in mailboxes on an Exchange
// server and follow it; what the owner typed stays.
func TestPromise_CS01_ContactsFollowTheDirectoryOnPremises(t *testing.T) {
	inCellar(t, func(t *testing.T, c cellar) {
		for id, name := range map[string]string{"ada": "Ada Lovelace", "bob": "Bob Boole", "cid": "Cid Cantor"} {
			c.hire(id, name, "Sales")
		}
		c.tenant.SetPhoto("ada", portrait(t, 10))
		own := c.exchange.Type(bobMail, "Muster GmbH", "", map[string]string{"contacts:GivenName": "Mother"})
		id := c.set(c.setup)
		plan, err := c.synchroniser().Plan(t.Context(), id, contactsync.Options{Fresh: true})
		if err != nil || plan.Count.Creates != 6 || plan.Count.Photos != 2 || plan.Brake != nil || len(c.exchange.Counts()) != 0 {
			t.Fatalf("the plan is %+v, %v", plan, err)
		}
		if r := c.run(id); r.State != "done" || r.Count.Creates != 6 {
			t.Fatalf("the run is %+v", r)
		}
		for mailbox, want := range map[string]int{adaMail: 3, bobMail: 4} {
			found := c.exchange.Contacts(mailbox)
			if len(found) != want {
				t.Errorf("%s has %d contacts", mailbox, len(found))
			}
			for _, x := range found {
				if x.ID != own && (x.Folder != "Muster GmbH" || x.Fields["contacts:DisplayName"] == "Ada Lovelace" != (len(x.Photos) == 1)) {
					t.Errorf("%v in %s with %d photos", x.Fields, x.Folder, len(x.Photos))
				}
			}
		}
		c.exchange.Counts()
		if c.run(id); len(c.exchange.Counts()) != 0 {
			t.Error("a run without changes called the server")
		}

		c.hire("ada", "Ada King", "Sales")
		c.tenant.RemoveUser("cid")
		if r := c.run(id); r.Count.Updates != 2 || r.Count.Deletes != 2 || r.Count.Creates != 0 {
			t.Errorf("after a change and a leaving: %+v", r.Count)
		}
		if left := c.exchange.Contacts(bobMail); len(left) != 3 || left[0].ID != own {
			t.Errorf("bob's mailbox has %d contacts", len(left))
		}

		c.exchange.RemoveFolder(adaMail, "Muster GmbH") // its owner had enough of it; a change brings back what changed
		c.hire("ada", "Ada Byron", "Sales")
		if r := c.run(id); r.State != "done" || len(c.exchange.Contacts(adaMail)) != 1 {
			t.Errorf("after the folder was removed: %+v, %d contacts", r, len(c.exchange.Contacts(adaMail)))
		}

		r, err := c.synchroniser().Undo(t.Context(), id, contactsync.Options{})
		if err != nil || r.Count.Deletes != 3 {
			t.Errorf("taken back: %+v, %v", r, err)
		}
		if left := c.exchange.Contacts(bobMail); len(left) != 1 || left[0].ID != own || len(c.exchange.Contacts(adaMail)) != 0 {
			t.Errorf("after taking back bob's mailbox has %d contacts", len(left))
		}
		if ada, bob := c.exchange.Folders(adaMail), c.exchange.Folders(bobMail); len(ada) != 0 || len(bob) != 1 {
			t.Errorf("left are the folders %v, which we made, and %v, which bob did", ada, bob)
		}
	})
}

// CS03: neither the service account nor its password nor the address of a mailbox
// stands anywhere in clear, and an error does not tell them either.
func TestPromise_CS03_NothingOfTheServiceAccountIsInClear(t *testing.T) {
	inCellar(t, func(t *testing.T, c cellar) {
		c.hire("ada", "Ada Lovelace", "Sales")
		id := c.set(c.setup)
		c.run(id)
		c.exchange.Restrict(serviceAccount, bobMail)
		c.hire("ada", "Ada King", "Sales")
		r, err := c.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		if err != nil || r.State != "partly" || len(r.Problems) != 1 || r.Problems[0].Address != adaMail {
			t.Fatalf("a mailbox that may not be reached: %+v, %v", r, err)
		}
		for _, planted := range []string{"planted-ada-77", "svc-planted-55", servicePassword} {
			for _, hit := range activitytest.Texts(c.Everything(), planted) {
				t.Errorf("%s stands in %s", planted, hit)
			}
		}
		stored, err := c.synchroniser().Get(t.Context(), id)
		if is := stored.Setup.Connections["cellar"]; err != nil || is.Account != serviceAccount || is.Password.Reveal() != servicePassword {
			t.Errorf("the connection comes back as %+v, %v", is, err)
		}
	})
}

func TestAConnectionToAServerIsChecked(t *testing.T) {
	inCellar(t, func(t *testing.T, c cellar) {
		for _, spoil := range []func(*contactsync.Connection){
			func(x *contactsync.Connection) { x.URL = "http://mail.muster.example/EWS/Exchange.asmx" },
			func(x *contactsync.Connection) { x.URL = "" },
			func(x *contactsync.Connection) { x.Account = "" },
		} {
			s := c.office.setup()
			x := c.setup.Connections["cellar"]
			spoil(&x)
			s.Connections["cellar"] = x
			if _, err := c.synchroniser().Set(t.Context(), "", s); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Refused) {
				t.Errorf("%q: %v", x.URL, err)
			}
		}
		s := c.setup
		s.Targets = map[string]contactsync.Target{"x": {Connection: "cellar", Department: "Sales"}}
		if _, err := c.synchroniser().Set(t.Context(), "", s); !fault.Is(err, fault.Invalid) {
			t.Errorf("a department of a server: %v", err)
		}
		s = c.setup
		s.Fields = roster.Rules{"note": roster.Overwrite}
		if _, err := c.synchroniser().Set(t.Context(), "", s); err != nil {
			t.Error(err)
		}
	})
}
