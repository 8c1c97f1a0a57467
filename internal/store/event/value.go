package event

import (
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
)

// longestWord is the longest dictionary entry in bytes; PostgreSQL's index
// takes 2,704.
const longestWord = 2000

// plain returns v as the database takes it: string, int64, bool, []byte or nil.
// It refuses what does not fit the column, so that one row cannot spoil the
// transaction of many.
func plain(table string, c *manifest.Column, v any) (any, error) {
	wrong := func(why string) (any, error) {
		return nil, fault.New(fault.Invalid, "%s.%s takes no %T: %s", table, c.Name, v, why)
	}
	switch x := v.(type) {
	case store.Time:
		v = x.Time
	case int:
		v = int64(x)
	case int32:
		v = int64(x)
	}
	if at, ok := v.(time.Time); ok && c.Type == manifest.TimeType {
		if v = nil; !at.IsZero() {
			v = at.UnixMilli()
		}
	}
	if c.Class == manifest.Word && (v == nil || v == "") {
		return nil, nil
	}
	if v == nil {
		if !c.Null {
			return wrong("it must have a value")
		}
		return nil, nil
	}
	switch x := v.(type) {
	case string:
		if c.Type != manifest.TextType && c.Type != manifest.JSONType {
			return wrong("another type is declared")
		}
		if err := checkText(table, c, x); err != nil {
			return nil, err
		}
	case int64:
		if c.Type != manifest.IntType && c.Type != manifest.TimeType {
			return wrong("another type is declared")
		}
	case bool:
		if c.Type != manifest.BoolType {
			return wrong("another type is declared")
		}
	case []byte:
		if c.Type != manifest.BytesType {
			return wrong("another type is declared")
		}
	default:
		return wrong("no column has this type")
	}
	return v, nil
}

func checkText(table string, c *manifest.Column, s string) error {
	switch {
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		return fault.New(fault.Invalid, "%s.%s takes text in UTF-8 without NUL", table, c.Name)
	case c.Class == manifest.Word && len(s) > longestWord:
		return fault.New(fault.TooLarge, "%s.%s takes at most %d bytes", table, c.Name, longestWord)
	}
	return nil
}

// cell scans one value of any column.
type cell struct {
	column *manifest.Column
	text   sql.NullString
	number sql.NullInt64
	truth  sql.NullBool
	bytes  []byte
}

// dest is where the driver puts the value.
func (c *cell) dest() any {
	switch {
	case c.column.Class == manifest.Word:
		return &c.number
	case c.column.Type == manifest.BoolType:
		return &c.truth
	case c.column.Type == manifest.BytesType:
		return &c.bytes
	case c.column.Type == manifest.IntType, c.column.Type == manifest.TimeType:
		return &c.number
	}
	return &c.text
}

// value is what was scanned, as plain returns it; a word is its number.
func (c *cell) value() any {
	switch d := c.dest().(type) {
	case *sql.NullInt64:
		if d.Valid {
			return d.Int64
		}
	case *sql.NullBool:
		if d.Valid {
			return d.Bool
		}
	case *[]byte:
		if *d != nil {
			return *d
		}
	case *sql.NullString:
		if d.Valid {
			return d.String
		}
	}
	return nil
}

// shown is a plain value as a Row holds it.
func shown(c *manifest.Column, v any) any {
	switch x := v.(type) {
	case nil:
		if c.Class == manifest.Word {
			return ""
		}
	case int64:
		if c.Type == manifest.TimeType {
			return time.UnixMilli(x).UTC()
		}
	}
	return v
}

// values are what the cells hold.
func values(cells []cell) []any {
	all := make([]any, len(cells))
	for i := range cells {
		all[i] = cells[i].value()
	}
	return all
}

// cells makes the destinations for rows: id, person if there is one, then the
// values.
func (l *layout) cells() (id, person *sql.NullInt64, cells []cell, dests []any) {
	id, person = new(sql.NullInt64), new(sql.NullInt64)
	dests = append(dests, id)
	if l.person {
		dests = append(dests, person)
	}
	cells = make([]cell, len(l.columns))
	for i := range cells {
		cells[i].column = &l.columns[i]
		dests = append(dests, cells[i].dest())
	}
	return id, person, cells, dests
}
