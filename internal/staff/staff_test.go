package staff

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/password"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

type house struct {
	*Staff
	clock *clock.Manual
	db    *store.DB
}

func each(t *testing.T, f func(t *testing.T, h house)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.At(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
		dir := t.TempDir()
		master, err := vault.MasterFromFile(dir+"/master.key", true)
		fatal(t, err)
		v, err := vault.Open(t.Context(), vault.Config{Dir: dir, Master: master, Clock: c})
		fatal(t, err)
		t.Cleanup(func() { v.Close() })
		l, err := ledger.Open(t.Context(), db, ledger.Config{Origin: "kept/test", Key: make([]byte, 32), Clock: c})
		fatal(t, err)
		s, err := Open(t.Context(), db, v, l, c)
		fatal(t, err)
		f(t, house{s, c, db})
	})
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h house) enter(t *testing.T, email string) (session string, who Person) {
	t.Helper()
	token, err := h.Invite(t.Context(), email, access.Owner)
	fatal(t, err)
	session, err = h.Redeem(t.Context(), token)
	fatal(t, err)
	who, err = h.Session(t.Context(), session)
	fatal(t, err)
	return session, who
}

func TestALinkLetsInOnceAndForADay(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		token, err := h.Invite(ctx, " Owner@Agentur.example ", access.Owner)
		fatal(t, err)
		session, err := h.Redeem(ctx, token)
		fatal(t, err)
		who, err := h.Session(ctx, session)
		fatal(t, err)
		if who.Email != "owner@agentur.example" || who.Role != access.Owner || who.HasPassword {
			t.Errorf("came in as %+v", who)
		}
		if _, err := h.Redeem(ctx, token); !fault.Is(err, fault.NotFound) {
			t.Errorf("a used link: %v", err)
		}
		late, err := h.Invite(ctx, "owner@agentur.example", access.Owner)
		fatal(t, err)
		h.clock.Advance(24*time.Hour + time.Second)
		if _, err := h.Redeem(ctx, late); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link of yesterday: %v", err)
		}
		if _, err := h.Redeem(ctx, store.NewID()); !fault.Is(err, fault.NotFound) {
			t.Errorf("a guessed link: %v", err)
		}
	})
}

func TestAPasswordEndsEverySessionOfThatPerson(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		first, who := h.enter(t, "a@agentur.example")
		second, _ := h.enter(t, "a@agentur.example")
		other, _ := h.enter(t, "b@agentur.example")
		fatal(t, h.SetPassword(ctx, who.ID, "", "a short sentence is fine"))
		for _, s := range []string{first, second} {
			if _, err := h.Session(ctx, s); !fault.Is(err, fault.NotFound) {
				t.Errorf("a session outlives the password: %v", err)
			}
		}
		if _, err := h.Session(ctx, other); err != nil {
			t.Errorf("somebody else's session ended: %v", err)
		}
		if err := h.SetPassword(ctx, who.ID, "not the present one", "another short sentence"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("changed without the present password: %v", err)
		}
		if err := h.SetPassword(ctx, who.ID, "a short sentence is fine", "too short"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a short password: %v", err)
		}
		session, err := h.SignIn(ctx, desk, "A@agentur.example", "a short sentence is fine")
		fatal(t, err)
		if got, err := h.Session(ctx, session); err != nil || got.ID != who.ID {
			t.Errorf("signed in as %+v: %v", got, err)
		}
	})
}

func TestUnknownAndKnownAddressesGetOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		_, who := h.enter(t, "a@agentur.example")
		_, wrong := h.SignIn(ctx, desk, "a@agentur.example", "whatever it may be") // has no password yet
		_, unknown := h.SignIn(ctx, desk, "nobody@agentur.example", "whatever it may be")
		_, broken := h.SignIn(ctx, desk, "no address", "whatever it may be")
		fatal(t, h.SetPassword(ctx, who.ID, "", "a short sentence is fine"))
		_, known := h.SignIn(ctx, desk, "a@agentur.example", "whatever it may be")
		for _, err := range []error{wrong, unknown, broken, known} {
			if !fault.Is(err, fault.Forbidden) || err.Error() != wrong.Error() {
				t.Errorf("answers differ: %v / %v", err, wrong)
			}
		}
	})
}

// desk is where an owner sits.
var desk = netip.MustParseAddr("192.0.2.1")

const sentence = "a short sentence is fine"

// Whoever tries an account from many addresses does not lock its owner out, who
// comes in by password and by link.
func TestNobodyLocksAnOwnerOut(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		_, who := h.enter(t, "a@agentur.example")
		fatal(t, h.SetPassword(ctx, who.ID, "", sentence))
		for i := range 50 {
			h.tries.Allow(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), who.Email)
		}
		if _, err := h.SignIn(ctx, desk, who.Email, sentence); err != nil {
			t.Errorf("the owner does not come in: %v", err)
		}
		for range password.Most {
			h.tries.Allow(desk, who.Email) // also from the owner's own address
		}
		if _, err := h.SignIn(ctx, desk, who.Email, sentence); !fault.Is(err, fault.TooMany) {
			t.Errorf("the owner's address can try on: %v", err)
		}
		h.enter(t, who.Email) // the link lets in
	})
}

func TestSessionsOfAPersonAreBounded(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		var sessions []string
		for range sessionsMost + 2 {
			h.clock.Advance(time.Minute)
			session, _ := h.enter(t, "a@agentur.example")
			sessions = append(sessions, session)
		}
		other, _ := h.enter(t, "b@agentur.example")
		for i, session := range append(sessions, other) {
			_, err := h.Session(t.Context(), session)
			if ended := i < 2; ended != fault.Is(err, fault.NotFound) {
				t.Errorf("session %d: %v", i, err)
			}
		}
	})
}

// A new password ends what could still let somebody else in.
func TestAPasswordEndsOpenLinks(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		_, who := h.enter(t, "a@agentur.example")
		token, err := h.Invite(ctx, who.Email, access.Owner)
		fatal(t, err)
		others, err := h.Invite(ctx, "b@agentur.example", access.Owner)
		fatal(t, err)
		fatal(t, h.SetPassword(ctx, who.ID, "", sentence))
		if _, err := h.Redeem(ctx, token); !fault.Is(err, fault.NotFound) {
			t.Errorf("the link outlives the password: %v", err)
		}
		if _, err := h.Redeem(ctx, others); err != nil {
			t.Errorf("somebody else's link ended: %v", err)
		}
	})
}

func TestWhoLeavesComesInNoMore(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		_, who := h.enter(t, "a@agentur.example")
		fatal(t, h.SetPassword(ctx, who.ID, "", sentence))
		session, err := h.SignIn(ctx, desk, who.Email, sentence)
		fatal(t, err)
		if err := h.Remove(ctx, who.Email); !fault.Is(err, fault.Conflict) {
			t.Errorf("the last owner was removed: %v", err)
		}
		h.clock.Advance(time.Minute)
		h.enter(t, "b@agentur.example")
		link, err := h.Invite(ctx, who.Email, access.Owner)
		fatal(t, err)
		fatal(t, h.Remove(ctx, " A@agentur.example"))
		if _, err := h.Session(ctx, session); !fault.Is(err, fault.NotFound) {
			t.Errorf("the session goes on: %v", err)
		}
		if _, err := h.Redeem(ctx, link); !fault.Is(err, fault.NotFound) {
			t.Errorf("the link goes on: %v", err)
		}
		if _, err := h.SignIn(ctx, desk, who.Email, sentence); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the password goes on: %v", err)
		}
		if err := h.Remove(ctx, who.Email); !fault.Is(err, fault.NotFound) {
			t.Errorf("removed twice: %v", err)
		}
		people, err := h.List(ctx)
		fatal(t, err)
		if len(people) != 1 || people[0].Email != "b@agentur.example" || !people[0].Seen.Equal(h.clock.Now()) {
			t.Errorf("listed: %+v", people)
		}
		var left int
		fatal(t, h.db.QueryRowContext(ctx, "select count(*) from staff where left_at is not null").Scan(&left))
		if left != 1 {
			t.Error("the time of departure is not there: nothing would end the account's data")
		}

		_, again := h.enter(t, who.Email) // invited anew, while still remembered
		if again.ID != who.ID || again.HasPassword {
			t.Errorf("came back as %+v", again)
		}
		if _, err := h.SignIn(ctx, desk, who.Email, sentence); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the old password counts: %v", err)
		}
	})
}

// Two owners who remove each other at one moment leave one.
func TestOneOwnerRemains(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		people := []string{"a@agentur.example", "b@agentur.example"}
		for _, email := range people {
			h.enter(t, email)
		}
		var removed atomic.Int32
		var all sync.WaitGroup
		for _, email := range people {
			all.Go(func() {
				if h.Remove(t.Context(), email) == nil {
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

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		idle, _ := h.enter(t, "a@agentur.example")
		h.clock.Advance(sessionIdle)
		if _, err := h.Session(ctx, idle); !fault.Is(err, fault.NotFound) {
			t.Errorf("after idling: %v", err)
		}
		busy, _ := h.enter(t, "a@agentur.example")
		for range int(sessionLife / (6 * time.Hour)) {
			if _, err := h.Session(ctx, busy); err != nil {
				t.Fatalf("a session in use ended early: %v", err)
			}
			h.clock.Advance(6 * time.Hour)
		}
		if _, err := h.Session(ctx, busy); !fault.Is(err, fault.NotFound) {
			t.Errorf("after its whole life: %v", err)
		}
		out, _ := h.enter(t, "a@agentur.example")
		fatal(t, h.SignOut(ctx, out))
		if _, err := h.Session(ctx, out); !fault.Is(err, fault.NotFound) {
			t.Errorf("after signing out: %v", err)
		}
	})
}

func TestTheDatabaseOpensNoDoor(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		session, _ := h.enter(t, "a@agentur.example")
		dump := storetest.Dump(t, h.db)
		for _, secret := range []string{session, "a@agentur.example"} {
			if strings.Contains(dump, secret) {
				t.Errorf("the database holds %q in clear", secret)
			}
		}
		if !strings.Contains(dump, string(access.Owner)) {
			t.Error("the dump shows nothing: this test cannot fail")
		}
	})
}

func TestManifestFitsTheTables(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		m := Manifest()
		fatal(t, m.Check())
		live, err := h.db.Columns(t.Context())
		fatal(t, err)
		for _, table := range m.Tables {
			for _, column := range live[table.Name] {
				if _, ok := table.Column(column); !ok {
					t.Errorf("%s.%s is not declared", table.Name, column)
				}
			}
			if len(live[table.Name]) != len(table.Columns) {
				t.Errorf("%s: %d columns live, %d declared", table.Name, len(live[table.Name]), len(table.Columns))
			}
		}
	})
}
