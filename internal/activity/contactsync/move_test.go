package contactsync_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/fault"
)

// folders counts the contacts of a mailbox by folder.
func (o office) folders(mailbox string) map[string]int {
	all := map[string]int{}
	for _, c := range o.tenant.Contacts(mailbox) {
		all[c.Folder]++
	}
	return all
}

// A target gets another folder and the usual one: its contacts go there, each stands once,
// what is not ours stays where it is, and a folder of ours is gone.
func TestContactsMoveIntoAnotherFolder(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		const ada = "ada@muster.example"
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Sales")
		for i := range 12 {
			o.hire(string(rune('c'+i)), "Nr "+string(rune('c'+i)), "")
		}
		own := o.tenant.Type(ada, "Contacts", "", map[string]any{"displayName": "Mother"})
		s := o.setup()
		id := o.set(s)
		o.run(id)
		for _, folder := range []string{"", "Muster GmbH", "Other", ""} {
			target := s.Targets["phones"]
			target.Folder = folder
			s.Targets = map[string]contactsync.Target{"phones": target}
			o.set(s)
			if p, err := o.synchroniser().Plan(t.Context(), id, contactsync.Options{}); err != nil || p.Brake != nil || p.Count.Creates != 28 || p.Count.Deletes != 28 {
				t.Errorf("the plan for %q: %+v, %v", folder, p.Count, err)
			}
			o.verify(id, false)
			o.Clock.Advance(time.Minute)
			o.run(id)
			want, in := map[string]int{"Contacts": 1, folder: 14}, o.folders(ada)
			if folder == "" {
				want = map[string]int{"Contacts": 15}
			}
			for name, n := range want {
				if in[name] != n || len(in) != len(want) {
					t.Errorf("in the folders for %q: %v", folder, in)
				}
			}
			if names := o.tenant.Folders(ada); len(names) > 1 || len(names) == 1 && names[0] != folder {
				t.Errorf("folders: %v", names)
			}
			if r := o.run(id); r.Count.Creates+r.Count.Updates+r.Count.Deletes != 0 {
				t.Errorf("nothing changed, and %+v", r.Count)
			}
		}
		if _, err := o.synchroniser().Undo(t.Context(), id, contactsync.Options{}); err != nil {
			t.Fatal(err)
		}
		if left := o.tenant.Contacts(ada); len(left) != 1 || left[0].ID != own {
			t.Errorf("left are %v", left)
		}
	})
}

// A target whose contacts stand in mailboxes does not vanish from a set-up, and does not
// lead to another system: nobody could take them back.
func TestATargetWithContactsStays(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		s := o.setup()
		id := o.set(s)
		o.run(id)
		target := s.Targets["phones"]
		other := target
		other.Connection = "second"
		s.Connections["second"] = s.Connections["office"]
		for _, targets := range []map[string]contactsync.Target{{"renamed": target}, {"phones": other}} {
			s.Targets = targets
			if _, err := o.synchroniser().Set(t.Context(), "", s); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "kept sync undo "+id) {
				t.Errorf("%v: %v", targets, err)
			}
		}
		if _, err := o.synchroniser().Undo(t.Context(), id, contactsync.Options{}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.synchroniser().Set(t.Context(), "", s); err != nil {
			t.Error(err)
		}
	})
}

// At the portal a target is changed: who is chosen, and the folder.
func TestATargetIsChangedAtThePortal(t *testing.T) {
	inTheCloud(t, func(t *testing.T, p portal) {
		const who = "customer-a"
		p.Work()
		p.hire("ada", "Ada Lovelace", "Sales")
		p.hire("bob", "Bob Boole", "Legal")
		_, at := p.send(who, "/sync/new", map[string]string{"kind": "graph", "name": "x", "tenant": "muster", "client": "app", "secret": password, "department": "Sales", "folder": "Muster GmbH"}, "", "")
		id := strings.TrimPrefix(at, "/sync/")
		p.run(id)
		if _, body := p.get(who, at+"/targets"); !strings.Contains(body, "change=1") {
			t.Errorf("the targets: %s", body)
		}
		if _, body := p.get(who, at+"/targets?change=1"); !strings.Contains(body, `name="key" value="1"`) || !strings.Contains(body, `value="Muster GmbH"`) || !strings.Contains(body, `value="Sales"`) {
			t.Errorf("the form: %s", body)
		}
		if status, _ := p.get(who, at+"/targets?change=2"); status != http.StatusNotFound {
			t.Errorf("a target that is not there: %d", status)
		}
		if status, body := p.post(who, at+"/targets", url.Values{"key": {"1"}, "folder": {"x"}}); status != 400 || !strings.Contains(body, "Say who gets contacts") || !strings.Contains(body, `name="key" value="1"`) {
			t.Errorf("nobody: %d %s", status, body)
		}
		if status, to := p.post(who, at+"/targets", url.Values{"key": {"1"}, "department": {"Legal"}, "folder": {"Team"}}); status != http.StatusSeeOther {
			t.Fatalf("changed: %d %s", status, to)
		}
		if r, err := p.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); err != nil || len(r.Problems) > 0 {
			t.Errorf("%+v, %v", r, err)
		}
		if ada, bob := p.folders("ada@muster.example"), p.folders("bob@muster.example"); len(ada) != 0 || bob["Team"] != 2 || len(p.tenant.Folders("ada@muster.example")) != 0 {
			t.Errorf("%v, %v", ada, bob)
		}
	})
}
