package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

const leaves = 2*width + 44 // two full tiles and one begun

func exported(t *testing.T, db *store.DB) (l *Ledger, dir string) {
	t.Helper()
	l = open(t, db, Config{})
	for _, n := range []int{10, leaves - 10} {
		fill(t, l, n)
		sequence(t, l, n)
		if _, err := l.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	dir = filepath.Join(t.TempDir(), "log")
	if err := l.Export(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	return l, dir
}

func TestAnExportVerifiesWithoutADatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, dir := exported(t, db)
		var done, total int64
		for _, key := range []string{l.Key(), ""} {
			r, err := VerifyDir(t.Context(), dir, key, func(d, t int64) { done, total = d, t })
			if err != nil || r.Bad != nil || r.Leaves != leaves || r.Checkpoint.Size != leaves || done != total {
				t.Errorf("key %q: %+v, %v, progress %d of %d", key, r, err, done, total)
			}
		}
		other := open(t, storetest.Open(t, storetest.SQLite(t)), Config{Key: bytes.Repeat([]byte{9}, 32)})
		if r, err := VerifyDir(t.Context(), dir, other.Key(), nil); err != nil || r.Bad == nil {
			t.Errorf("another log's key: %+v, %v", r, err)
		}
		for _, name := range []string{"checkpoint", "vkey", "README.txt", "tile/0/000", "tile/0/001", "tile/0/002.p/44", "tile/1/000.p/2", "tile/entries/000", "tile/entries/002.p/44"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
		wantKind(t, l.Export(t.Context(), dir, nil), fault.Conflict)
	})
}

// A bit of any file of the export; an entry's damage is found at its leaf.
func TestAnyChangedByteOfAnExportIsFound(t *testing.T) {
	l, dir := exported(t, storetest.Open(t, storetest.SQLite(t)))
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() && d.Name() != readmeFile {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 9 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, path := range files {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, len(whole)/200)
		for i := 0; i < len(whole); i += step {
			changed := bytes.Clone(whole)
			changed[i] ^= 1 << (i / step % 8)
			wantFound(t, l, dir, path, changed, i)
		}
		wantFound(t, l, dir, path, whole[:len(whole)-1], len(whole)-1)
		wantFound(t, l, dir, path, append(bytes.Clone(whole), 'x'), len(whole))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if r, err := VerifyDir(t.Context(), dir, l.Key(), nil); err != nil || r.Bad == nil {
			t.Errorf("without %s: %+v, %v", path, r, err)
		}
		os.WriteFile(path, whole, 0o600)
	}
}

func wantFound(t *testing.T, l *Ledger, dir, path string, changed []byte, at int) {
	t.Helper()
	whole, _ := os.ReadFile(path)
	os.WriteFile(path, changed, 0o600)
	defer os.WriteFile(path, whole, 0o600)
	r, err := VerifyDir(t.Context(), dir, l.Key(), nil)
	if err != nil || r.Bad == nil {
		t.Fatalf("%s changed at byte %d: %+v, %v", path, at, r, err)
	}
	if number, ok := strings.CutPrefix(path, filepath.Join(dir, "tile", "entries")+"/00"); ok {
		want := leafAt(whole, at) + int64(number[0]-'0')*width
		if r.Bad.Leaf != want || r.Bad.Last != want {
			t.Fatalf("%s changed at byte %d: found at leaves %d to %d, want %d: %s", path, at, r.Bad.Leaf, r.Bad.Last, want, r.Bad.What)
		}
	}
}

// leafAt says which entry of a bundle a byte belongs to; what lies behind the
// last is found where the next would begin.
func leafAt(b []byte, at int) (n int64) {
	entries, _ := unbundle(b)
	for _, e := range entries {
		if at -= 2 + len(e); at < 0 {
			return n
		}
		n++
	}
	return n
}

// cell is a column of the database that somebody changes.
type cell struct {
	table, key, column string
	shift              int64 // added to a number, so that it is unique still
}

var cells = []cell{
	{"ledger_leaf", "place", "entry", 0},
	{"ledger_leaf", "place", "id", 0},
	{"ledger_leaf", "place", "place", leaves},
	{"ledger_tile", "level * 1000 + number", "hashes", 0},
	{"ledger_tile", "level * 1000 + number", "number", 7},
	{"ledger_tile", "level * 1000 + number", "level", 7},
	{"ledger_checkpoint", "size", "note", 0},
	{"ledger_checkpoint", "size", "size", 1},
	{"ledger_count", "kind", "kind", 0},
	{"ledger_count", "kind", "leaves", 1},
}

// Any byte of any column that says something. (The time at which a checkpoint
// was signed, and whether it was published, are notes for ourselves.)
func TestAnyChangedByteOfTheDatabaseIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, _ := exported(t, db)
		wantWhole(t, l, leaves)
		rapid.Check(t, func(t *rapid.T) {
			c := rapid.SampledFrom(cells).Draw(t, "column")
			restore := save(t, db, c.table)
			defer restore()
			row := c.change(t, db)
			r, err := l.Verify(context.Background(), nil)
			if err != nil || r.Bad == nil {
				t.Fatalf("row %v: %+v, %v", row, r, err)
			}
			if c.table == "ledger_leaf" && (r.Bad.Leaf != row || r.Bad.Last != row) {
				t.Fatalf("leaf %v was changed, found %+v", row, r.Bad)
			}
		})
		wantWhole(t, l, leaves)
	})
}

// change changes one cell and returns the row's key.
func (c cell) change(t *rapid.T, db *store.DB) (row any) {
	ctx := context.Background()
	var n int
	if err := db.QueryRowContext(ctx, "select count(*) from "+c.table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	var value any
	err := db.QueryRowContext(ctx, "select "+c.key+", "+c.column+" from "+c.table+" order by 1 limit 1 offset $1",
		rapid.IntRange(0, n-1).Draw(t, "row")).Scan(&row, &value)
	if err != nil {
		t.Fatal(err)
	}
	switch v := value.(type) {
	case int64:
		value = v + c.shift
	case string:
		value = string(flip(t, []byte(v), 1))
	case []byte:
		value = flip(t, v, 0x10)
	}
	if _, err := db.ExecContext(ctx, "update "+c.table+" set "+c.column+" = $1 where "+c.key+" = $2", value, row); err != nil {
		t.Fatal(err)
	}
	return row
}

func flip(t *rapid.T, b []byte, bit byte) []byte {
	changed := bytes.Clone(b)
	changed[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= bit
	return changed
}

// save copies tables and returns what brings them back.
func save(t rapid.TB, db *store.DB, tables ...string) (restore func()) {
	t.Helper()
	all := func(statement string) {
		t.Helper()
		for _, table := range tables {
			if _, err := db.ExecContext(context.Background(), fmt.Sprintf(statement, table, "saved_"+table)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all("create table %[2]s as select * from %[1]s")
	return func() {
		all("delete from %[1]s")
		all("insert into %[1]s select * from %[2]s")
		all("drop table %[2]s")
	}
}

func TestAReportReadsWell(t *testing.T) {
	head := Checkpoint{Size: 7, Text: origin + "\n7\n"}
	for want, r := range map[string]Report{
		"whole   every leaf fits": {Checkpoint: head, Leaves: 7}, "BROKEN  no signature": {Bad: badAt(-1, "no signature")},
		"BROKEN  at leaf 3: changed": {Checkpoint: head, Bad: badAt(3, "changed")}, "between leaf 0 and leaf 255": {Bad: &Bad{0, 255, "changed"}},
	} {
		var out strings.Builder
		if err := r.Write(&out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v\n%s", err, out.String())
		}
		var got struct{ OK bool }
		if b, err := json.Marshal(r); err != nil || json.Unmarshal(b, &got) != nil || got.OK != r.OK() {
			t.Errorf("%s, %v", b, err)
		}
	}
}

// Leaf and hash changed together: what stands above shows in which tile.
func TestAForgerWhoAdjustsTheHashesIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, _ := exported(t, db)
		var entry string
		var hashes []byte
		const victim = width + 9
		if err := db.QueryRowContext(t.Context(), "select entry from ledger_leaf where place = $1", victim).Scan(&entry); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), "select hashes from ledger_tile where level = 0 and number = 1").Scan(&hashes); err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(entry, `"rows":`, `"rows":1`, 1)
		h := treeHash([][]byte{[]byte(forged)})
		copy(hashes[victim%width*32:], h[:])
		run(t, db, "update ledger_leaf set entry = $1 where place = $2", forged, victim)
		run(t, db, "update ledger_tile set hashes = $1 where level = 0 and number = 1", hashes)

		r, err := l.Verify(t.Context(), nil)
		if err != nil || r.Bad == nil || r.Bad.Leaf != width || r.Bad.Last != 2*width-1 {
			t.Fatalf("%+v, %v", r.Bad, err)
		}
		// And nothing is signed on top of it.
		above := treeHashOf(hashes)
		run(t, db, "update ledger_tile set hashes = $1 where level = 1 and number = 0", append(tile(t, db, 1, 0)[:32], above[:]...))
		fill(t, l, 1)
		if _, err := l.Sequence(t.Context()); err == nil || !strings.Contains(err.Error(), "does not continue") {
			t.Errorf("the sequencer goes on: %v", err)
		}
	})
}

func treeHashOf(hashes []byte) [32]byte { return fold(hashes) }

func tile(t *testing.T, db *store.DB, level, number int) (hashes []byte) {
	t.Helper()
	err := db.QueryRowContext(t.Context(), "select hashes from ledger_tile where level = $1 and number = $2", level, number).Scan(&hashes)
	if err != nil {
		t.Fatal(err)
	}
	return hashes
}

func run(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// A second history, signed by the log itself.
func TestACheckpointOfAnotherHistoryIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, _ := exported(t, db)
		forged, err := l.sign(300, [32]byte{1}, start)
		if err != nil {
			t.Fatal(err)
		}
		run(t, db, "insert into ledger_checkpoint (size, at, published, note) values ($1, $2, $3, $4)", forged.Size, store.At(start), true, forged.Text)
		if r, err := l.Verify(t.Context(), nil); err != nil || r.Bad == nil || !strings.Contains(r.Bad.What, "root of 300 leaves") {
			t.Errorf("%+v, %v", r.Bad, err)
		}
	})
}

func TestUnsignedLeavesAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, _ := exported(t, db)
		run(t, db, "insert into ledger_leaf (place, id, entry) values ($1, 'x', '{}')", leaves)
		r, err := l.Verify(t.Context(), nil)
		if err != nil || r.Bad == nil || r.Bad.Leaf != leaves {
			t.Errorf("%+v, %v", r.Bad, err)
		}
		fill(t, l, 1)
		_, err = l.Sequence(t.Context())
		if err == nil || fault.Is(err, fault.Unavailable) {
			t.Errorf("the sequencer goes on: %v", err)
		}
	})
}

func TestARestoreBehindAPublishedCheckpointIsRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := Config{Published: filepath.Join(t.TempDir(), "outside", "checkpoint")}
		l := open(t, db, c)
		fill(t, l, 5)
		sequence(t, l, 5)
		restore := save(t, db, "ledger_leaf", "ledger_tile", "ledger_checkpoint", "ledger_count", "ledger_pending")
		fill(t, l, 300)
		sequence(t, l, 300)
		seen, err := l.Publish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Compare(t.Context(), seen.Text); err != nil {
			t.Fatal(err)
		}
		restore()

		for range 2 { // the second start adds nothing
			l = open(t, db, c)
			if _, err := l.Sequence(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantKind(t, l.Compare(t.Context(), seen.Text), fault.Conflict)
		fill(t, l, 400) // longer than what was seen, yet another tree
		sequence(t, l, 400)
		wantKind(t, l.Compare(t.Context(), seen.Text), fault.Conflict)
		counts, err := l.Count(t.Context())
		if err != nil || counts["ledger.break"] != 1 {
			t.Errorf("counts %v, %v", counts, err)
		}
		wantWhole(t, l, 406)
		wantKind(t, l.Compare(t.Context(), "no checkpoint"), fault.Invalid)
	})
}
