package app

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// synchroniser is the synchronisation of contacts at work.
func (h *house) synchroniser() *contactsync.Synchroniser {
	h.t.Helper()
	for _, r := range h.running {
		if y, ok := r.(*contactsync.Synchroniser); ok {
			return y
		}
	}
	h.t.Fatal("nothing synchronises contacts")
	return nil
}

// directory is an organisation with one user, who has a photo and is in a group.
func directory(h *house) (*graphtest.Tenant, contactsync.Setup) {
	h.t.Helper()
	s := graphtest.New(h.clock)
	server := httptest.NewServer(s)
	h.t.Cleanup(server.Close)
	tenant := s.Tenant("muster")
	tenant.Register("app", "secret")
	tenant.AddUser("planted-object-1", map[string]any{
		"mail": "ada@muster.example", "displayName": "Ada Lovelace", "givenName": "Ada", "surname": "Lovelace", "department": "Sales", "jobTitle": "Analyst",
		"companyName": "Muster GmbH", "mobilePhone": "+49 170 1", "accountEnabled": true, "employeeId": "planted-employee", "preferredLanguage": "planted-language",
	})
	tenant.SetGroup("planted-group-1", "Phones", "planted-object-1")
	var photo bytes.Buffer
	fatal(h.t, png.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 64, 64))))
	tenant.SetPhoto("planted-object-1", photo.Bytes())
	return tenant, contactsync.Setup{
		Customer: "muster-gmbh", Name: "phones", AtEnd: "remove",
		Connections: map[string]contactsync.Connection{"office": {Kind: "graph", Tenant: "muster", Client: "app", Service: server.URL + "/v1.0", Login: server.URL, Password: vault.NewSecret("secret")}},
		Sources:     map[string]contactsync.Source{"staff": {Connection: "office", What: "users", Photos: true, Filter: roster.Filter{Groups: []string{"planted-group-1"}}}},
		Targets:     map[string]contactsync.Target{"phones": {Connection: "office", Groups: []string{"planted-group-1"}, Folder: "Muster GmbH"}},
	}
}

// copyOf is what the customer gets as a copy of what is held.
func (h *house) copyOf(customer string) string {
	h.t.Helper()
	who, err := h.Subjects.Find(h.t.Context(), h.DB, subject.Customer, customer)
	fatal(h.t, err)
	c, err := h.Rights.Access(h.t.Context(), who)
	fatal(h.t, err)
	var text bytes.Buffer
	fatal(h.t, c.JSON(&text))
	return text.String()
}

// CS02, CS04: under the policy of the example a run reads the ids of users and
// groups, the contact data that belongs to them and the photo, and nothing else; a
// field that the policy stops listing is not there any more.
func TestPromise_CS02_CS04_ARunReadsWhatIsDeclared(t *testing.T) {
	h := solo(t, under("contactsync"))
	tenant, s := directory(h)
	id, err := h.synchroniser().Set(t.Context(), "", s)
	fatal(t, err)
	_, err = h.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
	fatal(t, err)
	written := tenant.Contacts("ada@muster.example")
	if len(written) != 1 || written[0].Fields["displayName"] != "Ada Lovelace" || len(written[0].Photo) == 0 {
		t.Fatalf("in the mailbox stands %+v", written)
	}
	held := h.copyOf("muster-gmbh")
	for _, word := range []string{"planted-object-1", "planted-group-1", "Ada Lovelace", "Sales", "Analyst", "Muster GmbH", "+49 170 1", "ada@muster.example"} {
		if !strings.Contains(held, word) {
			t.Errorf("the customer's copy does not hold %s", word)
		}
	}
	for _, word := range []string{"planted-employee", "planted-language"} {
		if strings.Contains(held, word) {
			t.Errorf("%s was read and kept", word)
		}
		if places := h.traces(word); len(places) > 0 {
			t.Errorf("%s stands in %v", word, places)
		}
	}

	less := solo(t, under("contactsync"), with("    data: [directory, contact, server, log]", "    data: [directory, name, emails, server, log]", "      microsoft: [directory, contact]", "      microsoft: [directory, name, emails]"))
	tenant, s = directory(less)
	id, err = less.synchroniser().Set(t.Context(), "", s)
	fatal(t, err)
	_, err = less.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
	fatal(t, err)
	written = tenant.Contacts("ada@muster.example")
	if len(written) != 1 || written[0].Fields["mobilePhone"] != nil || written[0].Fields["jobTitle"] != nil || len(written[0].Photo) != 0 {
		t.Errorf("what is not declared was written: %+v", written)
	}
	if held := less.copyOf("muster-gmbh"); strings.Contains(held, "Analyst") || strings.Contains(held, "+49 170 1") {
		t.Error("what is not declared was kept")
	}
}

// CS08, CS09: under the policy of the example what is held of the synchronisation,
// and what stands in mailboxes if the customer chose so, goes 90 days after the
// expiry, and at any time on request.
func TestPromise_CS08_CS09_TheSynchronisationGoes(t *testing.T) {
	for _, request := range []bool{true, false} {
		h := solo(t, under("contactsync"))
		tenant, s := directory(h)
		id, err := h.synchroniser().Set(t.Context(), "", s)
		fatal(t, err)
		_, err = h.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		fatal(t, err)
		held, err := h.synchroniser().Get(t.Context(), id)
		fatal(t, err)
		pass := func(d time.Duration) {
			h.clock.Advance(d)
			h.settle()
			h.synchroniser().Wait()
			h.settle()
		}
		pass(0)
		fatal(t, h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if request {
				return h.synchroniser().Forget(ctx, tx, held.Customer)
			}
			return h.synchroniser().Expire(ctx, tx, held.Customer, h.clock.Now())
		}))
		if request {
			pass(2 * time.Minute)
		} else {
			for range 92 { // a clock that jumps has retention wait for a person
				pass(23 * time.Hour)
			}
			if h.count("select count(*) from sync_entry") == 0 {
				t.Error("it went before its time")
			}
			for range 3 {
				pass(23 * time.Hour)
			}
		}
		for _, table := range []string{"sync_setup", "sync_entry", "sync_photo", "sync_mailbox", "sync_item"} {
			if n := h.count("select count(*) from " + table); n != 0 {
				t.Errorf("on request %v: %s has %d rows", request, table, n)
			}
		}
		if n := len(tenant.Contacts("ada@muster.example")); n != 0 {
			t.Errorf("on request %v: %d contacts are in the mailbox", request, n)
		}
	}
}
