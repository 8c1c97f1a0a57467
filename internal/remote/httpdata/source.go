package httpdata

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Config is one interface.
type Config struct {
	URL         *url.URL // below which all requests go
	Auth        *Auth
	Collections map[string]Collection
	Transport   http.RoundTripper // to the host of URL
	Clock       clock.Clock
}

// Source is one interface. It is safe for concurrent use.
type Source struct {
	config Config
	client *http.Client
}

var _ records.Source = (*Source)(nil)

// maxPages bounds one reading.
const maxPages = 10_000

// Open checks a description and returns the interface.
func Open(c Config) (*Source, error) {
	if c.Auth == nil {
		c.Auth = &Auth{}
	}
	for name, collection := range c.Collections {
		for _, r := range collection.Read {
			if len(r.placeholders()) == 0 {
				return nil, fault.New(fault.Invalid, "a read request of %s has no placeholder like {email}, and would read everybody", name)
			}
		}
		for what, r := range map[string]*Request{"update": collection.Update, "delete": collection.Delete} {
			if r != nil && len(r.placeholders()) == 0 {
				return nil, fault.New(fault.Invalid, "the %s request of %s has no placeholder like {id}, and would concern everybody", what, name)
			}
		}
	}
	return &Source{config: c, client: &http.Client{Transport: c.Transport, CheckRedirect: stay}}, nil
}

// Close lets the connections go.
func (s *Source) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Tables returns what the description says.
func (s *Source) Tables(context.Context) ([]records.Table, error) {
	var tables []records.Table
	for _, name := range slices.Sorted(maps.Keys(s.config.Collections)) {
		c := s.config.Collections[name]
		t := records.Table{Name: name, Key: c.Key, NoChange: c.Update == nil, NoDelete: c.Delete == nil}
		for _, f := range c.Fields {
			t.Columns = append(t.Columns, records.Column{Name: f, Kind: records.Other, Null: !slices.Contains(c.Key, f)})
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (s *Source) collection(name string) (Collection, error) {
	c, known := s.config.Collections[name]
	if !known {
		return c, fault.New(fault.NotFound, "the connection describes no %s", name)
	}
	return c, nil
}

// request returns the request that uses most of the fields and needs no other.
func request(all []Request, fields []string) *Request {
	var best *Request
	for i := range all {
		needs := all[i].placeholders()
		if slices.ContainsFunc(needs, func(n string) bool { return !slices.Contains(fields, n) }) {
			continue
		}
		if best == nil || len(needs) > len(best.placeholders()) {
			best = &all[i]
		}
	}
	return best
}

// Read asks once for each tuple.
func (s *Source) Read(ctx context.Context, q records.Query, f func(records.Row) error) error {
	return s.items(ctx, q.Table, q.Match, func(item map[string]any) error {
		row := make(records.Row, len(q.Fields))
		for i, name := range q.Fields {
			row[i] = plain(item[name])
		}
		return f(row)
	})
}

// Count counts by reading.
func (s *Source) Count(ctx context.Context, table string, m records.Match) (n int64, err error) {
	err = s.items(ctx, table, m, func(map[string]any) error { n++; return nil })
	return n, err
}

func (s *Source) items(ctx context.Context, table string, m records.Match, f func(map[string]any) error) error {
	c, err := s.collection(table)
	if err != nil {
		return err
	}
	r := request(c.Read, m.Fields)
	if r == nil {
		return fault.New(fault.Invalid, "the connection describes no request that finds %s by %s; add one with these placeholders", table, strings.Join(m.Fields, " and "))
	}
	for _, tuple := range m.Tuples {
		values := map[string]string{}
		for i, name := range m.Fields {
			values[name] = tuple[i]
		}
		err := s.pages(ctx, r, values, func(item map[string]any) error {
			if !answers(item, values, m.Fold) {
				return nil
			}
			return f(item)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// answers reports whether an item is what was asked for. A value that the item does
// not repeat is the one that was asked for.
func answers(item map[string]any, values map[string]string, fold bool) bool {
	for name, want := range values {
		top, rest, nested := strings.Cut(name, ".")
		if _, there := item[top]; !there {
			if !nested {
				item[top] = want
			}
			continue
		}
		if nested && reach(item[top], rest) == nil {
			continue // in a list, or not told
		}
		got := word(reach(item, name))
		if list, ok := reach(item, name).([]any); ok {
			if !slices.ContainsFunc(list, func(v any) bool { return same(word(v), want, fold) }) {
				return false
			}
			continue
		}
		if !same(got, want, fold) {
			return false
		}
	}
	return true
}

func same(a, b string, fold bool) bool { return a == b || fold && strings.EqualFold(a, b) }

func word(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// plain is a JSON value as records know it.
func plain(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	return f
}

// Delete deletes each row that a match finds. The count of a row that was gone
// already is none.
func (s *Source) Delete(ctx context.Context, table string, m records.Match) (n int64, err error) {
	c, err := s.collection(table)
	if err != nil {
		return 0, err
	}
	if c.Delete == nil {
		return 0, fault.New(fault.Forbidden, "the connection describes no request that deletes %s", table)
	}
	if request([]Request{*c.Delete}, m.Fields) == nil {
		return s.deleteFound(ctx, table, c.Delete, m)
	}
	for _, tuple := range m.Tuples {
		values := map[string]string{}
		for i, name := range m.Fields {
			values[name] = tuple[i]
		}
		gone, err := s.delete(ctx, c.Delete, values)
		if err != nil {
			return n, err
		}
		n += gone
	}
	return n, nil
}

// deleteFound reads rows first, since deleting needs other fields of them.
func (s *Source) deleteFound(ctx context.Context, table string, r *Request, m records.Match) (n int64, err error) {
	var found []map[string]string
	err = s.items(ctx, table, m, func(item map[string]any) error {
		values := map[string]string{}
		for _, name := range r.placeholders() {
			if values[name] = word(reach(item, name)); values[name] == "" {
				return fault.New(fault.Invalid, "a row of %s has no %s, by which it is deleted", table, name)
			}
		}
		found = append(found, values)
		return nil
	})
	for _, values := range found {
		if err != nil {
			break
		}
		var gone int64
		gone, err = s.delete(ctx, r, values)
		n += gone
	}
	return n, err
}

func (s *Source) delete(ctx context.Context, r *Request, values map[string]string) (int64, error) {
	a, err := s.call(ctx, r, s.address(r, values), values, nil)
	if err != nil || a.status >= 400 {
		return 0, err
	}
	return 1, nil
}

// Change changes rows one after the other: an interface has no transactions.
func (s *Source) Change(ctx context.Context, table string, changes []records.Change) error {
	c, err := s.collection(table)
	if err != nil {
		return err
	}
	if c.Update == nil {
		return fault.New(fault.Forbidden, "the connection describes no request that changes %s", table)
	}
	for _, change := range changes {
		if _, err := s.call(ctx, c.Update, s.address(c.Update, change.Key), change.Key, change.Set); err != nil {
			return err
		}
	}
	return nil
}
