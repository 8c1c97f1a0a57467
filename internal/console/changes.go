package console

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/ledger"
	"kept/internal/store"
)

// routine are kinds of leaf that come with every visitor and every mail.
var routine = map[string]bool{"consent.given": true, "consent.refused": true, "consent.withdrawn": true, "mail.sent": true}

// changed returns the latest leaves that tell an operator something: single
// decisions of visitors are counted elsewhere.
func (c *Console) changed(ctx context.Context, n int) ([]ledger.Leaf, error) {
	recent, err := c.Ledger.Recent(ctx, 50*n)
	if err != nil {
		return nil, err
	}
	var told []ledger.Leaf
	for _, leaf := range recent {
		if !routine[leaf.Kind] && len(told) < n {
			told = append(told, leaf)
		}
	}
	return told, nil
}

// Facts writes a leaf's facts in one line, in the order of their names.
func (p *page) Facts(leaf ledger.Leaf) string {
	var facts map[string]any
	if err := json.Unmarshal(leaf.Facts, &facts); err != nil {
		return string(leaf.Facts)
	}
	var line []string
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		line = append(line, p.fact(name)+" "+p.value(name, facts[name]))
	}
	return strings.Join(line, " · ")
}

// Leaf names a kind of leaf in words; one that an earlier version of Kept wrote, and
// none does now, keeps its own name.
func (p *page) Leaf(kind string) string {
	if key := "leaf." + kind; i18n.Has("console." + key) {
		return p.T(key)
	}
	return kind
}

// fact names a fact in words; one that has none keeps its own name.
func (p *page) fact(name string) string {
	if key := "fact." + name; i18n.Has("console." + key) {
		return p.T(key)
	}
	return name
}

// value writes one value: what the policy names by its name, lists by their length,
// times and words in the page's language, ids by their beginning.
func (p *page) value(name string, v any) string {
	switch v := v.(type) {
	case []any:
		return strconv.Itoa(len(v))
	case bool:
		return p.T(map[bool]string{true: "fact.yes", false: "fact.no"}[v])
	}
	s := fmt.Sprint(v)
	switch name {
	case "activity":
		return p.Activity(s)
	case "recipient":
		return p.Recipient(s)
	case "table":
		return p.Row(s)
	case "rule":
		return p.Rule(s)
	}
	if key := "fact.is." + s; i18n.Has("console." + key) {
		return p.T(key)
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return p.DateTime(at)
	}
	if store.IsID(s) || len(s) > 40 {
		return s[:8] + "…"
	}
	return s
}

type logPage struct {
	*page
	Head   ledger.Checkpoint
	Key    string
	Counts []Named
	Kind   string // the one that is shown, all if empty
	Leaves []ledger.Leaf
}

const (
	shownLeaves    = 100
	searchedLeaves = 5000 // of the newest, where one kind is asked for
)

// latest returns the newest leaves of a kind, of all if it is empty.
func (c *Console) latest(ctx context.Context, kind string) ([]ledger.Leaf, error) {
	if kind == "" {
		return c.Ledger.Recent(ctx, shownLeaves)
	}
	all, err := c.Ledger.Recent(ctx, searchedLeaves)
	all = slices.DeleteFunc(all, func(l ledger.Leaf) bool { return l.Kind != kind })
	return all[:min(len(all), shownLeaves)], err
}

// log shows the head of the ledger and its latest leaves.
func (c *Console) log(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := logPage{page: c.open(r, "ledger.title"), Key: c.Ledger.Key()}
	var err error
	if p.Head, err = c.Ledger.Head(ctx); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	counts, err := c.Ledger.Count(ctx)
	if err != nil {
		return err
	}
	for kind, n := range counts {
		p.Counts = append(p.Counts, Named{Name: kind, Count: n})
	}
	sort.Slice(p.Counts, func(i, j int) bool { return p.Leaf(p.Counts[i].Name) < p.Leaf(p.Counts[j].Name) })
	p.Kind = r.URL.Query().Get("kind")
	if p.Leaves, err = c.latest(ctx, p.Kind); err != nil {
		return err
	}
	return c.show(w, r, "ledger", p)
}

type driftPage struct {
	*page
	Drift    []Drift
	Refusals []refusal
}

type refusal struct {
	Recipient, Host, Reason string
	Last                    time.Time
	Count                   int64
}

// drifts returns what was held back, what no entry names first: that asks for an
// operator, what waits for consent does not.
func (c *Console) drifts(ctx context.Context) ([]Drift, error) {
	all, err := c.Drift(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b Drift) int {
		switch {
		case a.Declared == b.Declared:
			return 0
		case a.Declared:
			return 1
		}
		return -1
	})
	return all, nil
}

// heldBack shows what pages of the site tried and the gateway held back, and what
// egress refused.
func (c *Console) heldBack(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := driftPage{page: c.open(r, "drift.title")}
	var err error
	if p.Drift, err = c.drifts(ctx); err != nil {
		return err
	}
	refused, err := c.Egress.Refusals(ctx)
	if err != nil {
		return err
	}
	for _, x := range refused {
		p.Refusals = append(p.Refusals, refusal{x.Recipient, x.Host, x.Reason, x.Last, x.Count})
	}
	return c.show(w, r, "drift", p)
}

type visitsPage struct {
	*page
	Visits *Visits
	Plot   template.HTML
}

// name writes countries and devices as people call them.
func (p *page) name(lists []List) {
	for _, l := range lists {
		for i, item := range l.Items {
			switch key := "device." + item.Name; {
			case l.Key == "countries":
				l.Items[i].Name = i18n.Country(item.Name, p.Lang)
			case l.Key == "devices" && i18n.Has("console."+key):
				l.Items[i].Name = p.T(key)
			}
		}
	}
}

// statistics shows the statistics of the last days.
func (c *Console) statistics(w http.ResponseWriter, r *http.Request) error {
	if c.Visits == nil {
		return fault.New(fault.NotFound, "nothing measures visits under this policy")
	}
	p := visitsPage{page: c.open(r, "visits.title")}
	now := c.Clock.Now()
	var err error
	if p.Visits, err = c.Visits(r.Context(), now.AddDate(0, 0, -overviewDays), now); err != nil {
		return err
	}
	p.Plot = plotVisits(p.page, p.Visits, now)
	if p.Visits != nil {
		p.name(p.Visits.Lists)
	}
	return c.show(w, r, "visits", p)
}
