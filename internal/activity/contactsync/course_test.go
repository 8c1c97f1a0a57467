package contactsync_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/fault"
)

func TestTheBrakeStopsARun(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for _, id := range strings.Split("abcdefghijklmnopqrst", "") {
			o.hire(id, "Nr. "+id, "Sales")
		}
		s := o.setup()
		s.Targets["phones"] = contactsync.Target{Connection: "office", Mailboxes: []string{"a@muster.example"}}
		id := o.set(s)
		o.run(id)
		for _, x := range strings.Split("cdefghijklmn", "") {
			o.tenant.RemoveUser(x)
		}
		r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		if !fault.Is(err, fault.Conflict) || r.State != "stopped" {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := len(o.tenant.Contacts("a@muster.example")); n != 20 {
			t.Errorf("%d contacts are left", n)
		}
		if r, err = o.synchroniser().Run(t.Context(), id, contactsync.Options{Confirmed: true}); err != nil || r.Count.Deletes != 12 {
			t.Errorf("confirmed: %+v, %v", r, err)
		}
	})
}

// A mailbox that refuses keeps no other one waiting, and is told.
func TestAMailboxThatRefusesIsToldAndTheOthersGoOn(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada", "Sales")
		o.hire("bob", "Bob", "Sales")
		o.tenant.Restrict("app", "bob@muster.example")
		id := o.set(o.setup())
		r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		if err != nil || r.State != "partly" || len(r.Problems) != 1 || r.Problems[0].Address != "ada@muster.example" {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := len(o.tenant.Contacts("bob@muster.example")); n != 2 || r.Count.Creates != 2 {
			t.Errorf("bob has %d contacts, %+v are counted", n, r.Count)
		}
		o.tenant.Restrict("app", "ada@muster.example", "bob@muster.example")
		o.run(id)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Errorf("ada has %d contacts", n)
		}
	})
}

// A photo that changes is written, without the contact being written again.
func TestPhotosFollowDaily(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada", "Sales")
		o.tenant.SetPhoto("ada", portrait(t, 1))
		id := o.set(o.setup())
		o.run(id)
		before := o.tenant.Contacts("ada@muster.example")[0].Photo
		o.tenant.SetPhoto("ada", portrait(t, 200))
		o.Clock.Advance(25 * time.Hour)
		o.service.Counts()
		o.run(id)
		counts := o.service.Counts()
		if counts["PUT photo"] != 1 || counts["PATCH contact"] != 0 {
			t.Errorf("calls %v", counts)
		}
		if after := o.tenant.Contacts("ada@muster.example")[0].Photo; bytes.Equal(after, before) || len(after) == 0 {
			t.Error("the photo is the old one")
		}
	})
}
