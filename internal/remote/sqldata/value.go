package sqldata

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// parse turns a word into a value of the column; false if it cannot be one.
func parse(c records.Column, word string) (any, bool) {
	switch c.Kind {
	case records.Integer:
		n, err := strconv.ParseInt(word, 10, 64)
		return n, err == nil && fits(c, n)
	case records.Decimal:
		_, err := strconv.ParseFloat(word, 64)
		return word, err == nil
	case records.Truth:
		b, err := strconv.ParseBool(word)
		return b, err == nil
	case records.Moment, records.Date:
		t, ok := moment(word)
		return t, ok
	case records.Bytes:
		b, err := base64.StdEncoding.DecodeString(word)
		return b, err == nil
	case records.UUID:
		return word, isUUID(word)
	case records.Nested:
		return word, c.Array
	}
	return word, !strings.ContainsRune(word, 0)
}

// fits reports whether a number is in the range of the column's type: a database
// refuses a whole statement for one that is not.
func fits(c records.Column, n int64) bool {
	bits := 64
	switch t := strings.ToLower(c.Type); {
	case t == "smallint" || t == "int2" || t == "smallserial":
		bits = 16
	case t == "integer" || t == "int4" || t == "int" || t == "serial" || t == "mediumint":
		bits = 32
	}
	return n>>(bits-1) == 0 || n>>(bits-1) == -1
}

var layouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.DateOnly}

func moment(word string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, word); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isUUID(word string) bool {
	if len(word) != 36 {
		return false
	}
	for i, r := range word {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// plain is a stored value as records know it.
func plain(c records.Column, v any) any {
	switch x := v.(type) {
	case []byte:
		if c.Kind == records.Bytes {
			return bytes.Clone(x)
		}
		return plain(c, string(x))
	case string:
		return text(c, x)
	case time.Time:
		return x.UTC()
	case [16]byte:
		return uuid(x)
	case int64:
		if c.Kind == records.Truth {
			return x != 0
		}
	case int32:
		return int64(x)
	case float32:
		return float64(x)
	}
	return v
}

// text reads what drivers hand over as text.
func text(c records.Column, s string) any {
	switch c.Kind {
	case records.Integer:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	case records.Truth:
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
	case records.Moment, records.Date:
		if t, ok := moment(s); ok {
			return t.UTC()
		}
	case records.Nested:
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			return numbers(v)
		}
	}
	return s
}

// numbers turns JSON numbers into int64 and float64.
func numbers(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		f, _ := x.Float64()
		return f
	case []any:
		for i := range x {
			x[i] = numbers(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = numbers(x[k])
		}
	}
	return v
}

func uuid(b [16]byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for i, x := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			s.WriteByte('-')
		}
		s.WriteByte(digits[x>>4])
		s.WriteByte(digits[x&15])
	}
	return s.String()
}

// stored is a value as the column takes it.
func stored(c records.Column, v any) (any, error) {
	switch x := v.(type) {
	case string:
		if c.Kind == records.Text || c.Kind == records.Other || c.Kind == records.UUID || c.Kind == records.Decimal {
			return x, nil
		}
		value, ok := parse(c, x)
		if !ok {
			return nil, fault.New(fault.Invalid, "column %s takes no such value", c.Name)
		}
		return value, nil
	case map[string]any, []any:
		if list, ok := x.([]any); ok && c.Array && len(list) == 0 {
			return "{}", nil
		}
		text, err := json.Marshal(x)
		return string(text), err
	case time.Time:
		if c.Kind == records.Text {
			return x.Format(time.RFC3339Nano), nil
		}
	}
	return v, nil
}
