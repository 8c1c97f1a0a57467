package contactsync_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
)

// What goes wrong is said in the reader's language with what to do, once for all
// mailboxes that it concerns, with the contact by its name and with what the system said;
// the history itself names no contact.
func TestProblemsSayWhatToDo(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Sales")
		o.hire("cid", "Cid Cantor", "Sales")
		id := o.set(o.setup())
		o.tenant.Restrict("app", "ada@muster.example")
		o.service.Spoil(func(body string) string {
			if strings.Contains(body, "Cid Cantor") {
				return "The phone number has 200 characters."
			}
			return ""
		})
		r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		if err != nil || len(r.Problems) != 3 {
			t.Fatalf("%+v, %v", r, err)
		}
		kept, err := json.Marshal(r.Problems)
		if err != nil || strings.Contains(string(kept), "Cantor") {
			t.Errorf("the history names a contact: %s, %v", kept, err)
		}
		for lang, wants := range map[string][]string{
			"en": {"Access was refused. See whether", "bob@muster.example", "cid@muster.example", "A contact was not taken. Correct in the source", "ada@muster.example: Cid Cantor", "The system says: write a contact: Microsoft Graph refused (400)", "200 characters"},
			"de": {"Der Zugriff wurde verweigert. Prüfen Sie", "Ein Kontakt wurde nicht angenommen. Berichtigen Sie in der Quelle", "Das System meldet: read the folders of a mailbox: Microsoft Graph refused (403)"},
		} {
			remedies, err := o.synchroniser().Remedies(t.Context(), o.get(id), r.Problems, lang)
			var said strings.Builder
			if err != nil || len(remedies) != 2 || contactsync.WriteRemedies(&said, remedies) != nil {
				t.Fatalf("%+v, %v", remedies, err)
			}
			for _, want := range wants {
				if !strings.Contains(said.String(), want) {
					t.Errorf("in %s it does not say %q:\n%s", lang, want, said.String())
				}
			}
		}

		o.tenant.Register("app", "another")
		o.Clock.Advance(time.Minute)
		_, err = o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		past, failed := o.synchroniser().History(t.Context(), id, 1)
		if err == nil || failed != nil || len(past[0].Problems) != 1 || past[0].Problems[0].Kind != "sign-in" || past[0].Problems[0].Source != "staff" {
			t.Errorf("an application that is not let in: %v, %+v, %v", err, past, failed)
		}
	})
}
