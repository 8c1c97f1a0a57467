package contactsync_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// titles are the contacts of a mailbox with what its owner typed into them.
func (o office) titles(mailbox string) string {
	var all []string
	for _, c := range o.tenant.Contacts(mailbox) {
		note, _ := c.Fields["personalNotes"].(string)
		all = append(all, fmt.Sprintf("%v(%s)", c.Fields["displayName"], note))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// note lets the owner of a mailbox type a note into a contact.
func (o office) note(mailbox, name, text string) {
	o.T.Helper()
	for _, c := range o.tenant.Contacts(mailbox) {
		if c.Fields["displayName"] == name {
			o.tenant.Type(mailbox, "", c.ID, map[string]any{"personalNotes": text})
			return
		}
	}
	o.T.Fatalf("%s has no contact %s", mailbox, name)
}

const box = "box@muster.example"

// listed is a synchronisation of a file into one mailbox.
func (o office) listed(names ...string) {
	o.T.Helper()
	lines := "Name,Email\n"
	for _, n := range names {
		lines += n + "," + strings.ToLower(n) + "@x.example\n"
	}
	o.file("staff.csv", lines)
}

// Whoever comes after somebody who left never gets his contact, with what its owner typed
// about him: not when a mailbox could not be reached meanwhile either.
func TestAContactIsNeverHandedOn(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		o.listed("Ada", "Bob")
		id := o.set(o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}}))
		o.run(id)
		o.note(box, "Bob", "about Bob")
		o.tenant.Restrict("app")
		o.listed("Ada")
		if r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); err != nil || r.State != "partly" {
			t.Fatalf("%+v, %v", r, err)
		}
		o.tenant.Restrict("app", box)
		o.listed("Ada", "Eve")
		o.run(id)
		if got := o.titles(box); got != "Ada() Eve()" {
			t.Errorf("in the mailbox: %s", got)
		}
	})
}

// A source that suddenly has nobody is stopped by the brake, and nothing is forgotten of
// it: when it has everybody again nobody's contact is written anew.
func TestASourceThatIsEmptyForAWhileChangesNothing(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		var all []string
		for i := range 20 {
			all = append(all, fmt.Sprintf("Nr%02d", i))
		}
		o.listed(all...)
		id := o.set(o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}}))
		o.run(id)
		o.note(box, "Nr07", "about Nr07")
		before := o.titles(box)
		o.listed()
		for range 2 {
			p, err := o.synchroniser().Plan(t.Context(), id, contactsync.Options{Fresh: true})
			if err != nil || p.Brake == nil || p.Count.Deletes != 20 || p.People != 0 {
				t.Errorf("the plan: %+v, %v", p, err)
			}
			if r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); !fault.Is(err, fault.Conflict) || r.State != "stopped" {
				t.Errorf("%+v, %v", r, err)
			}
		}
		o.listed(all...)
		if r := o.run(id); r.Count.Creates+r.Count.Updates+r.Count.Deletes != 0 || o.titles(box) != before {
			t.Errorf("after it was filled again: %+v, %s", r.Count, o.titles(box))
		}
		o.listed(all[:3]...)
		if r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true}); err != nil || r.Count.Deletes != 17 || o.Rows(table(t, "sync_entry")) != 3 {
			t.Errorf("confirmed: %+v, %v, %d entries", r.Count, err, o.Rows(table(t, "sync_entry")))
		}
	})
}

// A list of changes tells once who left: a run that the brake stopped is told again.
func TestWhoLeftIsToldAgainAfterTheBrake(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for i := range 20 {
			o.hire(fmt.Sprint("u", i), fmt.Sprint("Nr ", i), map[bool]string{true: "Sales"}[i == 0])
		}
		id := o.set(o.setup())
		o.run(id)
		for i := range 15 {
			o.tenant.RemoveUser(fmt.Sprint("u", i+1))
		}
		for range 2 {
			if _, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); !fault.Is(err, fault.Conflict) {
				t.Errorf("not stopped: %v", err)
			}
		}
		if r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true, Confirmed: true}); err != nil || r.Count.Deletes != 15 {
			t.Errorf("confirmed: %+v, %v", r.Count, err)
		}
		if r := o.run(id); r.Count.Deletes+r.Count.Creates != 0 {
			t.Errorf("afterwards: %+v", r.Count)
		}
	})
}

// Who is in two sources keeps the contact, with what its owner typed, when one of them is
// taken away.
func TestAContactOutlivesOneOfItsSources(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		o.listed("Ada", "Bob")
		o.file("more.csv", "Name,Email,Mobile Phone\nAda,ada@x.example,+49 170 1\nCid,cid@x.example,+49 170 2\n")
		s := o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}, "zoo": {File: "more.csv", Priority: 2}})
		s.Sources["a"] = contactsync.Source{File: "staff.csv", Priority: 3}
		id := o.set(s)
		o.run(id)
		o.note(box, "Ada", "about Ada")
		delete(s.Sources, "a")
		delete(s.Sources, "staff")
		o.set(s)
		if r := o.run(id); r.Count.Deletes != 1 || r.Count.Creates != 0 || o.titles(box) != "Ada(about Ada) Cid()" {
			t.Errorf("%+v, %s", r.Count, o.titles(box))
		}
	})
}

// Who comes back while the policy still keeps the entry is who he was.
func TestWhoComesBackIsWhoHeWas(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := strings.NewReplacer("sources: [graph]", "sources: [graph, csv]", "{from: removed, keep: 0 days", "{from: removed, keep: 30 days").Replace(policyOf(every))
		o := open(activitytest.Env(t, place, text, clock.At(noon), contactsync.Kind{}))
		o.synchroniser().Folder = t.TempDir()
		o.tenant.AddUser("box", map[string]any{"mail": box, "displayName": "Box", "accountEnabled": true})
		id := ""
		for _, names := range [][]string{{"Ada", "Bob"}, {"Ada"}, {"Ada", "Bob"}, {"Bob"}, {"Ada", "Bob"}} {
			o.listed(names...)
			if id == "" {
				id = o.set(o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}}))
			}
			o.Clock.Advance(time.Hour)
			o.run(id)
			if n := len(o.in()); n != len(names) {
				t.Errorf("%v: %d contacts", names, n)
			}
		}
	})
}

// In a small office one who leaves has a large share of all contacts: that is no reason to
// stop, and two are.
func TestOneWhoLeavesIsNoReasonToStop(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for i := range 12 {
			o.hire(fmt.Sprint("x", i), fmt.Sprint("Nr ", i), "Legal")
		}
		for _, id := range []string{"ada", "bob", "cid", "dan"} {
			o.hire(id, id, "Sales")
		}
		id := o.set(o.setup())
		o.run(id)
		o.hire("dan", "dan", "Legal")
		if r := o.run(id); r.Count.Deletes != 16 {
			t.Errorf("one left: %+v", r.Count)
		}
		o.hire("cid", "cid", "Legal")
		o.hire("bob", "bob", "Legal")
		if r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); !fault.Is(err, fault.Conflict) || r.State != "stopped" {
			t.Errorf("two left: %+v, %v", r, err)
		}
	})
}

// A mailbox that is no longer chosen because it is no longer there is no trouble; when it
// is there again its contacts of ours stand once.
func TestAMailboxThatIsGoneIsLeft(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		const bob = "bob@muster.example"
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Sales")
		id := o.set(o.setup())
		o.run(id)
		o.hire("bob", "Bob Boole", "Legal")
		back := o.tenant.Unplug(bob)
		if r := o.run(id); r.State != "done" {
			t.Errorf("%+v", r)
		}
		states, err := o.synchroniser().Mailboxes(t.Context(), id)
		if err != nil || len(states) != 1 {
			t.Errorf("%+v, %v", states, err)
		}
		back()
		o.hire("bob", "Bob Boole", "Sales")
		o.run(id)
		if got := o.titles(bob); got != "Ada Lovelace() Bob Boole()" {
			t.Errorf("in the mailbox that came back: %s", got)
		}
	})
}

// A plan beside a run reads the sources too: whoever is new has one number, and nobody
// else's.
func TestPlansBesideARunNumberNobodyTwice(t *testing.T) {
	eachFolder(t, func(t *testing.T, o office) {
		var all []string
		for i := range 60 {
			all = append(all, fmt.Sprintf("Nr%02d", i))
		}
		o.listed(all...)
		turned := slices.Clone(all)
		slices.Reverse(turned)
		lines := "Name,Email\n"
		for _, n := range turned {
			lines += n + "y," + strings.ToLower(n) + "@y.example\n"
		}
		o.file("more.csv", lines)
		id := o.set(o.into(map[string]contactsync.Source{"staff": {File: "staff.csv"}, "more": {File: "more.csv"}}))
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := o.synchroniser().Plan(t.Context(), id, contactsync.Options{Fresh: true}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if r := o.run(id); r.Count.Creates != 120 || len(o.in()) != 120 {
			t.Errorf("%+v", r.Count)
		}
	})
}
