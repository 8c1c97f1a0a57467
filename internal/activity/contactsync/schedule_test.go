package contactsync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/store"
)

// tick lets time pass and does what is due.
func (o office) tick(d time.Duration) {
	o.T.Helper()
	o.Clock.Advance(d)
	o.Work()
	o.synchroniser().Wait()
	o.Work() // what the runs made, mails above all
}

// hourly sets up a synchronisation that runs each hour.
func (o office) hourly(change func(*contactsync.Setup)) string {
	s := o.setup()
	s.Every = "1h"
	if change != nil {
		change(&s)
	}
	return o.set(s)
}

func (o office) get(id string) contactsync.Sync {
	o.T.Helper()
	s, err := o.synchroniser().Get(o.T.Context(), id)
	if err != nil {
		o.T.Fatal(err)
	}
	return s
}

// A synchronisation runs in its rhythm, to the minute and without sliding, as long as
// the policy has the entry.
func TestASynchronisationRunsInItsRhythm(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Work()
		o.hire("ada", "Ada Lovelace", "Sales")
		id := o.hourly(func(s *contactsync.Setup) { s.Verify = "3h" })
		o.tick(59 * time.Minute)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 0 {
			t.Fatalf("%d contacts before the first run", n)
		}
		o.tick(90 * time.Second) // half a minute late
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 1 {
			t.Fatalf("%d contacts after the first run", n)
		}
		if next := o.get(id).Next; !next.Equal(noon.Add(2 * time.Hour)) {
			t.Errorf("the next run is at %s", next)
		}
		o.hire("bob", "Bob Boole", "Legal")
		o.tick(150 * time.Minute) // two were missed; one makes up for them
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Errorf("%d contacts after the second run", n)
		}
		if s := o.get(id); !s.Next.Equal(noon.Add(4*time.Hour)) || s.Verified.IsZero() {
			t.Errorf("the next run is at %s, looked after at %s", s.Next, s.Verified)
		}
		past, err := o.synchroniser().History(t.Context(), id, 10)
		if err != nil || len(past) != 3 { // the first one looked before it ran
			t.Errorf("%d runs, %v", len(past), err)
		}

		text := policyOf(every)
		o.SetPolicy(policyOf(nil))
		o.hire("cid", "Cid Cantor", "Legal")
		o.tick(3 * time.Hour)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Errorf("without the policy's entry it went on: %d contacts", n)
		}
		o.SetPolicy(text)
		o.tick(2 * time.Minute)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 3 {
			t.Errorf("with the entry again: %d contacts", n)
		}
	})
}

// While one node works at a synchronisation no other does; one that was killed leaves
// its lease to run out, and another goes on with what is due.
func TestOneRunAtATimeOverAllNodes(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Work()
		o.hire("ada", "Ada Lovelace", "Sales")
		id := o.hourly(nil)
		hold := func(until time.Time) {
			if _, err := o.DB.ExecContext(t.Context(), "update sync_setup set held_by = 'another node', held_until = $1 where id = $2", store.At(until), id); err != nil {
				t.Fatal(err)
			}
		}
		hold(noon.Add(62 * time.Minute))
		o.Clock.Set(noon.Add(61 * time.Minute))
		if _, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true}); err == nil || !strings.Contains(err.Error(), "running") {
			t.Errorf("a second run: %v", err)
		}
		o.tick(0)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 0 {
			t.Errorf("%d contacts while another node was at it", n)
		}
		o.tick(2 * time.Minute)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 1 {
			t.Errorf("%d contacts after the other node was killed", n)
		}
	})
}

// Trouble is told once when it has lasted for two runs, and once when it is over, in
// one mail for all mailboxes.
func TestTroubleIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Work()
		for _, id := range []string{"ada", "bob", "cid"} {
			o.hire(id, id, "Sales")
		}
		id := o.hourly(func(s *contactsync.Setup) {
			c := s.Connections["office"]
			c.Administrator = "boss@muster.example"
			s.Connections["office"], s.Language = c, "en"
		})
		o.tenant.Restrict("app", "cid@muster.example")
		mails := func() int { return len(o.Sink.To("boss@muster.example")) }
		o.tick(61 * time.Minute)
		if o.tick(0); mails() != 0 {
			t.Fatal("told after the first failure")
		}
		for range 3 {
			o.tick(time.Hour)
		}
		if mails() != 1 {
			t.Fatalf("%d mails", mails())
		}
		m := o.Sink.To("boss@muster.example")[0].Read()
		for _, word := range []string{"2 mailboxes", "permissions", "directory to phones"} {
			if !strings.Contains(m.Text, word) {
				t.Errorf("the mail does not say %q:\n%s", word, m.Text)
			}
		}
		if strings.Contains(m.Text, "ada") || strings.Contains(m.Text, "@muster.example/") {
			t.Errorf("the mail names somebody:\n%s", m.Text)
		}
		o.tenant.Restrict("app", "ada@muster.example", "bob@muster.example", "cid@muster.example")
		for range 3 {
			o.tick(time.Hour)
		}
		if mails() != 2 || !strings.Contains(o.Sink.To("boss@muster.example")[1].Read().Text, "works again") {
			t.Errorf("%d mails; the last says %s", mails(), o.Sink.To("boss@muster.example")[mails()-1].Read().Text)
		}

		o.tenant.Register("app", "another-secret") // the application's secret was renewed
		o.Clock.Advance(2 * time.Hour)             // and its token ran out
		o.tick(0)
		if s := o.get(id); s.Failed != 1 || !s.Next.Equal(o.Clock.Now().Add(15*time.Minute)) {
			t.Errorf("failed %d times, next at %s", s.Failed, s.Next)
		}
		o.tick(16 * time.Minute)
		o.tick(time.Hour)
		if mails() != 3 || !strings.Contains(o.Sink.To("boss@muster.example")[2].Read().Text, "could not run") {
			t.Errorf("%d mails", mails())
		}
		o.tenant.Register("app", password)
		o.tick(time.Hour)
		if mails() != 4 {
			t.Errorf("%d mails at the end; %+v", mails(), o.get(id))
		}
	})
}

// CS09: the customer has everything deleted at any time. What it chose to have
// removed from mailboxes goes first; a mailbox that cannot be reached is tried again,
// and is not waited for longer than three days.
func TestPromise_CS09_EverythingGoesFromMailboxesFirst(t *testing.T) {
	for _, reachable := range []bool{true, false} {
		each(t, func(t *testing.T, o office) {
			o.Work()
			o.hire("ada", "Ada Lovelace", "Sales")
			o.hire("bob", "Bob Boole", "Sales")
			own := o.tenant.Type("bob@muster.example", "Muster GmbH", "", map[string]any{"givenName": "Mother"})
			id := o.hourly(func(s *contactsync.Setup) { s.AtEnd = "remove" })
			o.run(id)
			customer := o.get(id).Customer
			if !reachable {
				o.tenant.Restrict("app", "bob@muster.example")
			}
			err := o.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return o.synchroniser().Forget(ctx, tx, customer) })
			if err != nil {
				t.Fatal(err)
			}
			o.tick(2 * time.Minute)
			if left := o.tenant.Contacts("bob@muster.example"); len(left) != 1 || left[0].ID != own {
				t.Errorf("bob's mailbox has %d contacts", len(left))
			}
			rows := o.Rows(table(t, "sync_setup"))
			if reachable != (rows == 0) {
				t.Errorf("%d synchronisations are left at once", rows)
			}
			if reachable {
				return
			}
			o.tick(48 * time.Hour)
			if o.Rows(table(t, "sync_setup")) != 1 {
				t.Error("it was given up after two days")
			}
			o.tick(25 * time.Hour)
			for _, name := range []string{"sync_setup", "sync_entry", "sync_mailbox", "sync_item", "sync_photo", "sync_run"} {
				if n := o.Rows(table(t, name)); n != 0 {
					t.Errorf("%s still has %d rows after three days", name, n)
				}
			}
		})
	}
}

// CS08: after the expiry nothing runs, and 90 days later everything is gone, before
// that from the mailboxes too, if the customer chose so.
func TestPromise_CS08_WhatExpiredGoesAfterNinetyDays(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Work()
		o.hire("ada", "Ada Lovelace", "Sales")
		id := o.hourly(func(s *contactsync.Setup) { s.AtEnd = "remove" })
		o.run(id)
		expire := func(at time.Time) {
			err := o.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return o.synchroniser().Expire(ctx, tx, o.get(id).Customer, at)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		expire(noon)
		o.hire("bob", "Bob Boole", "Legal")
		o.tick(5 * time.Hour)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 1 {
			t.Errorf("it ran after the expiry: %d contacts", n)
		}
		expire(time.Time{}) // the customer stays after all
		o.tick(2 * time.Minute)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Errorf("the customer stays: %d contacts", n)
		}
		expire(noon)
		o.Clock.Set(noon.AddDate(0, 0, 88))
		o.tick(0)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 2 {
			t.Errorf("after 88 days %d contacts", n)
		}
		o.tick(25 * time.Hour)
		o.tick(2 * time.Minute)
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 0 {
			t.Errorf("%d contacts are still in the mailbox when the rows are about to go", n)
		}
		o.Clock.Set(noon.AddDate(0, 0, 91))
		o.Sweep()
		for _, name := range []string{"sync_setup", "sync_entry", "sync_mailbox", "sync_item", "sync_source"} {
			if n := o.Rows(table(t, name)); n != 0 {
				t.Errorf("%s still has %d rows", name, n)
			}
		}
	})
}
