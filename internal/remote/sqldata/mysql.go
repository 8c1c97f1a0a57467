package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

type mysql struct{}

func (mysql) open(c Config) (*sql.DB, error) {
	config := driver.NewConfig()
	config.Net, config.Addr, config.DBName, config.User, config.Passwd = "tcp", c.Address, c.Database, c.User, c.Password.Reveal()
	config.TLS, config.DialFunc = c.TLS, c.Dial
	config.ParseTime, config.Loc, config.Timeout = true, time.UTC, 10*time.Second
	config.Params = map[string]string{"time_zone": "'+00:00'"}
	config.Logger = log.New(io.Discard, "", 0) // errors are returned
	connector, err := driver.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func (mysql) quote(name string) string { return quoted(name, "`", "`") }
func (mysql) parameter(int) string     { return "?" }
func (mysql) top(n int) (head, tail string) {
	return "", " limit " + strconv.Itoa(n)
}
func (mysql) column(_ records.Column, quoted string) string { return quoted }

func (mysql) lower(expression string) string { return "lower(" + expression + ")" }
func (mysql) contains(string, string) string { return "false" }

const mysqlColumns = `
select table_name, column_name, column_type, data_type, is_nullable, coalesce(character_maximum_length, 0), extra, coalesce(collation_name, '')
from information_schema.columns where table_schema = if(? = '', database(), ?) order by table_name, ordinal_position`

const mysqlKeys = `
select u.table_name, u.constraint_name, k.constraint_type, u.column_name, coalesce(u.referenced_table_name, ''), coalesce(u.referenced_column_name, '')
from information_schema.key_column_usage u join information_schema.table_constraints k
  on k.constraint_schema = u.constraint_schema and k.table_name = u.table_name and k.constraint_name = u.constraint_name
where u.table_schema = if(? = '', database(), ?) order by u.table_name, u.constraint_name, u.ordinal_position`

const mysqlIndexes = `
select table_name, column_name from information_schema.statistics where table_schema = if(? = '', database(), ?) and seq_in_index = 1`

func (d mysql) tables(ctx context.Context, db *sql.DB, c Config) (map[string]*records.Table, error) {
	g := gather{}
	err := each(ctx, db, func(r []string) error {
		length, _ := strconv.Atoi(r[5])
		if length > 1<<20 {
			length = 0
		}
		t := g.table(r[0])
		t.Columns = append(t.Columns, records.Column{
			Name: r[1], Type: r[2], Kind: d.kind(r[2], r[3]), Null: r[4] == "YES", Length: length, Fixed: strings.Contains(strings.ToUpper(r[6]), "GENERATED"), Folds: strings.HasSuffix(r[7], "_ci"),
		})
		return nil
	}, mysqlColumns, c.Schema, c.Schema)
	if err != nil {
		return nil, err
	}
	var keys [][]string
	if err := each(ctx, db, func(r []string) error { keys = append(keys, r); return nil }, mysqlKeys, c.Schema, c.Schema); err != nil {
		return nil, err
	}
	g.keyed(keys)
	err = each(ctx, db, func(r []string) error {
		t := g.table(r[0])
		t.Indexes = append(t.Indexes, r[1])
		return nil
	}, mysqlIndexes, c.Schema, c.Schema)
	return g, err
}

func (mysql) kind(whole, typ string) records.Kind {
	switch typ = strings.ToLower(typ); typ {
	case "tinyint":
		if strings.HasPrefix(strings.ToLower(whole), "tinyint(1)") {
			return records.Truth
		}
		return records.Integer
	case "smallint", "mediumint", "int", "bigint", "year":
		return records.Integer
	case "decimal", "float", "double":
		return records.Decimal
	case "datetime", "timestamp":
		return records.Moment
	case "date":
		return records.Date
	case "binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "bit":
		return records.Bytes
	case "json":
		return records.Nested
	case "uuid":
		return records.UUID
	case "char", "varchar", "text", "tinytext", "mediumtext", "longtext":
		return records.Text
	}
	return records.Other
}

func (mysql) classify(err error) fault.Kind {
	var my *driver.MySQLError
	if !errors.As(err, &my) {
		if errors.Is(err, driver.ErrInvalidConn) || unreachable(err) {
			return fault.Unavailable
		}
		return fault.Internal
	}
	switch my.Number {
	case 1062, 1451, 1452, 1048, 1406, 3819, 4025, 1213, 1205, 1364:
		return fault.Conflict
	case 1146, 1054:
		return fault.NotFound
	case 1142, 1143, 1227, 1370:
		return fault.Forbidden
	case 1040, 1044, 1045, 1049, 1053, 1130, 1203, 1698:
		return fault.Unavailable
	}
	return fault.Internal
}
