package staff

import (
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
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
		session, err := h.SignIn(ctx, "192.0.2.1", "A@agentur.example", "a short sentence is fine")
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
		_, wrong := h.SignIn(ctx, "192.0.2.1", "a@agentur.example", "whatever it may be") // has no password yet
		_, unknown := h.SignIn(ctx, "192.0.2.1", "nobody@agentur.example", "whatever it may be")
		_, broken := h.SignIn(ctx, "192.0.2.1", "no address", "whatever it may be")
		fatal(t, h.SetPassword(ctx, who.ID, "", "a short sentence is fine"))
		_, known := h.SignIn(ctx, "192.0.2.1", "a@agentur.example", "whatever it may be")
		for _, err := range []error{wrong, unknown, broken, known} {
			if !fault.Is(err, fault.Forbidden) || err.Error() != wrong.Error() {
				t.Errorf("answers differ: %v / %v", err, wrong)
			}
		}
	})
}

func TestTriesAreBoundedPerAccountAndPerClient(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := t.Context()
		for i := range triesMost {
			h.SignIn(ctx, "192.0.2."+string(rune('0'+i)), "a@agentur.example", "wrong")
		}
		if _, err := h.SignIn(ctx, "198.51.100.1", "a@agentur.example", "wrong"); !fault.Is(err, fault.TooMany) {
			t.Errorf("an account can be tried on: %v", err)
		}
		for i := range triesMost {
			h.SignIn(ctx, "203.0.113.1", string(rune('a'+i))+"@x.example", "wrong")
		}
		if _, err := h.SignIn(ctx, "203.0.113.1", "z@x.example", "wrong"); !fault.Is(err, fault.TooMany) {
			t.Errorf("a client can try on: %v", err)
		}
		h.clock.Advance(triesWindow)
		if _, err := h.SignIn(ctx, "203.0.113.1", "z@x.example", "wrong"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("after a quarter of an hour: %v", err)
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
