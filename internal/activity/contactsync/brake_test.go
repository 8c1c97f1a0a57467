package contactsync_test

import (
	"fmt"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store/storetest"
)

// The brake counts what goes from all mailboxes together, and of what stands in all.
func TestTheBrakeCountsAllMailboxes(t *testing.T) {
	for _, c := range []struct {
		people, leave int
		stops         bool
	}{{20, 6, true}, {66, 6, false}} { // 12 of 40, and 12 of 132; a tenth may go
		o := open(activitytest.Env(t, storetest.SQLite(t), policyOf(every), clock.At(noon), contactsync.Kind{}))
		for i := range c.people {
			o.hire(fmt.Sprintf("p%02d", i), fmt.Sprintf("Person %d", i), "Sales")
		}
		s := o.setup()
		s.Targets["phones"] = contactsync.Target{Connection: "office", Mailboxes: []string{"p00@muster.example", "p01@muster.example"}}
		id := o.set(s)
		o.run(id)
		for i := range c.leave {
			o.tenant.RemoveUser(fmt.Sprintf("p%02d", c.people-1-i))
		}
		r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		if stopped := fault.Is(err, fault.Conflict); stopped != c.stops || !stopped && err != nil {
			t.Errorf("%d of %d people left: %+v, %v", c.leave, c.people, r, err)
		}
	}
}
