package ledger

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// treeHash is the definition of RFC 6962, section 2.1, word for word.
func treeHash(entries [][]byte) tlog.Hash {
	switch n := len(entries); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0]...))
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		left, right := treeHash(entries[:k]), treeHash(entries[k:])
		return sha256.Sum256(bytes.Join([][]byte{{1}, left[:], right[:]}, nil))
	}
}

func TestTheTreeIsThatOfRFC6962(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(t, db, Config{})
		_, err := l.Head(t.Context())
		wantKind(t, err, fault.NotFound)
		var ids []string
		heads := map[int64]Checkpoint{}
		for _, n := range []int{1, 1, 1, 4, 60, 188, 1, 1, 254, 1, 2, 90} {
			ids = append(ids, fill(t, l, n)...)
			sequence(t, l, n)
			head, err := l.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			heads[head.Size] = head
		}
		entries := wantEveryLeafProven(t, l, ids)
		for size, head := range heads {
			if head.Root != treeHash(entries[:size]) {
				t.Errorf("the root of %d leaves is wrong", size)
			}
		}
		wantConsistent(t, l, entries)
		wantWhole(t, l, int64(len(entries)))
	})
}

// wantEveryLeafProven returns the entries by place.
func wantEveryLeafProven(t *testing.T, l *Ledger, ids []string) [][]byte {
	t.Helper()
	entries := make([][]byte, len(ids))
	for _, id := range ids {
		p, err := l.Prove(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseProof(p.Text())
		if err != nil {
			t.Fatal(err)
		}
		leaf, head, err := again.Verify(l.Key())
		if err != nil || leaf.ID != id || leaf.Kind != "retention.ran" || head.Size != int64(len(ids)) {
			t.Fatalf("leaf %s is proven as %+v in %d leaves, %v", id, leaf, head.Size, err)
		}
		entries[leaf.Index] = p.Entry
	}
	return entries
}

func wantConsistent(t *testing.T, l *Ledger, entries [][]byte) {
	t.Helper()
	r := newTiles(t.Context(), l.db)
	check := func(old, size int) {
		proof, err := tlog.ProveTree(int64(size), int64(old), r)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(proof, int64(size), treeHash(entries[:size]), int64(old), treeHash(entries[:old])); err != nil {
			t.Fatalf("from %d to %d leaves: %v", old, size, err)
		}
	}
	for size := 1; size <= 40; size++ {
		for old := 1; old <= size; old++ {
			check(old, size)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, len(entries)).Draw(t, "size")
		check(rapid.IntRange(1, size).Draw(t, "old"), size)
	})
}

func TestTheEdgeComputesTheSameRoots(t *testing.T) {
	var entries [][]byte
	e := edge{full: func(tlog.Tile, []byte) error { return nil }}
	for i := range 2*width + 3 {
		if e.root() != treeHash(entries) {
			t.Fatalf("the root of %d leaves is wrong", i)
		}
		entries = append(entries, []byte{byte(i), byte(i >> 8)})
		e.add(tlog.RecordHash(entries[i]))
	}
}
