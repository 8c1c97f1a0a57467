package postgres

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The types that travel in binary form, as pg_type numbers them; all others travel
// as text.
const (
	typeBool        = 16
	typeBytea       = 17
	typeInt8        = 20
	typeInt2        = 21
	typeInt4        = 23
	typeOID         = 26
	typeXID         = 28
	typeCID         = 29
	typeJSON        = 114
	typeXML         = 142
	typeFloat4      = 700
	typeFloat8      = 701
	typeDate        = 1082
	typeTimestamp   = 1114
	typeTimestamptz = 1184
	typeJSONB       = 3802
)

// The formats of a value.
const (
	asText   int16 = 0
	asBinary int16 = 1
)

// formatOf is how a column of a type is asked for.
func formatOf(oid uint32) int16 {
	switch oid {
	case typeBool, typeBytea, typeInt2, typeInt4, typeInt8, typeOID, typeXID, typeCID, typeFloat4, typeFloat8, typeDate, typeTimestamp, typeTimestamptz:
		return asBinary
	}
	return asText
}

// instant is a moment as PostgreSQL reads it: for a column without a zone it takes
// the day and hour as they stand, for a date the day.
const instant = "2006-01-02 15:04:05.999999Z07:00:00"

// encode makes a value that database/sql hands over one that PostgreSQL takes.
func encode(v driver.Value, oid uint32) (raw []byte, format int16, err error) {
	switch x := v.(type) {
	case nil:
		return nil, asText, nil
	case int64:
		return strconv.AppendInt(nil, x, 10), asText, nil
	case float64:
		return encodeFloat(x), asText, nil
	case bool:
		return strconv.AppendBool(nil, x), asText, nil
	case string:
		return []byte(x), asText, nil
	case []byte:
		if oid == typeBytea {
			return x, asBinary, nil
		}
		return x, asText, nil
	case time.Time:
		return []byte(x.Format(instant)), asText, nil
	}
	return nil, 0, fmt.Errorf("a %T is no value for PostgreSQL", v)
}

func encodeFloat(x float64) []byte {
	switch {
	case math.IsInf(x, 1):
		return []byte("Infinity")
	case math.IsInf(x, -1):
		return []byte("-Infinity")
	}
	return strconv.AppendFloat(nil, x, 'f', -1, 64)
}

// decode makes what PostgreSQL sent a value for database/sql; it keeps nothing of
// raw.
func decode(raw []byte, f pgconn.FieldDescription) (driver.Value, error) {
	switch {
	case raw == nil:
		return nil, nil
	case f.Format == asText && (f.DataTypeOID == typeJSON || f.DataTypeOID == typeJSONB || f.DataTypeOID == typeXML):
		return bytes.Clone(raw), nil
	case f.Format == asText:
		return string(raw), nil
	case f.DataTypeOID == typeBytea:
		return bytes.Clone(raw), nil
	}
	if want := widths[f.DataTypeOID]; len(raw) != want {
		return nil, fmt.Errorf("%d bytes of type %d, wanted %d", len(raw), f.DataTypeOID, want)
	}
	switch f.DataTypeOID {
	case typeBool:
		return raw[0] != 0, nil
	case typeInt2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil
	case typeInt4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil
	case typeInt8:
		return int64(binary.BigEndian.Uint64(raw)), nil
	case typeOID, typeXID, typeCID:
		return int64(binary.BigEndian.Uint32(raw)), nil
	case typeFloat4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), nil
	case typeFloat8:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
	case typeDate:
		return decodeDate(int32(binary.BigEndian.Uint32(raw))), nil
	case typeTimestamp:
		return decodeInstant(int64(binary.BigEndian.Uint64(raw))), nil
	}
	return local(decodeInstant(int64(binary.BigEndian.Uint64(raw)))), nil
}

// widths are the bytes of a value in binary form.
var widths = map[uint32]int{
	typeBool: 1, typeInt2: 2, typeInt4: 4, typeInt8: 8, typeOID: 4, typeXID: 4, typeCID: 4, typeFloat4: 4, typeFloat8: 8,
	typeDate: 4, typeTimestamp: 8, typeTimestamptz: 8,
}

// epoch is the moment from which PostgreSQL counts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// The ends of time, which are no moments of Go.
const (
	always = "infinity"
	never  = "-infinity"
)

func decodeDate(days int32) driver.Value {
	switch days {
	case math.MaxInt32:
		return always
	case math.MinInt32:
		return never
	}
	return epoch.AddDate(0, 0, int(days))
}

func decodeInstant(micros int64) driver.Value {
	switch micros {
	case math.MaxInt64:
		return always
	case math.MinInt64:
		return never
	}
	return time.UnixMicro(epoch.UnixMicro() + micros).UTC()
}

// local gives a moment the zone of the machine, as it is for database/sql.
func local(v driver.Value) driver.Value {
	if t, ok := v.(time.Time); ok {
		return t.Local()
	}
	return v
}
