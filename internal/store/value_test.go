package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

// letter is something that JSON keeps.
type letter struct {
	To    string
	Tags  map[string]int `json:",omitempty"`
	Lines []string       `json:",omitempty"`
}

func TestValuesComeBackAsTheyWereGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if _, err := db.ExecContext(t.Context(), "create table v (at bigint, body text)"); err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			at := store.At(time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "s"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")))
			body := store.JSON[letter]{V: letter{To: rapid.StringMatching(`[^\x00]*`).Draw(t, "to")}}
			var gotAt store.Time
			var gotBody store.JSON[letter]
			_, err := db.ExecContext(ctx, "delete from v")
			if err == nil {
				_, err = db.ExecContext(ctx, "insert into v (at, body) values ($1, $2)", at, body)
			}
			if err == nil {
				err = db.QueryRowContext(ctx, "select at, body from v").Scan(&gotAt, &gotBody)
			}
			if err != nil || !gotAt.Equal(at.Time) || gotBody.V.To != body.V.To {
				t.Fatalf("%v %q became %v %q (%v)", at, body.V.To, gotAt, gotBody.V.To, err)
			}
		})
	})
}

func TestTheZeroTimeIsNull(t *testing.T) {
	v, err := store.Time{}.Value()
	if v != nil || err != nil {
		t.Errorf("it is %v (%v)", v, err)
	}
	at := store.At(time.Unix(1, 0))
	if err := at.Scan(nil); err != nil || !at.IsZero() {
		t.Errorf("null reads as %v (%v)", at, err)
	}
	if err := at.Scan("yesterday"); err == nil {
		t.Error("a text was read as a time")
	}
}

// A variable that is scanned into again holds the new row and nothing of the
// one before.
func TestJSONForgetsTheRowBefore(t *testing.T) {
	var j store.JSON[letter]
	for _, step := range []struct {
		src  any
		want letter
	}{
		{`{"To":"a","Tags":{"x":1},"Lines":["1","2"]}`, letter{To: "a", Tags: map[string]int{"x": 1}, Lines: []string{"1", "2"}}},
		{[]byte(`{"To":"b","Tags":{"y":2}}`), letter{To: "b", Tags: map[string]int{"y": 2}}},
		{nil, letter{}},
	} {
		if err := j.Scan(step.src); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, j.V); diff != "" {
			t.Errorf("after %s: %s", step.src, diff)
		}
	}
	if j.Scan("{") == nil || j.Scan(7) == nil {
		t.Error("nonsense was read as JSON")
	}
}

func TestIDsOfATimeStandInItsOrder(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 1<<47).Draw(t, "ms")
		sooner, later := store.NewIDAt(time.UnixMilli(ms)), store.NewIDAt(time.UnixMilli(ms+rapid.Int64Range(1, 1<<46).Draw(t, "later")))
		if sooner >= later || !store.IsID(sooner) || !store.IsID(later) || seen[sooner] {
			t.Fatalf("%s before %s", sooner, later)
		}
		seen[sooner] = true
	})
}

func TestIDsAreManyAndHaveOneForm(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		id := store.NewID()
		if !store.IsID(id) || seen[id] {
			t.Fatalf("%q is no new id", id)
		}
		seen[id] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if store.IsID(s) && len(s) != 26 {
			t.Fatalf("%q passes for an id", s)
		}
		id := []byte(store.NewID())
		id[rapid.IntRange(0, 25).Draw(t, "i")] = rapid.SampledFrom([]byte("ilouAZ-_ \x00/%")).Draw(t, "c")
		if store.IsID(string(id)) {
			t.Fatalf("%q passes for an id", id)
		}
	})
}
