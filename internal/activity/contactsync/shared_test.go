package contactsync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

const shared = "partners@muster.example"

// inDrawer is an office whose contacts lie in a folder of a shared mailbox.
func inDrawer(t *testing.T, f func(t *testing.T, o office, s contactsync.Setup)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := strings.Replace(policyOf(every), "sources: [graph]", "sources: [graph, mailbox]", 1)
		o := open(activitytest.Env(t, place, text, clock.At(noon), contactsync.Kind{}))
		o.hire("ada", "Ada Lovelace", "Sales")
		o.tenant.AddUser("partners", map[string]any{"mail": shared, "displayName": "Partners", "accountEnabled": false})
		s := o.setup()
		s.Sources = map[string]contactsync.Source{"partners": {Connection: "office", Mailbox: shared, Folder: "Suppliers", Photos: true}}
		f(t, o, s)
	})
}

func (o office) supplier(name, email, category string) string {
	fields := map[string]any{"displayName": name, "emailAddresses": []any{map[string]any{"address": email}}}
	if category != "" {
		fields["categories"] = []any{category}
	}
	return o.tenant.Type(shared, "Suppliers", "", fields)
}

func (o office) names(mailbox string) (names []string) {
	for _, c := range o.tenant.Contacts(mailbox) {
		names = append(names, c.Fields["displayName"].(string))
	}
	slices.Sort(names)
	return names
}

// The contacts of a folder in a shared mailbox appear in people's mailboxes and follow
// the folder: what changed is told by one call, and what nobody can tell any more is
// read anew.
func TestContactsComeFromASharedMailbox(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		const box = "ada@muster.example"
		first := o.supplier("Carl Gauss", "carl@gauss.example", "")
		second := o.supplier("Emmy Noether", "emmy@noether.example", "")
		o.tenant.Type(shared, "Contacts", "", map[string]any{"displayName": "Private"})
		o.tenant.Picture(shared, first, portrait(t, 3))
		id := o.set(s)
		o.run(id)
		if names := o.names(box); strings.Join(names, ",") != "Carl Gauss,Emmy Noether" {
			t.Fatalf("in the mailbox: %v", names)
		}
		for _, c := range o.tenant.Contacts(box) {
			if c.Fields["displayName"] == "Carl Gauss" != (len(c.Photo) > 0) {
				t.Errorf("%v has a photo of %d bytes", c.Fields["displayName"], len(c.Photo))
			}
		}
		o.service.Counts()
		o.run(id)
		if counts := o.service.Counts(); counts["GET contacts delta"] != 1 || counts["GET contacts"]+counts["GET contactFolders"]+counts["POST contacts"]+counts["PATCH contact"] != 0 {
			t.Errorf("a run without changes made the calls %v", counts)
		}
		o.tenant.Type(shared, "Suppliers", first, map[string]any{"displayName": "Carl F. Gauss"})
		o.tenant.Discard(shared, second)
		o.supplier("David Hilbert", "david@hilbert.example", "")
		if r := o.run(id); r.Count.Creates != 1 || r.Count.Updates != 1 || r.Count.Deletes != 1 {
			t.Errorf("after changes: %+v", r.Count)
		}
		o.tenant.ForgetMailboxChanges(shared)
		o.tenant.Discard(shared, first)
		if r := o.run(id); r.Count.Deletes != 1 || strings.Join(o.names(box), ",") != "David Hilbert" {
			t.Errorf("after what changed was forgotten: %+v, %v", r.Count, o.names(box))
		}
		for _, hit := range activitytest.Texts(o.Everything(), shared, "partners%40", "Suppliers") {
			t.Errorf("in clear in %s", hit)
		}
	})
}

// A folder that is not there is no empty one: nobody goes, and who reads it learns which
// folders there are.
func TestAFolderThatIsGoneTakesNobodyAlong(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		o.supplier("Carl Gauss", "carl@gauss.example", "")
		o.tenant.Type(shared, "Customers", "", map[string]any{"displayName": "Other"})
		id := o.set(s)
		o.run(id)
		o.tenant.RemoveFolder(shared, "Suppliers")
		_, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Customers") {
			t.Errorf("%v", err)
		}
		if names := o.names("ada@muster.example"); len(names) != 1 {
			t.Errorf("in the mailbox: %v", names)
		}
	})
}

// A folder inside others is named by its path; those that there are, by theirs.
func TestContactsComeFromAFolderInsideOthers(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		o.supplier("Carl Gauss", "carl@gauss.example", "")
		deep := o.tenant.Type(shared, "Partners/North/Suppliers", "", map[string]any{"displayName": "Emmy Noether"})
		from := s.Sources["partners"]
		from.Folder = "/partners/NORTH/Suppliers"
		s.Sources["partners"] = from
		id := o.set(s)
		o.service.Counts()
		o.run(id)
		if counts := o.service.Counts(); strings.Join(o.names("ada@muster.example"), ",") != "Emmy Noether" || counts["GET childFolders"] != 2 {
			t.Fatalf("%v by %v", o.names("ada@muster.example"), counts)
		}
		o.tenant.Type(shared, "", deep, map[string]any{"displayName": "E. Noether"})
		if r := o.run(id); r.Count.Updates != 1 || len(o.names("ada@muster.example")) != 1 {
			t.Errorf("after a change: %+v", r.Count)
		}
		from.Folder = "North/Suppliers"
		s.Sources["partners"] = from
		o.set(s)
		_, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `"Suppliers", "Partners", "Partners/North", "Partners/North/Suppliers"`) {
			t.Errorf("%v", err)
		}
		if names := o.names("ada@muster.example"); len(names) != 1 {
			t.Errorf("in the mailbox: %v", names)
		}
	})
}

// What was written by a synchronisation is no contact of the shared mailbox: it would
// come round and round. Categories are the groups of a filter.
func TestWhatWasWrittenThereIsNoSource(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		o.supplier("Carl Gauss", "carl@gauss.example", "Red")
		o.supplier("Emmy Noether", "emmy@noether.example", "Blue")
		from := s.Sources["partners"]
		from.Filter = roster.Filter{Groups: []string{"Red"}}
		s.Sources["partners"] = from
		s.Sources["staff"] = contactsync.Source{Connection: "office", What: "users"}
		s.Targets = map[string]contactsync.Target{"back": {Connection: "office", Folder: "Suppliers", Mailboxes: []string{shared}}}
		id := o.set(s)
		for range 3 {
			o.run(id)
			o.Clock.Set(o.Clock.Now().Add(time.Hour))
			o.hire("ada", "Ada King "+o.Clock.Now().String(), "Sales") // so that something of ours changes there
		}
		if n := len(o.tenant.Contacts(shared)); n != 4 {
			t.Errorf("%d contacts, %v", n, o.names(shared))
		}
		o.tenant.ForgetMailboxChanges(shared)
		o.run(id)
		if n := len(o.tenant.Contacts(shared)); n != 4 {
			t.Errorf("read anew: %d contacts, %v", n, o.names(shared))
		}
	})
}

// The script lets the application read the shared mailbox and no other beside those it
// writes to; a trial says whether it can, and does not call it too much that it can.
func TestASharedMailboxIsAllowedAndTried(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		o.supplier("Carl Gauss", "carl@gauss.example", "")
		s.Targets["phones"] = contactsync.Target{Connection: "office", Mailboxes: []string{"ada@muster.example"}}
		script, err := s.Script("en")
		for _, want := range []string{
			"$filter = @('PrimarySmtpAddress -eq ''partners@muster.example''') -join ' -or '\n",
			"-Role 'Application Contacts.Read' -CustomResourceScope 'Kept directory to phones, sources'\n",
			"$filter = @('PrimarySmtpAddress -eq ''ada@muster.example''') -join ' -or '\n",
			"-Role 'Application Contacts.ReadWrite' -CustomResourceScope 'Kept directory to phones'\n",
		} {
			if err != nil || !strings.Contains(script, want) {
				t.Errorf("the script has no %s\n%s, %v", want, script, err)
			}
		}
		if strings.Contains(script, "User.Read.All") || strings.Count(script, "New-ServicePrincipal ") != 1 {
			t.Errorf("the script allows what is not needed\n%s", script)
		}
		id := o.set(s)
		try := func(want string) { t.Helper(); o.probes(t, id, want) }
		try("sign-in fine office 0/0, shared fine partners 0/0, mailboxes fine phones 0/1")
		o.tenant.Restrict("app", "ada@muster.example")
		try("sign-in fine office 0/0, shared wrong partners 0/0, mailboxes fine phones 0/1")
		o.tenant.Restrict("app", "ada@muster.example", shared)
		o.hire("bob", "Bob Boole", "Legal")
		try("sign-in fine office 0/0, shared fine partners 0/0, mailboxes fine phones 0/1, beyond fine phones 0/1")
	})
}

// The policy says whether mailboxes may be read, and a set-up what is read in them.
func TestASharedMailboxIsChecked(t *testing.T) {
	inDrawer(t, func(t *testing.T, o office, s contactsync.Setup) {
		for what, spoil := range map[string]func(*contactsync.Source){
			"no address":        func(f *contactsync.Source) { f.Mailbox = "partners" },
			"a list beside it":  func(f *contactsync.Source) { f.What = "users" },
			"a folder alone":    func(f *contactsync.Source) { f.Mailbox = "" },
			"a list that is no": func(f *contactsync.Source) { f.Mailbox, f.Folder, f.What = "", "", "user" },
		} {
			from := s.Sources["partners"]
			spoil(&from)
			x := s
			x.Sources = map[string]contactsync.Source{"partners": from}
			if err := o.synchroniser().Fits("", x); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	o := open(activitytest.Env(t, storetest.SQLite(t), policyOf(every), clock.At(noon), contactsync.Kind{}))
	s := o.setup()
	s.Sources["partners"] = contactsync.Source{Connection: "office", Mailbox: shared}
	if err := o.synchroniser().Fits("", s); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "mailbox") {
		t.Errorf("a policy that names no mailboxes: %v", err)
	}
}
