package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
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
	Name    string // host, or cookie; empty for a host that cannot be read
	Element string // script, iframe, link, style, …; cookie, or request cookie
	Service string // the entry that declares it and waits for consent; empty: nothing does
	Page    string // path without query; Elsewhere where too many were seen, or none that the site has
	First   time.Time
	Last    time.Time
	Count   int64
}

// Elsewhere stands for the pages that are not told apart.
const Elsewhere = "*"

// Elements that are no markup.
const (
	cookieSet     = "cookie"         // that the site sets, by its name
	cookieBrought = "request cookie" // that a browser sends, by the name that the policy declares
)

// undeclaredCookie names every cookie of a request that nothing declares.
const undeclaredCookie = "undeclared cookie of a request"

// Bounds of what is told apart. A visitor can make up paths and a page can name
// any host, so neither may fill the memory or the table.
const (
	maxNames    = 2000 // of each origin, so that none takes the others' places
	maxPages    = 20   // for each name and element
	longestName = 200
	longestPath = 300 // bytes; the rest is cut off
	flushEvery  = 5 * time.Second
	tidyEvery   = time.Hour
	lastingDays = 30 // after it was last seen
)

type source struct{ name, element string }

// origin is who can make up names of a kind.
type origin int

const (
	ofPage origin = iota
	ofSite
	ofVisitor
	origins
)

func (s source) origin() origin {
	switch s.element {
	case cookieSet:
		return ofSite
	case cookieBrought:
		return ofVisitor
	}
	return ofPage
}

// drifts counts what was held back. It is safe for concurrent use.
type drifts struct {
	db    *store.DB // nil: only in memory
	clock clock.Clock

	mu      sync.Mutex
	pages   [origins]map[source]map[string]time.Time // told apart, and when last seen
	pending map[source]map[string]*Drift
	tidied  time.Time // when old rows of the table were last deleted
}

func openDrifts(ctx context.Context, db *store.DB, c clock.Clock) (*drifts, error) {
	d := &drifts{db: db, clock: c, pending: map[source]map[string]*Drift{}}
	for o := range d.pages {
		d.pages[o] = map[source]map[string]time.Time{}
	}
	if db == nil {
		return d, nil
	}
	if err := db.Migrate(ctx, "gateway", files); err != nil {
		return nil, err
	}
	known, err := d.stored(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range known {
		d.place(source{x.Name, x.Element}, x.Page, x.Last)
	}
	return d, nil
}

// add counts held references of one page.
func (d *drifts) add(page string, held []Drift) {
	if len(held) == 0 {
		return
	}
	now := d.clock.Now()
	page = storable(page)
	page = strings.ToValidUTF8(page[:min(len(page), longestPath)], "")
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range held {
		if h.Name = storable(h.Name); len(h.Name) > longestName {
			continue
		}
		s := source{h.Name, h.Element}
		p, ok := d.place(s, page, now)
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
func (d *drifts) place(s source, page string, seen time.Time) (string, bool) {
	names := d.pages[s.origin()]
	known := names[s]
	if known == nil {
		if len(names) >= maxNames {
			return "", false
		}
		known = map[string]time.Time{}
		names[s] = known
	}
	told := len(known)
	if _, ok := known[Elsewhere]; ok {
		told--
	}
	if _, ok := known[page]; !ok && told >= maxPages {
		page = Elsewhere
	}
	known[page] = seen
	return page, true
}

// cutoff is when what was not seen since is forgotten.
func (d *drifts) cutoff() time.Time { return d.clock.Now().AddDate(0, 0, -lastingDays) }

// forget gives the places of what was not seen for long to others.
func (d *drifts) forget(cutoff time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, names := range d.pages {
		for s, pages := range names {
			maps.DeleteFunc(pages, func(_ string, seen time.Time) bool { return seen.Before(cutoff) })
			if len(pages) == 0 {
				delete(names, s)
			}
		}
	}
	for s, pages := range d.pending {
		maps.DeleteFunc(pages, func(_ string, x *Drift) bool { return x.Last.Before(cutoff) })
		if len(pages) == 0 {
			delete(d.pending, s)
		}
	}
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

// flush stores what was counted since the last time and deletes what is old.
// What cannot be stored is kept for the next.
func (d *drifts) flush(ctx context.Context) error {
	cutoff := d.cutoff()
	d.forget(cutoff)
	if d.db == nil {
		return nil
	}
	now := d.clock.Now()
	d.mu.Lock()
	pending, due := d.pending, now.Sub(d.tidied) >= tidyEvery
	d.pending = map[source]map[string]*Drift{}
	d.mu.Unlock()
	if len(pending) == 0 && !due {
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
		if !due {
			return nil
		}
		_, err := tx.ExecContext(ctx, "delete from gateway_drift where last_seen < $1", store.At(cutoff))
		return store.Classify(err)
	})
	if err != nil {
		d.restore(pending)
		return fmt.Errorf("store what was held back: %w", err)
	}
	if due {
		d.mu.Lock()
		d.tidied = now
		d.mu.Unlock()
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
	if err := d.flush(ctx); err != nil {
		return nil, err
	}
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

// stored reads the table, without what is about to be deleted.
func (d *drifts) stored(ctx context.Context) (list []Drift, err error) {
	rows, err := d.db.QueryContext(ctx, `select name, element, page, service, first_seen, last_seen, count from gateway_drift
		where last_seen >= $1`, store.At(d.cutoff()))
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
