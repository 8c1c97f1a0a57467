package sqldata

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"kept/internal/remote/records"
)

// sqlserver is what SQL Server has of its own. How it is spoken to, and its errors,
// lie beside its driver.
type sqlserver struct{}

func (sqlserver) quote(name string) string { return quoted(name, "[", "]") }
func (sqlserver) parameter(n int) string   { return "@p" + strconv.Itoa(n) }
func (sqlserver) top(n int) (head, tail string) {
	return "top (" + strconv.Itoa(n) + ") ", ""
}

func (sqlserver) column(c records.Column, quoted string) string {
	if c.Kind == records.UUID {
		return "cast(" + quoted + " as varchar(36))"
	}
	return quoted
}

func (sqlserver) lower(expression string) string { return "lower(" + expression + ")" }
func (sqlserver) contains(string, string) string { return "1 = 0" }

const sqlserverColumns = `
select t.name, c.name, y.name, c.is_nullable, case when y.name in ('nvarchar', 'nchar') then c.max_length / 2 else c.max_length end, case when c.is_computed = 1 or c.is_identity = 1 then 1 else 0 end, coalesce(c.collation_name, '')
from sys.objects t join sys.schemas s on s.schema_id = t.schema_id join sys.columns c on c.object_id = t.object_id join sys.types y on y.user_type_id = c.user_type_id
where t.type in ('U', 'V') and s.name = coalesce(nullif(@p1, ''), schema_name()) order by t.name, c.column_id`

const sqlserverKeys = `
select t.name, i.name, case when i.is_primary_key = 1 then 'primary key' else 'unique' end, c.name, '', ''
from sys.indexes i join sys.objects t on t.object_id = i.object_id join sys.schemas s on s.schema_id = t.schema_id
join sys.index_columns x on x.object_id = i.object_id and x.index_id = i.index_id and x.is_included_column = 0
join sys.columns c on c.object_id = x.object_id and c.column_id = x.column_id
where i.is_unique = 1 and s.name = coalesce(nullif(@p1, ''), schema_name()) order by t.name, i.name, x.key_ordinal`

const sqlserverReferences = `
select t.name, f.name, 'foreign key', c.name, r.name, d.name
from sys.foreign_keys f join sys.objects t on t.object_id = f.parent_object_id join sys.schemas s on s.schema_id = t.schema_id
join sys.foreign_key_columns x on x.constraint_object_id = f.object_id
join sys.columns c on c.object_id = x.parent_object_id and c.column_id = x.parent_column_id
join sys.objects r on r.object_id = f.referenced_object_id join sys.columns d on d.object_id = x.referenced_object_id and d.column_id = x.referenced_column_id
where s.name = coalesce(nullif(@p1, ''), schema_name()) order by t.name, f.name, x.constraint_column_id`

const sqlserverIndexes = `
select t.name, c.name from sys.index_columns x join sys.objects t on t.object_id = x.object_id join sys.schemas s on s.schema_id = t.schema_id
join sys.columns c on c.object_id = x.object_id and c.column_id = x.column_id
where x.key_ordinal = 1 and s.name = coalesce(nullif(@p1, ''), schema_name())`

func (d sqlserver) tables(ctx context.Context, db *sql.DB, c Config) (map[string]*records.Table, error) {
	g := gather{}
	truth := func(s string) bool { return s == "1" || s == "true" }
	err := each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		length, _ := strconv.Atoi(r[4])
		column := records.Column{Name: r[1], Type: r[2], Kind: d.kind(r[2]), Null: truth(r[3]), Fixed: truth(r[5]), Folds: strings.Contains(r[6], "_CI")}
		if column.Kind == records.Text && length > 0 {
			column.Length = length
		}
		t.Columns = append(t.Columns, column)
		return nil
	}, sqlserverColumns, c.Schema)
	if err != nil {
		return nil, err
	}
	var keys [][]string
	for _, query := range []string{sqlserverKeys, sqlserverReferences} {
		if err := each(ctx, db, func(r []string) error { keys = append(keys, r); return nil }, query, c.Schema); err != nil {
			return nil, err
		}
	}
	g.keyed(keys)
	err = each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		t.Indexes = append(t.Indexes, r[1])
		return nil
	}, sqlserverIndexes, c.Schema)
	return g, err
}

func (sqlserver) kind(typ string) records.Kind {
	switch strings.ToLower(typ) {
	case "tinyint", "smallint", "int", "bigint":
		return records.Integer
	case "decimal", "numeric", "float", "real", "money", "smallmoney":
		return records.Decimal
	case "bit":
		return records.Truth
	case "datetime", "datetime2", "smalldatetime", "datetimeoffset":
		return records.Moment
	case "date":
		return records.Date
	case "binary", "varbinary", "image", "timestamp", "rowversion":
		return records.Bytes
	case "uniqueidentifier":
		return records.UUID
	case "char", "varchar", "nchar", "nvarchar", "text", "ntext", "sysname":
		return records.Text
	}
	return records.Other
}
