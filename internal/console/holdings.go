package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// holding is what one activity holds.
type holding struct {
	Key, Title string
	Rows       int64
	Oldest     time.Time
	Next       time.Time // when something of it goes next
	Tables     []tableHolding
}

type tableHolding struct {
	Name, About string
	Rows, Bytes int64
	Oldest      time.Time
	Partitions  []event.Partition
}

// planned names the activities that this build does not run and holds nothing of.
func (c *Console) planned(lang string) string {
	var names []string
	for _, a := range c.Policy().Planned() {
		name := a.Title.In(lang)
		if name == "" {
			name = a.Words().Title.In(lang)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// holdings counts what every activity of the policy holds that this build runs,
// in its order.
func (c *Console) holdings(ctx context.Context, lang string, plan retain.Plan) ([]holding, error) {
	p := c.Policy()
	var all []holding
	for i := range p.Activities {
		a := &p.Activities[i]
		m, ok := c.manifest(a.Kind)
		if !ok || m.Planned {
			continue
		}
		h := holding{Key: a.Key, Title: title(a, m, lang)}
		for i := range m.Tables {
			if of := &m.Tables[i]; of.Impersonal != "" && of.Activity == "" && len(p.OfKind(a.Kind)) > 1 {
				continue // it is about no entry more than about the others
			}
			t, err := c.table(ctx, m, &m.Tables[i], a.Key)
			if err != nil {
				return nil, fmt.Errorf("count %s: %w", a.Key, err)
			}
			h.Rows += t.Rows
			h.Oldest = earlier(h.Oldest, t.Oldest)
			h.Tables = append(h.Tables, t)
		}
		for _, item := range plan.Items {
			if item.Activity == a.Key {
				h.Next = earlier(h.Next, item.Next)
			}
		}
		all = append(all, h)
	}
	return all, nil
}

func (c *Console) manifest(kind string) (*manifest.Manifest, bool) {
	for i := range c.Manifests {
		if c.Manifests[i].Name == kind {
			return &c.Manifests[i], true
		}
	}
	return nil, false
}

func title(a *policy.Activity, m *manifest.Manifest, lang string) string {
	if s := a.Title.In(lang); s != "" {
		return s
	}
	return m.Title.In(lang)
}

// table counts what an entry of the policy holds in a table, and finds the oldest of
// it: the earliest moment that has come in any row.
func (c *Console) table(ctx context.Context, m *manifest.Manifest, t *manifest.Table, entry string) (tableHolding, error) {
	h := tableHolding{Name: t.Name, About: t.About}
	if t.Shape != manifest.Rows {
		return c.eventTable(ctx, h)
	}
	wanted := "count(*)"
	moments := slices.Compact(slices.Sorted(maps.Values(t.Moments)))
	for _, column := range moments {
		wanted += ", min(" + column + ")"
	}
	times := make([]store.Time, len(moments))
	into := []any{&h.Rows}
	for i := range times {
		into = append(into, &times[i])
	}
	// Names of tables and columns come from the manifest, never from a request.
	where, args := ofEntry(m, t, entry)
	if err := c.DB.QueryRowContext(ctx, "select "+wanted+" from "+t.Name+where, args...).Scan(into...); err != nil {
		return h, store.Classify(err)
	}
	for _, at := range times {
		if !at.IsZero() && at.Before(c.Clock.Now()) { // an appointment is a moment too
			h.Oldest = earlier(h.Oldest, at.Time)
		}
	}
	return h, nil
}

// ofEntry narrows a count to the rows of one entry, where a kind keeps those of
// several in one table: by a column of the table, or of the one that it hangs on.
func ofEntry(m *manifest.Manifest, t *manifest.Table, entry string) (where string, args []any) {
	if t.Activity != "" {
		return " where " + t.Activity + " = $1", []any{entry}
	}
	if parent, ok := m.Table(t.Parent); ok && t.ParentKey != "" && parent.Activity != "" {
		return " where " + t.ParentKey + " in (select id from " + parent.Name + " where " + parent.Activity + " = $1)", []any{entry}
	}
	return "", nil
}

func (c *Console) eventTable(ctx context.Context, h tableHolding) (tableHolding, error) {
	partitions, err := c.Events.Partitions(ctx, h.Name)
	if err != nil {
		return h, err
	}
	for _, p := range partitions {
		h.Rows += p.Rows
		h.Bytes += p.Bytes
	}
	h.Partitions = partitions
	h.Oldest, err = c.Events.Oldest(ctx, h.Name)
	return h, err
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

type heldPage struct {
	*page
	Holding holding
	Rules   []retain.Item
}

// held shows what one activity holds, by table and partition, and its rules.
func (c *Console) held(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("activity")
	p := c.open(r, "held.title")
	if c.Policy().Activity(key) == nil {
		return fault.New(fault.NotFound, "the policy has no activity of this name")
	}
	plan, err := c.Retain.Plan(r.Context())
	if err != nil {
		return err
	}
	all, err := c.holdings(r.Context(), p.Lang, plan)
	if err != nil {
		return err
	}
	shown := heldPage{page: p}
	for _, h := range all {
		if h.Key == key {
			shown.Holding, shown.Title = h, h.Title
		}
	}
	for _, item := range plan.Items {
		if item.Activity == key {
			shown.Rules = append(shown.Rules, item)
		}
	}
	return c.show(w, r, "held", shown)
}
