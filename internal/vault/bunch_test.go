package vault

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
)

func TestABunchOpensWhatTheVaultOpens(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		var who []string
		sealed := map[Ref][]byte{}
		for i := range 30 {
			who = append(who, fmt.Sprintf("subject-%d", i))
			for _, rule := range []string{"r1", "r2"} {
				ref := Ref{who[i], rule}
				sealed[ref] = seal(t, v, ref, "secret of "+ref.Subject)
			}
		}
		v.keys = newCache(clock.At(start), 0)
		b, err := v.Bunch(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		for ref, s := range sealed {
			plain, err := b.Open(t.Context(), ref, "table.column", s)
			if err != nil || string(plain) != "secret of "+ref.Subject {
				t.Fatalf("%q, %v", plain, err)
			}
			mine, err := b.IndexFor(t.Context(), ref, "value")
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := open(Config{}).IndexFor(t.Context(), ref, "value")
			if err != nil || !bytes.Equal(mine, theirs) {
				t.Fatalf("another process makes another index: %v", err)
			}
		}
		if v.keys.subjects.Len() > 0 {
			t.Error("a bunch filled the cache")
		}
		if _, err := b.Open(t.Context(), Ref{who[0], "r3"}, "table.column", sealed[Ref{who[0], "r1"}]); !fault.Is(err, fault.NotFound) {
			t.Errorf("a key that was never made: %v", err)
		}
		late := seal(t, v, Ref{who[0], "r3"}, "late")
		if plain, err := b.Open(t.Context(), Ref{who[0], "r3"}, "table.column", late); err != nil || string(plain) != "late" {
			t.Errorf("a key that was made since: %q, %v", plain, err)
		}
	})
}

// A bunch that was read before a key was destroyed opens nothing with it: here at
// once, elsewhere within a second.
func TestABunchForgetsDestroyedKeys(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		clk := clock.At(start)
		v, w := open(Config{Clock: clk}), open(Config{Clock: clk})
		sealed := seal(t, v, anna, "secret")
		other := seal(t, v, Ref{"bert", anna.Rule}, "his")
		var bunches []*Bunch
		for _, from := range []*Vault{v, w} {
			b, err := from.Bunch(t.Context(), []string{anna.Subject, "bert"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Open(t.Context(), anna, "table.column", sealed); err != nil {
				t.Fatal(err)
			}
			bunches = append(bunches, b)
		}
		if err := v.Destroy(t.Context(), anna.Subject); err != nil {
			t.Fatal(err)
		}
		for i, b := range bunches {
			if _, err := b.Open(t.Context(), anna, "table.column", sealed); !fault.Is(err, fault.NotFound) {
				t.Errorf("%d: a destroyed key opens: %v", i, err)
			}
			if plain, err := b.Open(context.Background(), Ref{"bert", anna.Rule}, "table.column", other); err != nil || string(plain) != "his" {
				t.Errorf("%d: %q, %v", i, plain, err)
			}
			clk.Advance(Stale)
		}
	})
}

// The parts of a derivation make what the whole makes: what was sealed stays readable.
func TestKeysAreDerivedInParts(t *testing.T) {
	data := bytes.Repeat([]byte{7}, keySize)
	whole, err := hkdf.Key(sha256.New, data, nil, "kept vault 1 seal", keySize)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(derive(data, "seal", keySize), whole) || !bytes.Equal(expand(newKey(data).root, "seal", keySize), whole) {
		t.Error("the derivation changed")
	}
}
