package event

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// visit is an event table with a column of each kind.
var visit = manifest.Table{
	Name: "visit", Shape: manifest.Monthly, Subject: manifest.PersonColumn,
	Columns: []manifest.Column{
		{Name: "id", Type: manifest.IntType},
		{Name: "at", Type: manifest.TimeType, Anonymise: manifest.CoarsenHour},
		{Name: "person", Type: manifest.IntType},
		{Name: "page", Class: manifest.Word, Anonymise: manifest.StripQuery},
		{Name: "agent", Class: manifest.Word},
		{Name: "address", Class: manifest.Word, Anonymise: manifest.TruncateAddr},
		{Name: "scroll", Type: manifest.IntType, Null: true, Anonymise: manifest.Retain},
		{Name: "note", Null: true},
		{Name: "seen", Type: manifest.TimeType, Null: true, Anonymise: manifest.CoarsenDay},
		{Name: "new", Type: manifest.BoolType, Anonymise: manifest.Retain},
		{Name: "raw", Type: manifest.BytesType, Null: true},
	},
	Moments: map[string]string{"collection": "at"},
}

// knock is a daily table about nobody.
var knock = manifest.Table{
	Name: "knock", Shape: manifest.Daily,
	Columns: []manifest.Column{
		{Name: "id", Type: manifest.IntType}, {Name: "at", Type: manifest.TimeType},
		{Name: "address", Class: manifest.Word},
	},
}

var november = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// house is an instance with its events.
type house struct {
	*Store
	t     testing.TB
	db    *store.DB
	vault *vault.Vault
}

// each runs f in a house on each database.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newHouse(t, db, usual)) })
}

func newHouse(t testing.TB, db *store.DB, lim limits) *house {
	t.Helper()
	h := &house{t: t, db: db, vault: openVault(t, t.TempDir())}
	h.Store = h.node(lim)
	return h
}

// node opens one more process over the same data.
func (h *house) node(lim limits) *Store {
	h.t.Helper()
	s, err := open(context.Background(), h.db, h.vault, clock.At(november), []manifest.Table{visit, knock}, lim)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

func openVault(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	v, err := vaultIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func vaultIn(dir string) (*vault.Vault, error) {
	master, err := vault.MasterFromFile(filepath.Join(dir, "master"), true)
	if err != nil {
		return nil, err
	}
	return vault.Open(context.Background(), vault.Config{Dir: dir, Master: master, Clock: clock.System})
}

// view makes a row of visit.
func view(at time.Time, subject, page string) Row {
	return Row{At: at, Subject: subject, Values: []any{page, "Firefox", "203.0.113.7", 90, nil, nil, true, nil}}
}

func (h *house) append(rows ...Row) {
	h.t.Helper()
	if err := h.Append(context.Background(), "visit", rows...); err != nil {
		h.t.Fatal(err)
	}
}

// of returns the pages of a subject's rows.
func (h *house) of(subject string) []string {
	h.t.Helper()
	var pages []string
	err := h.Of(context.Background(), "visit", subject, func(r Row) error {
		pages = append(pages, r.Values[0].(string))
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return pages
}

func (h *house) count(table string) int64 {
	h.t.Helper()
	n, err := h.Count(context.Background(), table)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// labels lists the partitions of a table.
func (h *house) labels(table string) string {
	h.t.Helper()
	parts, err := h.Partitions(context.Background(), table)
	if err != nil {
		h.t.Fatal(err)
	}
	var all []string
	for _, p := range parts {
		all = append(all, fmt.Sprintf("%s:%d", spanOf(h.tables[table].Shape, p.From).label, p.Rows))
	}
	return strings.Join(all, " ")
}

// everything is every value of both databases and, on SQLite, every byte of
// their files.
func (h *house) everything() string {
	h.t.Helper()
	var b strings.Builder
	if err := h.Dump(context.Background(), &b); err != nil {
		h.t.Fatal(err)
	}
	b.WriteString(storetest.Dump(h.t, h.db))
	if h.db.Dialect() == store.Postgres {
		return b.String()
	}
	err := filepath.Walk(h.db.Dir(), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		b.Write(raw)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return b.String()
}

// sqlite is for tests of what does not touch SQL.
func sqlite(t testing.TB) *store.DB { return storetest.Open(t, storetest.SQLite(t)) }
