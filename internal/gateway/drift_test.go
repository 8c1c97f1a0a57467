package gateway

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestDriftIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		with := func(c *Config) { c.DB = db }
		h := newHouse(t, site(visited), with)
		h.get("/page?secret=1", document)
		h.get("/page?secret=2", document)
		h.get("/bad%ff%00", document)
		for range 2 * maxPages {
			h.get(fmt.Sprintf("/made/up/%p", new(int)), document)
		}
		list, err := h.Drift(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		pages := map[string]int64{}
		for _, d := range list {
			if d.Name == "seal.example" {
				pages[d.Page] = d.Count
				if d.Element != "img" || d.Service != "" || d.First.IsZero() {
					t.Errorf("the drift is %+v", d)
				}
			}
			if d.Name == "video.example" && d.Service != "video" {
				t.Errorf("the drift is %+v", d)
			}
		}
		if pages["/page"] != 2 || len(pages) > maxPages+1 || pages[Elsewhere] == 0 {
			t.Errorf("the pages are %v", pages)
		}
		again := newHouse(t, site(visited), with)
		again.get("/page", document)
		again.log.await() // what was held is noted after the answer
		ctx, stop := context.WithCancel(context.Background())
		stop()
		var count int64
		for deadline := time.Now().Add(time.Minute); count != 3 && time.Now().Before(deadline); {
			if err := again.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			row := db.QueryRowContext(context.Background(), "select count from gateway_drift where name = $1 and page = $2 and element = $3", "seal.example", "/page", "img")
			if err := row.Scan(&count); err != nil {
				t.Fatal(err)
			}
		}
		if count != 3 {
			t.Errorf("counted %d", count)
		}
	})
}

// After a restart the places are taken anew in the order of the table, which is
// none: what stands for all other pages takes no page's place.
func TestElsewhereTakesNoPagesPlace(t *testing.T) {
	d, err := openDrifts(context.Background(), nil, clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	seal := source{"seal.example", "img"}
	d.place(seal, Elsewhere, d.clock.Now())
	for i := range maxPages {
		want := fmt.Sprintf("/%d", i)
		if got, ok := d.place(seal, want, d.clock.Now()); !ok || got != want {
			t.Errorf("%s is counted under %q, %v", want, got, ok)
		}
	}
	if got, _ := d.place(seal, "/more", d.clock.Now()); got != Elsewhere {
		t.Errorf("one page more is counted under %q", got)
	}
}

func TestManifestFitsTheSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		newHouse(t, site(""), func(c *Config) { c.DB = db })
		live, err := db.Columns(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		m := Manifest()
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		table, _ := m.Table("gateway_drift")
		if len(live["gateway_drift"]) != len(table.Columns) {
			t.Errorf("the table has %v", live["gateway_drift"])
		}
		for _, name := range live["gateway_drift"] {
			if _, ok := table.Column(name); !ok {
				t.Errorf("column %s is not declared", name)
			}
		}
	})
}
