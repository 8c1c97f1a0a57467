package store_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/fstest"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func files(pairs ...string) fstest.MapFS {
	all := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		all["migrations/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return all
}

func TestMigrationsRunOnceInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := files("0002_b.sql", "alter table pet add column age bigint;", "0001_a.sql", "-- pets; all of them\ncreate table pet (id text primary key);\ncreate index pet_id on pet (id);\n")
		later := files("0003_c.sql", "insert into pet (id, age) values ('rex; the dog', 3);\r\ninsert into pet (id) values ('tom');\r\n-- the end")
		for name, f := range first {
			later[name] = f
		}
		for range 2 {
			for _, fsys := range []fstest.MapFS{first, later} {
				if err := db.Migrate(t.Context(), "pets", fsys); err != nil {
					t.Fatal(err)
				}
			}
		}
		var pets, age int
		if err := db.QueryRowContext(t.Context(), "select count(*), sum(age) from pet").Scan(&pets, &age); err != nil || pets != 2 || age != 3 {
			t.Errorf("%d pets of %d years (%v)", pets, age, err)
		}
	})
}

func TestAChangedMigrationIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), "pets", files("0001.sql", "create table pet (id text)")); err != nil {
			t.Fatal(err)
		}
		changed := files("0001.sql", "create table pet (id text, age bigint)", "0002.sql", "create table toy (id text)")
		if err := db.Migrate(t.Context(), "pets", changed); !fault.Is(err, fault.Conflict) {
			t.Errorf("the error is %v", err)
		}
		live, err := db.Columns(t.Context())
		if err != nil || live["toy"] != nil || len(live["pet"]) != 1 {
			t.Errorf("the tables are %v (%v)", live, err)
		}
		if err := db.Migrate(t.Context(), "shop", files("0001.sql", "create table toy (id text)")); err != nil {
			t.Errorf("the same file name in another room: %v", err)
		}
	})
}

func TestABrokenMigrationLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		broken := files("0001.sql", "create table pet (id text);\ncreate tabel toy (id text);")
		if err := db.Migrate(t.Context(), "pets", broken); err == nil {
			t.Fatal("it passed")
		}
		live, err := db.Columns(t.Context())
		if err != nil || live["pet"] != nil {
			t.Errorf("the tables are %v (%v)", live, err)
		}
		if err := db.Migrate(t.Context(), "pets", files("0001.sql", "create table pet (id text)")); err != nil {
			t.Errorf("the mended file: %v", err)
		}
	})
}

func TestAFileForOneDatabaseRunsThereOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Migrate(t.Context(), "pets", files(
			"0001-sqlite.sql", "create table pet (id text) strict", "0001-postgres.sql", "create unlogged table pet (id text)"))
		if err != nil {
			t.Error(err)
		}
	})
}

func TestManyNodesMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var fsys = fstest.MapFS{}
		for i := range 5 {
			fsys[fmt.Sprintf("migrations/%04d.sql", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "create table t%d (id text);\ninsert into t%d values ('once');", i, i)}
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := db.Migrate(t.Context(), "pets", fsys); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range 5 {
			var n int
			if err := db.QueryRowContext(t.Context(), fmt.Sprintf("select count(*) from t%d", i)).Scan(&n); err != nil || n != 1 {
				t.Errorf("t%d ran %d times (%v)", i, n, err)
			}
		}
	})
}
