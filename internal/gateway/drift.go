package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/store"
)

// Drift is one difference between the site and the policy: something that the
// site uses and that was held back.
type Drift struct {
	Name    string // host, or the name of a cookie; empty for a host that cannot be read
	Element string // script, iframe, link, style, … or cookie
	Service string // the entry that declares it and waits for consent; empty: nothing does
	Page    string // path without query; Elsewhere where too many were seen
	First   time.Time
	Last    time.Time
	Count   int64
}

// Elsewhere stands for the pages beyond those that are told apart.
const Elsewhere = "*"

// Bounds of what is told apart. A visitor can make up paths and a page can name
// any host, so neither may fill the memory or the table.
const (
	maxNames    = 2000
	maxPages    = 20 // for each name and element
	longestName = 200
	longestPath = 300
	flushEvery  = 5 * time.Second
)

type source struct{ name, element string }

// drifts counts what was held back. It is safe for concurrent use.
type drifts struct {
	db    *store.DB // nil: only in memory
	clock clock.Clock

	mu      sync.Mutex
	pages   map[source]map[string]bool // told apart
	pending map[source]map[string]*Drift
}

func openDrifts(ctx context.Context, db *store.DB, c clock.Clock) (*drifts, error) {
	d := &drifts{db: db, clock: c, pages: map[source]map[string]bool{}, pending: map[source]map[string]*Drift{}}
	if db == nil {
		return d, nil
	}
	if err := db.Migrate(ctx, "gateway", Migrations()); err != nil {
		return nil, err
	}
	known, err := d.stored(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range known {
		d.place(source{x.Name, x.Element}, x.Page)
	}
	return d, nil
}

// add counts held references of one page.
func (d *drifts) add(page string, held []Drift) {
	if len(held) == 0 {
		return
	}
	now := d.clock.Now()
	if page = storable(page); len(page) > longestPath {
		page = Elsewhere
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range held {
		if h.Name = storable(h.Name); len(h.Name) > longestName {
			continue
		}
		s := source{h.Name, h.Element}
		p, ok := d.place(s, page)
		if !ok {
			continue
		}
		if d.pending[s] == nil {
			d.pending[s] = map[string]*Drift{}
		}
		x := d.pending[s][p]
		if x == nil {
			x = &Drift{Name: h.Name, Element: h.Element, Page: p, First: now}
			d.pending[s][p] = x
		}
		x.Service, x.Last = h.Service, now
		x.Count++
	}
}

// storable returns s as both databases take it: UTF-8 without NUL.
func storable(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?") }

// place returns the page under which s is counted, and whether it is counted.
func (d *drifts) place(s source, page string) (string, bool) {
	known := d.pages[s]
	if known == nil {
		if len(d.pages) >= maxNames {
			return "", false
		}
		known = map[string]bool{}
		d.pages[s] = known
	}
	if !known[page] {
		if len(known) >= maxPages {
			page = Elsewhere
		}
		known[page] = true
	}
	return page, true
}

// run flushes until ctx ends, and once more then. A database that does not
// answer is told to failed; the counts wait for the next time.
func (d *drifts) run(ctx context.Context, failed func(error)) {
	for {
		stopped := d.clock.Sleep(ctx, flushEvery)
		if err := d.flush(context.WithoutCancel(ctx)); err != nil {
			failed(err)
		}
		if stopped != nil {
			return
		}
	}
}

// flush stores what was counted since the last time. What cannot be stored is
// kept for the next.
func (d *drifts) flush(ctx context.Context) error {
	if d.db == nil {
		return nil
	}
	d.mu.Lock()
	pending := d.pending
	d.pending = map[source]map[string]*Drift{}
	d.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, pages := range pending {
			for _, x := range pages {
				if err := save(ctx, tx, x); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		d.restore(pending)
		return fmt.Errorf("store what was held back: %w", err)
	}
	return nil
}

func save(ctx context.Context, tx *store.Tx, x *Drift) error {
	_, err := tx.ExecContext(ctx, `insert into gateway_drift (name, element, page, service, first_seen, last_seen, count)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (name, element, page) do update set service = excluded.service, last_seen = excluded.last_seen,
			count = gateway_drift.count + excluded.count`,
		x.Name, x.Element, x.Page, x.Service, store.At(x.First), store.At(x.Last), x.Count)
	return store.Classify(err)
}

func (d *drifts) restore(pending map[source]map[string]*Drift) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for s, pages := range pending {
		if d.pending[s] == nil {
			d.pending[s] = map[string]*Drift{}
		}
		for page, x := range pages {
			d.pending[s][page] = merge(x, d.pending[s][page])
		}
	}
}

// merge adds b, which is later and may be nil, to a.
func merge(a, b *Drift) *Drift {
	if b != nil {
		a.Service, a.Last, a.Count = b.Service, b.Last, a.Count+b.Count
	}
	return a
}

// all returns what was held back, most recent first.
func (d *drifts) all(ctx context.Context) ([]Drift, error) {
	var list []Drift
	if d.db == nil {
		d.mu.Lock()
		for _, pages := range d.pending {
			for _, x := range pages {
				list = append(list, *x)
			}
		}
		d.mu.Unlock()
	} else {
		if err := d.flush(ctx); err != nil {
			return nil, err
		}
		var err error
		if list, err = d.stored(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b Drift) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Element, b.Element), cmp.Compare(a.Page, b.Page))
	})
	return list, nil
}

func (d *drifts) stored(ctx context.Context) (list []Drift, err error) {
	rows, err := d.db.QueryContext(ctx, "select name, element, page, service, first_seen, last_seen, count from gateway_drift")
	if err != nil {
		return nil, fmt.Errorf("read what was held back: %w", store.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var x Drift
		var first, last store.Time
		if err := rows.Scan(&x.Name, &x.Element, &x.Page, &x.Service, &first, &last, &x.Count); err != nil {
			return nil, fmt.Errorf("read what was held back: %w", err)
		}
		x.First, x.Last = first.Time, last.Time
		list = append(list, x)
	}
	return list, rows.Err()
}
