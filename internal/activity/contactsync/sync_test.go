package contactsync_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

var every = []string{
	"object_id", "directory_id", "name", "company", "department", "job_title", "emails", "phones", "address", "website", "birthday", "note", "photo",
	"service_account", "service_password", "mailboxes", "administrator", "log",
}

const head = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
`

func policyOf(fields []string) string {
	if len(fields) == 0 {
		return head + "activities: {}\n"
	}
	logs := ""
	if slices.Contains(fields, "log") {
		logs = "      - {from: collection, data: log, keep: 1 year, then: delete}\n"
	}
	return head + `activities:
  contact-sync:
    purpose: essential.service
    on_behalf_of: {en: the customer}
    data: [` + strings.Join(fields, ", ") + `]
    origin: {en: the customer's directory}
    settings: {sources: [graph], targets: [graph, ews], brake: 10%}
    retention:
` + logs + `      - {from: removed, keep: 0 days, then: delete}
      - {from: expiry, keep: 90 days, then: delete}
      - {from: request, keep: 0 days, then: delete}
`
}

// office is a house beside an organisation whose directory and mailboxes it may
// reach.
type office struct {
	*activitytest.House
	service *graphtest.Service
	tenant  *graphtest.Tenant
	address string
}

const password = "application-s3cret-9"

func open(h *activitytest.House) office {
	s := graphtest.New(h.Clock)
	server := httptest.NewServer(s)
	h.T.Cleanup(server.Close)
	tenant := s.Tenant("muster")
	tenant.Register("app", password)
	return office{h, s, tenant, server.URL}
}

func (o office) synchroniser() *contactsync.Synchroniser {
	return o.Running(contactsync.Name).(*contactsync.Synchroniser)
}

func (o office) setup() contactsync.Setup {
	return contactsync.Setup{
		Customer: "muster-gmbh", Name: "directory to phones",
		Connections: map[string]contactsync.Connection{"office": {
			Kind: "graph", Tenant: "muster", Client: "app", Service: o.address + "/v1.0", Login: o.address, Password: vault.NewSecret(password),
		}},
		Sources: map[string]contactsync.Source{"staff": {Connection: "office", What: "users", Photos: true}},
		Targets: map[string]contactsync.Target{"phones": {Connection: "office", Folder: "Muster GmbH", Department: "Sales"}},
	}
}

func (o office) set(s contactsync.Setup) string {
	o.T.Helper()
	id, err := o.synchroniser().Set(o.T.Context(), "", s)
	if err != nil {
		o.T.Fatal(err)
	}
	return id
}

func (o office) run(id string) contactsync.Result {
	o.T.Helper()
	r, err := o.synchroniser().Run(o.T.Context(), id, contactsync.Options{Fresh: true})
	if err != nil {
		o.T.Fatal(err)
	}
	if len(r.Problems) > 0 {
		o.T.Fatalf("problems: %+v", r.Problems)
	}
	return r
}

func (o office) hire(id, name, department string) {
	o.tenant.AddUser(id, map[string]any{
		"mail": id + "@muster.example", "userPrincipalName": id + "@muster.example", "displayName": name, "department": department, "mobilePhone": "+49 170 " + id, "accountEnabled": true,
	})
}

// portrait is a photo as a directory has it: large, and no JPEG.
func portrait(t testing.TB, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for x := range 800 {
		for y := range 600 {
			img.Set(x, y, color.RGBA{shade, uint8(x), uint8(y), 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// table returns a declared table.
func table(t *testing.T, name string) *manifest.Table {
	t.Helper()
	m := contactsync.Manifest()
	found, ok := m.Table(name)
	if !ok {
		t.Fatalf("there is no table %s", name)
	}
	return found
}

func each(t *testing.T, f func(t *testing.T, o office)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, open(activitytest.Env(t, place, policyOf(every), clock.At(noon), contactsync.Kind{})))
	})
}

// CS01, CS02, CS04: contacts of the directory, with their photos, stand in the
// mailboxes of those whom the customer chose, and follow the directory.
func TestPromise_CS01_ContactsFollowTheDirectory(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Sales")
		o.hire("cid", "Cid Cantor", "Legal")
		o.tenant.SetPhoto("ada", portrait(t, 10))
		own := o.tenant.Type("bob@muster.example", "Muster GmbH", "", map[string]any{"givenName": "Mother"})
		id := o.set(o.setup())
		plan, err := o.synchroniser().Plan(t.Context(), id, contactsync.Options{Fresh: true})
		if err != nil || plan.Count.Creates != 6 || plan.Count.Photos != 2 || plan.People != 3 || plan.Brake != nil {
			t.Fatalf("the plan is %+v, %v", plan, err)
		}
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 0 {
			t.Errorf("a plan wrote %d contacts", n)
		}
		if r := o.run(id); r.State != "done" || r.Count.Creates != 6 {
			t.Fatalf("the run is %+v", r)
		}
		for mailbox, want := range map[string]int{"ada@muster.example": 3, "bob@muster.example": 4, "cid@muster.example": 0} {
			if found := o.tenant.Contacts(mailbox); len(found) != want {
				t.Errorf("%s has %d contacts", mailbox, len(found))
			}
		}
		for _, c := range o.tenant.Contacts("ada@muster.example") {
			if c.Folder != "Muster GmbH" || c.Fields["displayName"] == "Ada Lovelace" != (len(c.Photo) > 0) {
				t.Errorf("%v in %s, photo of %d bytes", c.Fields["displayName"], c.Folder, len(c.Photo))
			}
			if len(c.Photo) > 100_000 {
				t.Errorf("the photo was not made small: %d bytes", len(c.Photo))
			}
		}

		o.service.Counts()
		o.run(id)
		for what, n := range o.service.Counts() {
			if strings.Contains(what, "contact") || strings.HasPrefix(what, "P") {
				t.Errorf("a run without changes called %s %d times", what, n)
			}
		}

		o.hire("ada", "Ada King", "Sales")
		o.tenant.RemoveUser("cid")
		if r := o.run(id); r.Count.Updates != 2 || r.Count.Deletes != 2 || r.Count.Creates != 0 {
			t.Errorf("after a change and a leaving: %+v", r.Count)
		}
		left := o.tenant.Contacts("bob@muster.example")
		if len(left) != 3 || left[0].ID != own {
			t.Errorf("bob's mailbox has %d contacts", len(left))
		}
		if rows := o.Rows(table(t, "sync_entry")); rows != 2 {
			t.Errorf("%d entries are kept of 2 people", rows)
		}

		r, err := o.synchroniser().Undo(t.Context(), id, contactsync.Options{})
		if err != nil || r.Count.Deletes != 4 {
			t.Errorf("taken back: %+v, %v", r, err)
		}
		if left = o.tenant.Contacts("bob@muster.example"); len(left) != 1 || left[0].ID != own {
			t.Errorf("after taking back bob's mailbox has %d contacts", len(left))
		}
		if ada, bob := o.tenant.Folders("ada@muster.example"), o.tenant.Folders("bob@muster.example"); len(ada) != 0 || len(bob) != 1 {
			t.Errorf("left are the folders %v, which we made, and %v, which bob did", ada, bob)
		}
		past, err := o.synchroniser().History(t.Context(), id, 10)
		if err != nil || len(past) != 4 || past[0].Mode == "" {
			t.Errorf("the history is %+v, %v", past, err)
		}
	})
}

// CS03: neither the password nor the address of a mailbox stands anywhere in clear.
func TestPromise_CS03_NothingOfTheServerIsInClear(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("planted-mailbox-77", "Ada Lovelace", "Sales")
		s := o.setup()
		s.Connections["exchange"] = contactsync.Connection{
			Kind: "ews", URL: "https://mail.muster.example/EWS/Exchange.asmx", Account: `MUSTER\svc-planted-55`, Administrator: "planted-admin-66@muster.example", Password: vault.NewSecret("planted-password-44"),
		}
		id := o.set(s)
		o.run(id)
		for _, planted := range []string{"planted-mailbox-77", "svc-planted-55", "planted-admin-66", "planted-password-44", password} {
			for _, hit := range activitytest.Texts(o.Everything(), planted) {
				t.Errorf("%s stands in %s", planted, hit)
			}
		}
		stored, err := o.synchroniser().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if c := stored.Setup.Connections["exchange"]; c.Password.Reveal() != "planted-password-44" || c.Account != `MUSTER\svc-planted-55` || c.Administrator != "planted-admin-66@muster.example" {
			t.Errorf("the connection comes back as %+v", c)
		}
		if c := stored.Setup.Connections["office"]; c.Password.Reveal() != password {
			t.Error("the application's secret does not come back")
		}
	})
}

// What a customer's synchronisation holds goes 90 days after the
// subscription expired, and at once on request.
func TestEverythingGoesNinetyDaysAfterExpiry(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		id := o.set(o.setup())
		o.run(id)
		other := o.setup()
		other.Customer = "another"
		o.run(o.set(other))
		held, err := o.synchroniser().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		err = o.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return o.synchroniser().Expire(ctx, tx, held.Customer, noon)
		})
		if err != nil {
			t.Fatal(err)
		}
		for days, want := range map[int]int64{89: 2, 91: 1} {
			o.Clock.Set(noon.AddDate(0, 0, days))
			if days == 91 {
				o.Sweep()
			}
			if n := o.Rows(table(t, "sync_setup")); days == 91 && n != want {
				t.Errorf("after %d days %d synchronisations are there", days, n)
			}
		}
		for _, name := range []string{"sync_entry", "sync_mailbox", "sync_item", "sync_source"} {
			if n := o.Rows(table(t, name)); n != 1 {
				t.Errorf("%s has %d rows; the other customer's one is to stay", name, n)
			}
		}
	})
}

func TestEverythingGoesOnRequest(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		id := o.set(o.setup())
		o.run(id)
		if err := o.synchroniser().Remove(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		o.Work()
		for _, name := range []string{"sync_setup", "sync_entry", "sync_mailbox", "sync_item", "sync_source", "sync_photo", "sync_run"} {
			if n := o.Rows(table(t, name)); n != 0 {
				t.Errorf("%s still has %d rows", name, n)
			}
		}
	})
}

// Two customers with the same local ids see and touch nothing of each other.
func TestCustomersAreApart(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		first := o.set(o.setup())
		s := o.setup()
		s.Customer = "another"
		second := o.set(s)
		o.run(first)
		o.run(second)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Fatalf("%d contacts", n)
		}
		if _, err := o.synchroniser().Undo(t.Context(), first, contactsync.Options{}); err != nil {
			t.Fatal(err)
		}
		left := o.tenant.Contacts("ada@muster.example")
		if m, ok := roster.ParseMark(left[0].Mark()); len(left) != 1 || !ok || m.Owner != second {
			t.Errorf("left is %+v", left)
		}
	})
}

func TestSetUpIsCheckedAgainstThePolicy(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for _, spoil := range []func(*contactsync.Setup){
			func(s *contactsync.Setup) { s.Customer = "" },
			func(s *contactsync.Setup) { s.Sources = nil },
			func(s *contactsync.Setup) { s.Every = "1s" },
			func(s *contactsync.Setup) { s.Fields = roster.Rules{"shoe": roster.Keep} },
			func(s *contactsync.Setup) { s.Sources["x"] = contactsync.Source{File: "partners.csv"} },
			func(s *contactsync.Setup) { s.Sources["x"] = contactsync.Source{Connection: "nowhere"} },
			func(s *contactsync.Setup) { s.Targets["x"] = contactsync.Target{Connection: "office"} },
			func(s *contactsync.Setup) { s.Connections["x"] = contactsync.Connection{Kind: "graph"} },
			func(s *contactsync.Setup) { s.Connections["x"] = contactsync.Connection{Kind: "fax"} },
		} {
			s := o.setup()
			spoil(&s)
			if _, err := o.synchroniser().Set(t.Context(), "", s); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Refused) {
				t.Errorf("%+v: %v", s, err)
			}
		}
	})
}

func TestConformance(t *testing.T) {
	var offices = map[*activitytest.House]office{}
	activitytest.Run(t, contactsync.Kind{}, activitytest.Config{
		Policy: policyOf,
		Fields: []string{"object_id", "name", "department", "phones", "emails", "mailboxes", "photo", "log"},
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			o, known := offices[h]
			if !known {
				o = open(h)
				offices[h] = o
			}
			word := "planted" + strings.Repeat("x", n+1)
			o.tenant.AddUser(word+"-id", map[string]any{"mail": word + "@muster.example", "displayName": word + " name", "department": word + "dept", "mobilePhone": "+4917" + strings.Repeat("7", n+5)})
			o.tenant.SetPhoto(word+"-id", portrait(h.T, uint8(n)))
			s := o.setup()
			s.Customer = word
			s.Sources["staff"] = contactsync.Source{Connection: "office", What: "users", Photos: true, Filter: roster.Filter{Departments: []string{word + "dept"}}}
			s.Targets["phones"] = contactsync.Target{Connection: "office", Mailboxes: []string{word + "@muster.example"}}
			id, err := o.synchroniser().Set(h.T.Context(), "", s)
			if err != nil {
				return activitytest.Planted{}
			}
			if _, err := o.synchroniser().Run(h.T.Context(), id, contactsync.Options{Fresh: true, Confirmed: true}); err != nil {
				h.T.Fatal(err)
			}
			who, err := h.Subjects.Find(h.T.Context(), h.DB, subject.Customer, word)
			if err != nil {
				h.T.Fatal(err)
			}
			return activitytest.Planted{Subject: who, Values: map[string]string{
				"object_id": word + "-id", "name": word + " name", "department": word + "dept", "emails": word + "@muster.example", "mailboxes": word + "@muster.example",
			}}
		},
	})
}
