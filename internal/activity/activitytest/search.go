package activitytest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/postgres"
)

// Searched is something that is searched byte by byte: a file, a table, a log.
type Searched struct {
	Name string
	Data []byte
}

// Hit is a place where something was found.
type Hit struct {
	Where    string
	Notation string
	At       int
}

// String says where the hit is.
func (h Hit) String() string { return fmt.Sprintf("%s at byte %d as %s", h.Where, h.At, h.Notation) }

// Leaks returns the places of in that hold the planted addresses. A notation of
// a few bytes can come about by chance in what is random (keys, hashes, sealed
// values), so it counts only where it is found for every one of them: plant
// several.
func Leaks(in []Searched, planted ...netip.Addr) []Hit {
	byNotation := map[string][]Hit{}
	found := map[string]map[netip.Addr]bool{}
	var hits []Hit
	for _, a := range planted {
		for _, n := range Notations(a) {
			for _, h := range find(in, n) {
				if len(n.Bytes) > byChance {
					hits = append(hits, h)
					continue
				}
				if found[n.Name] == nil {
					found[n.Name] = map[netip.Addr]bool{}
				}
				found[n.Name][a] = true
				byNotation[n.Name] = append(byNotation[n.Name], h)
			}
		}
	}
	for name, addresses := range found {
		if len(addresses) == len(planted) {
			hits = append(hits, byNotation[name]...)
		}
	}
	return hits
}

// byChance is the length up to which a run of bytes may be met by chance.
const byChance = 8

func find(in []Searched, n Notation) []Hit {
	var hits []Hit
	for _, s := range in {
		if at := bytes.Index(s.Data, n.Bytes); at >= 0 {
			hits = append(hits, Hit{s.Name, n.Name, at})
		}
	}
	return hits
}

// Texts returns the places of in that hold one of texts.
func Texts(in []Searched, texts ...string) []Hit {
	var hits []Hit
	for _, s := range texts {
		hits = append(hits, find(in, Notation{fmt.Sprintf("%q", s), []byte(s)})...)
	}
	return hits
}

// Files returns every file below dirs, with its name as something to search too.
func Files(t testing.TB, dirs ...string) []Searched {
	t.Helper()
	var all []Searched
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if os.IsNotExist(err) { // a write-ahead log that was folded in meanwhile
				return nil
			}
			all = append(all, Searched{path, data}, Searched{"the name of " + path, []byte(path)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Tables returns the content of every PostgreSQL table in the schema that address
// names (partitions lie in schemas named after it).
func Tables(t testing.TB, address string) []Searched {
	t.Helper()
	schema := schemaOf(t, address)
	db, err := postgres.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	var all []Searched
	for _, name := range columnOf(t, db, `select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
		where schemaname = $1 or left(schemaname, length($1) + 1) = $1 || '_'`, schema) {
		rows, err := db.QueryContext(ctx, "select t::text from "+name+" t")
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				t.Fatal(err)
			}
			text.WriteString(row + "\n")
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		all = append(all, Searched{name, []byte(text.String())})
	}
	return all
}

// schemaOf returns the schema that a PostgreSQL address names.
func schemaOf(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("search_path")
}

func columnOf(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// CopyDir copies a folder as a backup tool would, while it may be in use.
func CopyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
