package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/activity/contactsync"
	"kept/internal/duty/register"
)

// The processor's record says for how many customers it acts, and who they are to whoever
// may see that, which is noted; a customer for whom nothing is done is none of them
// (Art. 30(2) GDPR).
func TestTheProcessorsRecordHasItsCustomers(t *testing.T) {
	on(t, []string{"contactsync"}, func(t *testing.T, h *house) {
		h.registered("nobody@leer.example", "a short sentence is fine")
		_, s := directory(h)
		_, err := h.synchroniser().Set(t.Context(), "", s)
		fatal(t, err)
		_, err = h.synchroniser().Run(t.Context(), h.synced(), contactsync.Options{Fresh: true})
		fatal(t, err)

		owner, officer := h.owner(), h.staffed(access.Officer)
		for role, b := range map[string]*browser{"owner": owner, "officer": officer} {
			page := b.get(h.ConsoleURL() + "/record?lang=en")
			if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "is done for one customer now") || strings.Contains(page.body, "muster-gmbh") {
				t.Errorf("the page of the %s: %s\n%s", role, page.Status, page.body)
			}
		}
		var got register.Record
		fatal(t, json.Unmarshal([]byte(owner.get(h.ConsoleURL()+"/record/json?lang=en").body), &got))
		if c := got.Customers; c == nil || c.Count != 1 || len(c.Named) != 1 || c.Named[0].Name != "muster-gmbh" || len(c.Named[0].Activities) != 1 || c.Named[0].Activities[0].Key != "contact-sync" {
			t.Errorf("the owner's file: %+v", c)
		}
		if n := h.count("select (select count(*) from ledger_leaf where entry like '%customer.listed%') + (select count(*) from ledger_pending where entry like '%customer.listed%')"); n != 1 {
			t.Errorf("%d times it is noted that customers were listed", n)
		}
		for _, format := range register.Formats() {
			of := func(b *browser) bool {
				return strings.Contains(b.get(h.ConsoleURL()+"/record/"+format).body, "muster-gmbh")
			}
			if named := of(owner); named != register.NamesCustomers(format) && format != register.XLSX {
				t.Errorf("%s for the owner names the customer: %t", format, named)
			}
			if of(officer) {
				t.Errorf("%s names the customer to the officer", format)
			}
		}
	})
}

// synced is the id of the one synchronisation.
func (h *house) synced() (id string) {
	h.t.Helper()
	fatal(h.t, h.DB.QueryRowContext(h.t.Context(), "select id from sync_setup").Scan(&id))
	return id
}
