package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	driver "modernc.org/sqlite"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

type sqlite struct{}

// open never makes a file that is not there.
func (sqlite) open(c Config) (*sql.DB, error) {
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(c.File)}).EscapedPath()}
	file.RawQuery = "mode=rw&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"
	return sql.Open("sqlite", file.String())
}

func (sqlite) quote(name string) string { return quoted(name, `"`, `"`) }
func (sqlite) parameter(n int) string   { return "?" + strconv.Itoa(n) }
func (sqlite) top(n int) (head, tail string) {
	return "", " limit " + strconv.Itoa(n)
}
func (sqlite) column(_ records.Column, quoted string) string { return quoted }
func (sqlite) lower(expression string) string                { return "lower(" + expression + ")" }
func (sqlite) contains(string, string) string                { return "false" }

const sqliteColumns = `
select m.name, c.name, c.type, c."notnull", c.pk, c.hidden from sqlite_schema m, pragma_table_xinfo(m.name) c
where m.type in ('table', 'view') and m.name not like 'sqlite_%' order by m.name, c.cid`

const sqliteIndexes = `
select m.name, l.name, l."unique", i.name from sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
where m.type = 'table' and l.origin <> 'pk' order by m.name, l.name, i.seqno`

const sqliteReferences = `
select m.name, f.id, 'foreign key', f."from", f."table", coalesce(f."to", '') from sqlite_schema m, pragma_foreign_key_list(m.name) f
where m.type = 'table' order by m.name, f.id, f.seq`

func (d sqlite) tables(ctx context.Context, db *sql.DB, _ Config) (map[string]*records.Table, error) {
	g := gather{}
	err := each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		if r[4] != "0" {
			t.Key = append(t.Key, r[1])
		}
		t.Columns = append(t.Columns, records.Column{Name: r[1], Type: r[2], Kind: d.kind(r[2]), Null: r[3] == "0" && r[4] == "0", Length: length(r[2]), Fixed: r[5] != "0"})
		return nil
	}, sqliteColumns)
	if err != nil {
		return nil, err
	}
	var keys [][]string
	err = each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		if len(keys) == 0 || keys[len(keys)-1][1] != r[1] {
			t.Indexes = append(t.Indexes, r[3])
		}
		kind := ""
		if r[2] == "1" {
			kind = "unique"
		}
		keys = append(keys, []string{r[0], r[1], kind, r[3], "", ""})
		return nil
	}, sqliteIndexes)
	if err != nil {
		return nil, err
	}
	err = each(ctx, db, func(r []string) error { keys = append(keys, r); return nil }, sqliteReferences)
	g.keyed(keys)
	for _, t := range g {
		t.Indexes = append(t.Indexes, t.Key...)
		for i := range t.Refers { // a reference without columns means the key
			if r := &t.Refers[i]; r.Target[0] == "" && g[r.Table] != nil {
				r.Target = g[r.Table].Key
			}
		}
	}
	return g, err
}

// length reads varchar(40); SQLite does not enforce it, whoever reads the data may.
func length(typ string) int {
	_, rest, ok := strings.Cut(typ, "(")
	if !ok || !strings.Contains(strings.ToLower(typ), "char") {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(rest, ")"))
	return n
}

// kind follows SQLite's rules of affinity, with dates and truths as people declare
// them.
func (sqlite) kind(typ string) records.Kind {
	typ = strings.ToLower(typ)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(typ, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("int"):
		return records.Integer
	case has("json"):
		return records.Nested
	case has("char", "clob", "text"):
		return records.Text
	case typ == "" || has("blob"):
		return records.Bytes
	case has("bool"):
		return records.Truth
	case has("real", "floa", "doub", "numeric", "decimal"):
		return records.Decimal
	case has("timestamp", "datetime"):
		return records.Moment
	case has("date"):
		return records.Date
	}
	return records.Other
}

func (sqlite) classify(err error) fault.Kind {
	var lite *driver.Error
	if !errors.As(err, &lite) {
		return fault.Internal
	}
	switch lite.Code() & 0xff {
	case 19: // SQLITE_CONSTRAINT
		return fault.Conflict
	case 5, 6, 10, 14, 26: // BUSY, LOCKED, IOERR, CANTOPEN, NOTADB
		return fault.Unavailable
	case 8: // READONLY
		return fault.Forbidden
	case 1:
		if strings.Contains(lite.Error(), "no such") {
			return fault.NotFound
		}
	}
	return fault.Internal
}
