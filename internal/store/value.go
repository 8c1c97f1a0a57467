package store

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns 128 random bits as 26 characters of lower-case base32
// (Crockford's alphabet). Ids are never guessable and never counted.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return idText.EncodeToString(b[:])
}

// NewIDAt returns an id that begins with a time in milliseconds and goes on with 80
// random bits. Rows that are written by the million stand in their index in the order
// in which they were written, page by page, where those with a NewID meet another page
// each. It tells whoever sees it when the row was made.
func NewIDAt(at time.Time) string {
	var b [16]byte
	rand.Read(b[6:]) // never fails since Go 1.24
	ms := uint64(at.UnixMilli())
	binary.BigEndian.PutUint16(b[:], uint16(ms>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(ms))
	return idText.EncodeToString(b[:])
}

// IsID reports whether s has the form of an id.
func IsID(s string) bool {
	if len(s) != 26 {
		return false
	}
	return strings.Trim(s, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// Time is a moment as both databases keep it: bigint UTC milliseconds. The zero
// Time is null.
type Time struct{ time.Time }

// At wraps t, cut to milliseconds.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UnixMilli(), nil
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case int64:
		*t = Time{time.UnixMilli(v).UTC()}
	default:
		return fmt.Errorf("a time is kept as milliseconds, the database gave %T", src)
	}
	return nil
}

// JSON keeps a value as JSON text.
type JSON[T any] struct{ V T }

// Value implements driver.Valuer.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", j.V, err)
	}
	return string(b), nil
}

// Scan implements sql.Scanner. What was there before is forgotten; null is the
// zero value.
func (j *JSON[T]) Scan(src any) error {
	var b []byte
	*j = JSON[T]{}
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		b = []byte(v)
	case []byte:
		b = v
	default:
		return errors.New("JSON is kept as text")
	}
	if err := json.Unmarshal(b, &j.V); err != nil {
		return fmt.Errorf("decode %T: %w", j.V, err)
	}
	return nil
}
