package subject

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

func open(t *testing.T, db *store.DB) (*Registry, *clock.Manual) {
	t.Helper()
	ctx := context.Background()
	c := clock.At(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	master, err := vault.MasterFromFile(filepath.Join(dir, "master"), true)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(ctx, vault.Config{Dir: dir, Master: master, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	seed, err := v.Secret(ctx, "ledger", 32)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, db, ledger.Config{Origin: "agentur.example/ledger", Key: seed, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(ctx, db, v, l, c)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func write(t *testing.T, r *Registry, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := r.db.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func ensure(t *testing.T, r *Registry, kind, value string) (id string, created bool) {
	t.Helper()
	write(t, r, func(ctx context.Context, tx *store.Tx) (err error) {
		id, created, err = r.Ensure(ctx, tx, kind, value)
		return err
	})
	return id, created
}

// What another node restricts or takes down as an objection is seen within a second,
// and also when the clock was set back meanwhile.
func TestAnotherNodesRestrictionsAreSeen(t *testing.T) {
	for name, pass := range map[string]time.Duration{"a second later": time.Second, "the clock was set back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				ctx := t.Context()
				here, c := open(t, db)
				there, err := Open(ctx, db, here.vault, here.ledger, c)
				if err != nil {
					t.Fatal(err)
				}
				eva, _ := ensure(t, here, Visitor, "v-1")
				seen := func() (restricted, objected bool) {
					t.Helper()
					set, err := here.Restricted(ctx)
					if err != nil {
						t.Fatal(err)
					}
					against, err := here.Objectors(ctx, "ads")
					if err != nil {
						t.Fatal(err)
					}
					return set[eva], against[eva]
				}
				seen()
				write(t, there, func(ctx context.Context, tx *store.Tx) error {
					if err := there.Object(ctx, tx, eva, "ads"); err != nil {
						return err
					}
					return there.Restrict(ctx, tx, eva, "disputed")
				})
				c.Set(c.Now().Add(pass))
				if restricted, objected := seen(); !restricted || !objected {
					t.Errorf("restricted %v, objected %v", restricted, objected)
				}
			})
		})
	}
}

func TestTheManifestIsTheLiveSchema(t *testing.T) {
	m := Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db)
		live, err := db.Columns(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for name, columns := range live {
			if name != "subject" && !strings.HasPrefix(name, "subject_") {
				continue
			}
			table, ok := m.Table(name)
			if !ok {
				t.Errorf("table %s is not declared", name)
				continue
			}
			var declared []string
			for _, c := range table.Columns {
				declared = append(declared, c.Name)
			}
			if !slices.Equal(columns, declared) {
				t.Errorf("%s has %v, declared are %v", name, columns, declared)
			}
		}
	})
}

func TestIdentifiersLeadToOnePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r, _ := open(t, db)
		eva, created := ensure(t, r, Visitor, "v-1")
		again, twice := ensure(t, r, Visitor, "v-1")
		other, _ := ensure(t, r, Decision, "v-1") // another kind is another identifier
		if !created || twice || eva != again || eva == other {
			t.Fatalf("%s %s %s", eva, again, other)
		}
		write(t, r, func(ctx context.Context, tx *store.Tx) error {
			if err := r.Link(ctx, tx, eva, Decision, "d-1"); err != nil {
				return err
			}
			return r.Link(ctx, tx, eva, Decision, "d-1")
		})
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.Link(ctx, tx, other, Decision, "d-1") })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("one identifier, two people: %v", err)
		}
		if id, err := r.Find(ctx, db, Decision, "d-1"); err != nil || id != eva {
			t.Errorf("found %s, %v", id, err)
		}
		if _, err := r.Find(ctx, db, Decision, "d-2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown identifier: %v", err)
		}
		found, err := r.Identifiers(ctx, eva)
		if err != nil || len(found) != 2 || found[0].Value+found[1].Value != "d-1v-1" && found[0].Value+found[1].Value != "v-1d-1" {
			t.Errorf("identifiers %v, %v", found, err)
		}
	})
}

func TestNoIdentifierStandsInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, _ := open(t, db)
		ensure(t, r, Visitor, "planted-pseudonym")
		rows, err := db.QueryContext(context.Background(), "select lookup, value from subject_identifier")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var lookup, value []byte
			if err := rows.Scan(&lookup, &value); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(append(lookup, value...), []byte("planted")) {
				t.Error("an identifier is readable")
			}
		}
	})
}

func TestRestrictionObjectionAndForgetting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r, _ := open(t, db)
		eva, _ := ensure(t, r, Visitor, "v-1")
		write(t, r, func(ctx context.Context, tx *store.Tx) error {
			if err := r.Object(ctx, tx, eva, "ads"); err != nil {
				return err
			}
			return r.Restrict(ctx, tx, eva, "accuracy is examined")
		})
		set, err := r.Restricted(ctx)
		if err != nil || !set[eva] {
			t.Errorf("restricted: %v, %v", set, err)
		}
		if objected, err := r.Objected(ctx, eva, "ads"); err != nil || !objected {
			t.Errorf("objected: %t, %v", objected, err)
		}
		if kept, everybody, err := r.Kept(ctx, "analytics", "x"); err != nil || everybody || !slices.Equal(kept, []string{eva}) {
			t.Errorf("kept: %v %t %v", kept, everybody, err)
		}
		write(t, r, func(ctx context.Context, tx *store.Tx) error {
			if err := r.Lift(ctx, tx, eva); err != nil {
				return err
			}
			return r.Unobject(ctx, tx, eva, "ads")
		})
		if set, err := r.Restricted(ctx); err != nil || set[eva] {
			t.Errorf("still restricted: %v, %v", set, err)
		}
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.Lift(ctx, tx, eva) })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("lifted twice: %v", err)
		}
		write(t, r, func(ctx context.Context, tx *store.Tx) error { return r.Forget(ctx, tx, eva) })
		if _, err := r.Find(ctx, db, Visitor, "v-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("found after forgetting: %v", err)
		}
		if has, err := r.vault.Has(ctx, key(eva)); err != nil || has {
			t.Errorf("the key outlived the person: %t, %v", has, err)
		}
	})
}

func TestHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r, c := open(t, db)
		eva, _ := ensure(t, r, Visitor, "v-1")
		until := c.Now().AddDate(0, 1, 0)
		for _, h := range []Hold{
			{By: "owner", Until: until}, {Reason: "suit", Until: until}, {Reason: "suit", By: "owner"},
			{Reason: "suit", By: "owner", Until: c.Now()}, {Reason: "suit", By: "owner", Until: until, Rule: "r"},
		} {
			err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { _, err := r.SetHold(ctx, tx, h); return err })
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", h, err)
			}
		}
		var one, all string
		write(t, r, func(ctx context.Context, tx *store.Tx) (err error) {
			if one, err = r.SetHold(ctx, tx, Hold{Subject: eva, Activity: "orders", Rule: "orders/all/collection", Reason: "suit 12/26", By: "owner", Until: until}); err != nil {
				return err
			}
			all, err = r.SetHold(ctx, tx, Hold{Activity: "invoices", Reason: "tax assessment", By: "owner", Until: until})
			return err
		})
		for _, c := range []struct {
			activity, rule string
			kept           []string
			everybody      bool
		}{
			{"orders", "orders/all/collection", []string{eva}, false}, {"orders", "orders/other", nil, false}, {"analytics", "x", nil, false}, {"invoices", "x", nil, true},
		} {
			if kept, everybody, err := r.Kept(ctx, c.activity, c.rule); err != nil || everybody != c.everybody || !slices.Equal(kept, c.kept) {
				t.Errorf("%+v: %v %t %v", c, kept, everybody, err)
			}
		}
		holds, err := r.Holds(ctx)
		if err != nil || len(holds) != 2 || holds[0].Reason+holds[1].Reason != "suit 12/26tax assessment" && holds[1].Reason+holds[0].Reason != "suit 12/26tax assessment" {
			t.Errorf("holds %+v, %v", holds, err)
		}
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.Forget(ctx, tx, eva) })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("forgotten under a hold: %v", err)
		}
		write(t, r, func(ctx context.Context, tx *store.Tx) error { return r.LiftHold(ctx, tx, one, "owner") })
		write(t, r, func(ctx context.Context, tx *store.Tx) error { return r.Forget(ctx, tx, eva) })
		c.Set(until)
		if holds, err := r.Holds(ctx); err != nil || len(holds) != 0 {
			t.Errorf("a hold outlives its end: %+v, %v", holds, err)
		}
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.LiftHold(ctx, tx, all, "owner") })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("lifted after its end: %v", err)
		}
	})
}

func TestSweepForgetsWhomNothingIsHeldOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r, c := open(t, db)
		used, _ := ensure(t, r, Visitor, "used")
		unused, _ := ensure(t, r, Visitor, "unused")
		held, _ := ensure(t, r, Visitor, "held")
		if err := r.vault.Prepare(ctx, vault.Ref{Subject: used, Rule: "consent"}); err != nil {
			t.Fatal(err)
		}
		write(t, r, func(ctx context.Context, tx *store.Tx) error {
			_, err := r.SetHold(ctx, tx, Hold{Subject: held, Reason: "suit", By: "owner", Until: c.Now().AddDate(1, 0, 0)})
			return err
		})
		if n, err := r.Sweep(ctx, 10); err != nil || n != 0 {
			t.Errorf("swept at once: %d, %v", n, err)
		}
		c.Advance(sweepRest)
		if n, err := r.Sweep(ctx, 10); err != nil || n != 1 {
			t.Errorf("swept %d, %v", n, err)
		}
		for id, there := range map[string]bool{used: true, unused: false, held: true} {
			found, err := r.Identifiers(ctx, id)
			if err != nil || (len(found) > 0) != there {
				t.Errorf("%s: %v, %v", id, found, err)
			}
		}
	})
}
