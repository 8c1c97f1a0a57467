package account

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/subject"
)

func TestOwnersSayWhoActsForACustomer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada := h.register(1, "ada@firma.example")
		bob := h.invited(ada, 2, "bob@firma.example", access.CustomerBilling)
		if bob.Customer != ada.Customer || bob.Role != access.CustomerBilling || bob.Customers != 1 {
			t.Fatalf("came in as %+v", bob)
		}
		people, err := h.People(ctx, ada.Customer)
		if err != nil || len(people) != 2 || people[1].Email != "bob@firma.example" {
			t.Fatalf("%+v, %v", people, err)
		}
		h.fatal(h.Assign(ctx, ada, people[1].Row, access.CustomerAdmin))
		for _, role := range []access.Role{access.Owner, access.Clerk, "root", ""} {
			if err := h.Assign(ctx, ada, people[1].Row, role); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q became a role: %v", role, err)
			}
		}
		if err := h.Assign(ctx, ada, people[0].Row, access.CustomerAdmin); !fault.Is(err, fault.Conflict) {
			t.Errorf("the last owner gave it up: %v", err)
		}
		if err := h.Remove(ctx, ada, people[0].Row); !fault.Is(err, fault.Conflict) {
			t.Errorf("the last owner left: %v", err)
		}
		eve := h.register(3, "eve@andere.example")
		for _, f := range []func() error{
			func() error { return h.Assign(ctx, eve, people[1].Row, access.CustomerOwner) },
			func() error { return h.Remove(ctx, eve, people[1].Row) },
			func() error { return h.Switch(ctx, eve, ada.Customer) },
		} {
			if err := f(); !fault.Is(err, fault.NotFound) {
				t.Errorf("the owner of another customer: %v", err)
			}
		}
		token := h.enter(bob.Account)
		h.fatal(h.Remove(ctx, ada, people[1].Row))
		if _, err := h.Session(ctx, token); !fault.Is(err, fault.NotFound) {
			t.Errorf("who was removed goes on: %v", err)
		}
		var over int
		h.fatal(h.DB.QueryRowContext(ctx, "select count(*) from account where closed_at is not null and expires_at is not null").Scan(&over))
		if over != 1 {
			t.Error("an account that acts for nobody stays open")
		}
	})
}

// An invitation is its customer's: the owner of another neither sees it nor ends it, and
// invites the same person for their own.
func TestInvitationsAreTheirCustomersAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada, eve := h.register(1, "ada@firma.example"), h.register(2, "eve@andere.example")
		h.Clock.Advance(time.Second)
		h.fatal(h.Invite(ctx, home(3), ada, "bob@firma.example", access.CustomerAdmin, "en"))
		h.Work()
		mine, err := h.Invitations(ctx, ada.Customer)
		if err != nil || len(mine) != 1 {
			t.Fatalf("%d invitations, %v", len(mine), err)
		}
		if others, err := h.Invitations(ctx, eve.Customer); err != nil || len(others) > 0 {
			t.Errorf("another customer sees %+v, %v", others, err)
		}
		h.fatal(h.TakeBack(ctx, eve, mine[0].ID))
		if left, err := h.Invitations(ctx, ada.Customer); err != nil || len(left) != 1 {
			t.Errorf("another customer's owner left %d invitations, %v", len(left), err)
		}
		h.Clock.Advance(time.Second)
		h.fatal(h.Invite(ctx, home(4), eve, "ada@firma.example", access.CustomerBilling, "en"))
		h.Work()
		if theirs, err := h.Invitations(ctx, eve.Customer); err != nil || len(theirs) != 1 || theirs[0].Email != "ada@firma.example" {
			t.Errorf("who acts for another customer cannot be invited: %+v, %v", theirs, err)
		}
		if people, err := h.People(ctx, eve.Customer); err != nil || len(people) != 1 || people[0].Email != "eve@andere.example" {
			t.Errorf("the people of another customer: %+v, %v", people, err)
		}
	})
}

func TestOnePersonActsForSeveralCustomers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada, bob := h.register(1, "ada@firma.example"), h.register(2, "bob@andere.example")
		both := h.invited(bob, 3, "ada@firma.example", access.CustomerBilling)
		if both.Account != ada.Account || both.Customers != 2 || both.Customer != ada.Customer || both.Role != access.CustomerOwner {
			t.Fatalf("came in as %+v", both)
		}
		token := h.enter(ada.Account)
		h.fatal(h.Switch(ctx, h.session(token), bob.Customer))
		if s := h.session(token); s.Customer != bob.Customer || s.Role != access.CustomerBilling {
			t.Errorf("acts as %+v", s)
		}
		people, err := h.People(ctx, bob.Customer)
		h.fatal(err)
		h.fatal(h.Remove(ctx, bob, people[1].Row))
		if s, err := h.Session(ctx, token); !fault.Is(err, fault.NotFound) {
			t.Errorf("after the end of one the session goes on as %+v: %v", s, err)
		}
		if s := h.session(h.enter(ada.Account)); s.Customer != ada.Customer || s.Role != access.CustomerOwner || s.Customers != 1 {
			t.Errorf("after the end of one: %+v", s)
		}
	})
}

// An invitation is good for a week, once, and as long as who invited may invite.
func TestStaleInvitationsLetNobodyIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada := h.register(1, "ada@firma.example")
		bob := h.invited(ada, 2, "bob@firma.example", access.CustomerOwner)
		invite := func(s Session, n int, to string) string {
			h.Clock.Advance(time.Second)
			h.fatal(h.Invite(ctx, home(n), s, to, access.CustomerAdmin, "en"))
			return h.token(to)
		}
		gone := func(what, token string) {
			t.Helper()
			if _, err := h.Accounts.Accept(ctx, token, "", "en"); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		late := invite(ada, 3, "late@firma.example")
		h.Clock.Advance(inviteLife + time.Second)
		gone("a week later", late)
		again := invite(ada, 3, "late@firma.example")
		h.Clock.Advance(10 * time.Minute)
		second := invite(ada, 4, "late@firma.example")
		gone("replaced by another", again)
		if open, err := h.Invitations(ctx, ada.Customer); err != nil || len(open) != 1 {
			t.Fatalf("%+v, %v", open, err)
		} else {
			h.fatal(h.TakeBack(ctx, ada, open[0].ID))
		}
		gone("taken back", second)
		byBob := invite(bob, 5, "carl@firma.example")
		people, err := h.People(ctx, ada.Customer)
		h.fatal(err)
		h.fatal(h.Assign(ctx, ada, people[1].Row, access.CustomerBilling))
		gone("of who may invite no more", byBob)
		h.fatal(h.Invite(ctx, home(6), bob, "dora@firma.example", access.CustomerOwner, "en"))
		h.Work()
		if n := len(h.Sink.To("dora@firma.example")); n != 0 {
			t.Error("who may invite no more invites")
		}
		mine := invite(ada, 7, "emil@firma.example")
		h.fatal(h.DeleteCustomer(ctx, h.session(h.enter(ada.Account))))
		gone("of a customer that is deleted", mine)
		h.Clock.Advance(inviteLife + 2*time.Hour)
		h.Work()
		if n := h.count(invitationTable); n != 0 {
			t.Errorf("%d invitations lie there", n)
		}
		for _, who := range []string{"late@firma.example", "carl@firma.example"} {
			k, err := h.Subjects.Find(ctx, h.DB, "email", who)
			h.fatal(err)
			if refs, err := h.Vault.Refs(ctx, k); err != nil {
				t.Error(err)
			} else {
				for _, r := range refs {
					if r.Rule != subject.Rule && r.Rule != "mail" {
						t.Errorf("%s: the key %s stays", who, r.Rule)
					}
				}
			}
		}
	})
}

// Two owners who remove each other at one moment leave one.
func TestOneOwnerRemains(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ada := h.register(1, "ada@firma.example")
		bob := h.invited(ada, 2, "bob@firma.example", access.CustomerOwner)
		people, err := h.People(t.Context(), ada.Customer)
		h.fatal(err)
		var removed atomic.Int32
		var all sync.WaitGroup
		for i, s := range []Session{bob, ada} {
			all.Go(func() {
				if h.Remove(context.Background(), s, people[i].Row) == nil {
					removed.Add(1)
				}
			})
		}
		all.Wait()
		if n := removed.Load(); n != 1 {
			t.Errorf("%d of two owners were removed", n)
		}
	})
}

// What expires and what is to be deleted other kinds note in the same transaction.
func TestOtherKindsHearOfExpiryAndDeletion(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada, bob := h.register(1, "ada@firma.example"), h.register(2, "bob@andere.example")
		both := h.invited(bob, 3, "ada@firma.example", access.CustomerBilling)
		heard := map[string]time.Time{}
		var deleted []string
		h.OnExpiry(func(_ context.Context, _ *store.Tx, customer string, at time.Time) error {
			heard[customer] = at
			return nil
		})
		h.OnDelete(func(_ context.Context, _ *store.Tx, customer string) error {
			deleted = append(deleted, customer)
			return nil
		})
		set := func(customer string, at time.Time) {
			h.fatal(h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return h.SetExpiry(ctx, tx, customer, at) }))
		}
		expires := func(account string) time.Time {
			var at store.Time
			h.fatal(h.DB.QueryRowContext(ctx, "select expires_at from account where id = $1", account).Scan(&at))
			return at.Time
		}
		soon, later := start.Add(24*time.Hour), start.Add(48*time.Hour)
		set(ada.Customer, soon)
		if !expires(both.Account).IsZero() {
			t.Error("an account expires before the last of its customers")
		}
		set(bob.Customer, later)
		if !expires(both.Account).Equal(later) || !expires(bob.Account).Equal(later) {
			t.Error("an account expires with another customer than the last")
		}
		set(ada.Customer, time.Time{})
		if !expires(both.Account).IsZero() || !heard[ada.Customer].IsZero() || !heard[bob.Customer].Equal(later) {
			t.Errorf("heard %v", heard)
		}
		if err := h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return h.SetExpiry(ctx, tx, store.NewID(), soon) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("a customer that nobody knows: %v", err)
		}
		h.fatal(h.DeleteCustomer(ctx, bob))
		if len(deleted) != 1 || deleted[0] != bob.Customer {
			t.Errorf("heard that %v are deleted", deleted)
		}
		if h.count(accountTable) != 1 || h.count(customerTable) != 1 || h.count(memberTable) != 1 {
			t.Errorf("%d accounts, %d customers, %d rows of people", h.count(accountTable), h.count(customerTable), h.count(memberTable))
		}
		if s := h.session(h.enter(ada.Account)); s.Customers != 1 || s.Customer != ada.Customer {
			t.Errorf("who acts for another customer too: %+v", s)
		}
		h.Work()
		if refs, err := h.Vault.Refs(ctx, bob.Customer); err != nil {
			t.Error(err)
		} else {
			for _, r := range refs {
				if r.Rule != subject.Rule {
					t.Errorf("the customer's key %s stays", r.Rule)
				}
			}
		}
	})
}
