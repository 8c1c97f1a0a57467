package account

import (
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity/activitytest"
	"kept/internal/fault"
	"kept/internal/store"
)

// A closed account goes thirty days later, to the millisecond, with all that hangs on it.
func TestAClosedAccountGoesInTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		h.fatal(h.CloseAccount(ctx, s))
		if _, err := h.SignIn(ctx, home(1), s.Email, sentence); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a closed account lets in: %v", err)
		}
		over := h.Clock.Now().Add(30 * 24 * time.Hour)
		h.Clock.Set(over.Add(-time.Millisecond))
		h.Sweep()
		if h.count(accountTable) != 1 || h.count(customerTable) != 1 {
			t.Error("it went before its time")
		}
		again := h.register(2, "ada@firma.example") // while the former is remembered
		h.Clock.Set(over)
		h.Sweep()
		if h.count(accountTable) != 1 || h.count(customerTable) != 1 || h.count(memberTable) != 1 {
			t.Errorf("%d accounts, %d customers", h.count(accountTable), h.count(customerTable))
		}
		if got := h.session(h.enter(again.Account)); got.Email != "ada@firma.example" {
			t.Errorf("the new account lost its key: %+v", got)
		}
	})
}

// What expired goes ninety days later.
func TestWhatExpiredGoesInTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s, other := h.register(1, "ada@firma.example"), h.register(2, "bob@andere.example")
		at := start.Add(10 * 24 * time.Hour)
		h.fatal(h.Expire(ctx, s.Customer, at, "test"))
		h.Clock.Set(at.Add(90*24*time.Hour - time.Millisecond))
		h.Sweep()
		if h.count(accountTable) != 2 {
			t.Error("it went before its time")
		}
		h.Clock.Advance(time.Millisecond)
		h.Sweep()
		if h.count(accountTable) != 1 || h.count(customerTable) != 1 || h.count(memberTable) != 1 {
			t.Errorf("%d accounts, %d customers", h.count(accountTable), h.count(customerTable))
		}
		h.session(h.enter(other.Account))
	})
}

// Who wants an account deleted finds nothing of it left.
func TestADeletedAccountIsGoneAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada := h.register(1, "ada@firma.example")
		bob := h.invited(ada, 2, "bob@firma.example", access.CustomerAdmin)
		if err := h.DeleteAccount(ctx, ada); !fault.Is(err, fault.Conflict) {
			t.Errorf("the last owner went: %v", err)
		}
		if err := h.CloseAccount(ctx, ada); !fault.Is(err, fault.Conflict) {
			t.Errorf("the last owner closed: %v", err)
		}
		h.session(h.enter(ada.Account)) // nothing was half done
		h.fatal(h.DeleteAccount(ctx, bob))
		if h.count(accountTable) != 1 || h.count(memberTable) != 1 {
			t.Error("it is not gone at once")
		}
		h.fatal(h.DeleteAccount(ctx, ada))
		if h.count(accountTable)+h.count(customerTable)+h.count(memberTable)+h.count(sessionTable) != 0 {
			t.Error("the last one takes the customer along")
		}
		h.Work()
		h.Clock.Advance(31 * 24 * time.Hour) // the mails' own record
		h.Sweep()
		h.House.Close()
		for _, hit := range activitytest.Texts(h.Everything(), "ada@firma.example", "bob@firma.example") {
			t.Errorf("there is still %s", hit)
		}
	})
}

// Whoever erases the people one by one leaves no customer behind that nobody can reach.
func TestACustomerWithoutPeopleIsClosed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		if _, err := h.Rights.Erase(ctx, s.Subject); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(2 * time.Hour)
		h.Work()
		var over, expires store.Time
		h.fatal(h.DB.QueryRowContext(ctx, "select closed_at, expires_at from account_customer where id = $1", s.Customer).Scan(&over, &expires))
		if over.IsZero() || expires.IsZero() {
			t.Error("it goes on without anybody")
		}
	})
}

// Who has their data restricted signs in as ever; nothing is written to them unasked.
func TestARestrictedPersonSignsIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		if _, err := h.Rights.Restrict(ctx, s.Subject, "disputed"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignIn(ctx, home(1), s.Email, sentence); err != nil {
			t.Errorf("does not come in: %v", err)
		}
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Forgotten(ctx, home(1), s.Email, "en"))
		h.Work()
		if n := len(h.Sink.To(s.Email)); n != 2 {
			t.Errorf("%d mails: what they ask for does not come", n)
		}
	})
}

// The operator sees and acts, and each look is in the ledger.
func TestTheOperatorSeesACustomer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		all, n, err := h.List(ctx)
		if err != nil || n != 1 || all[0].People != 1 || all[0].Registered != "" {
			t.Fatalf("%+v, %d, %v", all, n, err)
		}
		if all, err = h.Addressed(ctx, all, "staff"); err != nil || all[0].Registered != s.Email {
			t.Errorf("%+v, %v", all, err)
		}
		v, err := h.Look(ctx, s.Customer, "staff")
		if err != nil || len(v.Members) != 1 || v.Registered != s.Email {
			t.Errorf("%+v, %v", v, err)
		}
		for _, name := range []string{s.Customer, "Ada@Firma.example"} {
			if id, err := h.Named(ctx, name); err != nil || id != s.Customer {
				t.Errorf("%s is %s: %v", name, id, err)
			}
		}
		gone, err := h.DeleteFor(ctx, s.Customer, "staff", true)
		if err != nil || len(gone) != 4 || h.count(accountTable) != 1 {
			t.Errorf("a trial: %+v, %v", gone, err)
		}
		if _, err := h.DeleteFor(ctx, s.Customer, "staff", false); err != nil || h.count(accountTable) != 0 {
			t.Errorf("%v", err)
		}
		if _, err := h.DeleteFor(ctx, s.Customer, "staff", false); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		_, err = h.Ledger.Sequence(ctx)
		h.fatal(err)
		counts, err := h.Ledger.Count(ctx)
		h.fatal(err)
		if counts[leafListed] != 1 || counts[leafOpened] != 1 || counts["customer.deletion"] != 1 {
			t.Errorf("leaves: %v", counts)
		}
	})
}
