package contact_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"kept/browser/bundle"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/contact"
	"kept/internal/store"
)

func TestManifestIsConsistent(t *testing.T) {
	m := contact.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// A person writes, staff answers and notes, the person answers by mail with a
// file.
func TestTheKindIsAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, contact.Kind{}, activitytest.Config{
		Policy: policyOf,
		Fields: allFields,
		Ends:   []activitytest.End{{Table: "contact_conversation", Months: 6}, {Table: "contact_message", Months: 6}, {Table: "contact_attachment", Months: 6}, {Table: "contact_note", Months: 6}},
		Use: func(h *activitytest.House, p activitytest.Planted) { // staff answers once more
			_ = correspondence(h).Answer(h.T.Context(), conversationOf(h, p.Subject), "Noch etwas", "staff", store.NewID())
		},
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			id := conversationOf(h, p.Subject)
			var file string
			check(h.T, h.DB.QueryRowContext(h.T.Context(), "select a.id from contact_attachment a join contact_message m on m.id = a.message where m.conversation = $1", id).Scan(&file))
			search := func(text string) *http.Request {
				r := httptest.NewRequest(http.MethodPost, "/contact", strings.NewReader(url.Values{"search": {text}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				return r
			}
			return []*http.Request{
				httptest.NewRequest(http.MethodGet, "/contact", nil),
				httptest.NewRequest(http.MethodGet, "/contact/"+id, nil),
				httptest.NewRequest(http.MethodGet, "/contact/"+id+"/files/"+file, nil),
				search(p.Values["last_name"]), search(p.Values["email"]),
			}
		},
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			p.text = strings.TrimSuffix(p.text, "?") // as the copy shows it
			follows := strings.Replace(p.text, "Stecker", "Adapter", 1)
			planted := activitytest.Planted{Values: map[string]string{"first_name": p.first, "last_name": p.last, "email": p.email, "phone": p.phone, "company": p.company,
				"subject": p.title, "message": p.text, "attachments": p.title + ".pdf", "correspondence": follows, "notes": "Vermerk " + p.company}}
			form := p.fill()
			if form == nil {
				return planted
			}
			if status, body := p.attached(form, map[string][]byte{p.title + ".pdf": []byte("%PDF-1.4 " + p.title)}); status != http.StatusOK {
				t.Fatalf("write: %d\n%s", status, body)
			}
			h.Work()
			planted.Subject = p.subject()
			all := p.conversations()
			if len(all) == 0 { // without an address nobody can tell whose it is
				return planted
			}
			desk(h, http.MethodPost, "/contact/"+all[0]+"/note", url.Values{"note": {planted.Values["notes"]}})
			desk(h, http.MethodPost, "/contact/"+all[0]+"/answer", url.Values{"answer": {"Ja: " + p.company}, "once": {store.NewID()}})
			if address := replyTo.FindStringSubmatch(string(p.latest().Raw)); strings.Contains(address[1], "+") {
				p.send(address[1], "Re: "+p.title, follows)
			}
			return planted
		},
	})
}

func TestTheScriptIsBuiltFromItsSource(t *testing.T) {
	made, err := bundle.Contact.Make("../../../browser")
	check(t, err)
	for name, content := range made {
		built, err := os.ReadFile("assets/" + name)
		check(t, err)
		if !bytes.Equal(built, content) {
			t.Errorf("assets/%s is not what browser/ says: run make generate", name)
		}
	}
}

// conversationOf is the only conversation of somebody.
func conversationOf(h *activitytest.House, subject string) (id string) {
	h.T.Helper()
	check(h.T, h.DB.QueryRowContext(h.T.Context(), "select id from contact_conversation where subject = $1", subject).Scan(&id))
	return id
}
