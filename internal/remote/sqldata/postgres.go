package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/fault"
	driver "kept/internal/postgres"
	"kept/internal/remote/records"
)

type postgres struct{}

func (postgres) open(c Config) (*sql.DB, error) {
	config, err := pgconn.ParseConfig("sslmode=disable")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.Database, config.User, config.Password = host, uint16(n), c.Database, c.User, c.Password.Reveal()
	config.TLSConfig, config.Fallbacks, config.DialFunc = c.TLS, nil, c.Dial
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // the dialer resolves
	config.RuntimeParams = map[string]string{"application_name": "kept", "timezone": "UTC"}
	return driver.OpenConfig(config), nil
}

func (postgres) quote(name string) string { return quoted(name, `"`, `"`) }
func (postgres) parameter(n int) string   { return "$" + strconv.Itoa(n) }
func (postgres) top(n int) (head, tail string) {
	return "", " limit " + strconv.Itoa(n)
}

func (postgres) column(c records.Column, quoted string) string {
	switch {
	case c.Array:
		return "to_json(" + quoted + ")::text"
	case c.Kind == records.Other || c.Kind == records.Nested || c.Kind == records.Decimal:
		return quoted + "::text"
	}
	return quoted
}

func (postgres) lower(expression string) string { return "lower(" + expression + ")" }
func (postgres) contains(quoted, parameter string) string {
	return parameter + "::text = any(" + quoted + "::text[])"
}

const postgresColumns = `
select c.relname, a.attname, format_type(a.atttypid, null), t.typname, not a.attnotnull, information_schema._pg_char_max_length(a.atttypid, a.atttypmod), a.attgenerated <> '' or a.attidentity = 'a', t.typcategory
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
where n.nspname = coalesce(nullif($1, ''), current_schema()) and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum`

const postgresKeys = `
select c.relname, k.conname, case k.contype when 'p' then 'primary key' when 'u' then 'unique' else 'foreign key' end, a.attname, coalesce(f.relname, ''), coalesce(b.attname, '')
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
cross join lateral unnest(k.conkey) with ordinality as u(attnum, place) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
left join pg_class f on f.oid = k.confrelid left join pg_attribute b on b.attrelid = f.oid and b.attnum = k.confkey[u.place]
where n.nspname = coalesce(nullif($1, ''), current_schema()) and k.contype in ('p', 'u', 'f')
order by c.relname, k.conname, u.place`

const postgresIndexes = `
select c.relname, pg_get_indexdef(i.indexrelid, 1, true), i.indisunique and i.indnkeyatts = 1 and i.indexprs is null and not i.indisprimary
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = coalesce(nullif($1, ''), current_schema()) and i.indisvalid`

func (d postgres) tables(ctx context.Context, db *sql.DB, c Config) (map[string]*records.Table, error) {
	g := gather{}
	err := each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		length, _ := strconv.Atoi(r[5])
		column := records.Column{Name: r[1], Type: r[2], Null: r[4] == "true", Length: length, Fixed: r[6] == "true", Array: r[7] == "A", Folds: r[3] == "citext"}
		if column.Kind = d.kind(r[3]); column.Array {
			column.Kind = records.Nested
		}
		t.Columns = append(t.Columns, column)
		return nil
	}, postgresColumns, c.Schema)
	if err != nil {
		return nil, err
	}
	var keys [][]string
	if err := each(ctx, db, func(r []string) error { keys = append(keys, r); return nil }, postgresKeys, c.Schema); err != nil {
		return nil, err
	}
	g.keyed(keys)
	err = each(ctx, db, func(r []string) error {
		t, first := g.table(r[0]), plainIndex(r[1])
		if t.Indexes = append(t.Indexes, first); r[2] == "true" {
			t.Unique = append(t.Unique, []string{first})
		}
		return nil
	}, postgresIndexes, c.Schema)
	return g, err
}

// plainIndex is a column or lower(column), without quotes and casts.
func plainIndex(definition string) string {
	return strings.NewReplacer(`"`, "", "::text", "", "((", "(", "))", ")").Replace(definition)
}

func (postgres) kind(typ string) records.Kind {
	switch typ {
	case "int2", "int4", "int8":
		return records.Integer
	case "numeric", "float4", "float8", "money":
		return records.Decimal
	case "bool":
		return records.Truth
	case "timestamp", "timestamptz":
		return records.Moment
	case "date":
		return records.Date
	case "bytea":
		return records.Bytes
	case "json", "jsonb":
		return records.Nested
	case "uuid":
		return records.UUID
	case "text", "varchar", "bpchar", "citext", "name", "char":
		return records.Text
	}
	return records.Other
}

func (postgres) classify(err error) fault.Kind {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var connect *pgconn.ConnectError
		if errors.As(err, &connect) || unreachable(err) || pgconn.Timeout(err) {
			return fault.Unavailable
		}
		return fault.Internal
	}
	switch {
	case strings.HasPrefix(pg.Code, "23") || pg.Code == "40001" || pg.Code == "40P01":
		return fault.Conflict
	case pg.Code == "42P01" || pg.Code == "42703" || pg.Code == "3F000":
		return fault.NotFound
	case pg.Code == "42501":
		return fault.Forbidden
	case strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "28") || pg.Code == "3D000":
		return fault.Unavailable
	}
	return fault.Internal
}
