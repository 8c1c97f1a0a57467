package dataset

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"kept/internal/remote/records"
)

// What stands where something must stand. The domain can never exist (RFC 2606).
const (
	erasedText = "erased"
	erasedMail = "@erased.invalid"
)

// epoch is the date of what has none any more.
var epoch = time.Unix(0, 0).UTC()

// empty is null, or where that is forbidden a value of the column's kind that
// says nothing: no two rows get the same where they must differ, and an address
// stays one in form.
func empty(t *records.Table, f *Field, c records.Column) any {
	if c.Null {
		return nil
	}
	single := slices.ContainsFunc(t.Unique, func(u []string) bool { return slices.Contains(u, c.Name) })
	switch c.Kind {
	case records.Integer, records.Decimal:
		if single {
			return -int64(randomNumber(c.Type))
		}
		return int64(0)
	case records.Truth:
		return false
	case records.Moment, records.Date:
		return epoch
	case records.Bytes:
		return []byte{}
	case records.Nested:
		if c.Array || f.List {
			return []any{}
		}
		return map[string]any{}
	case records.UUID:
		return newUUID()
	}
	return emptyText(f, limit(f, c), single)
}

func emptyText(f *Field, most int, single bool) string {
	if within(f.Category(), "user.contact.email") && (most == 0 || most >= 20+len(erasedMail)) {
		return "erased-" + randomText(13) + erasedMail
	}
	if !single {
		return fit(erasedText, "", most)
	}
	if most == 0 || most >= 20 {
		return "erased-" + randomText(13)
	}
	return randomText(most)
}

// randomNumber is one of a range that the column's type holds.
func randomNumber(typ string) uint64 {
	var bytes [8]byte
	rand.Read(bytes[:])
	n := binary.BigEndian.Uint64(bytes[:])
	switch typ = strings.ToLower(typ); {
	case strings.Contains(typ, "tiny"):
		return n%100 + 1
	case strings.Contains(typ, "small"):
		return n%30_000 + 1
	}
	return n%2_000_000_000 + 1
}

// newUUID is a random one (RFC 9562, version 4), all of its other half zero, so
// that it is known as one that stands for nothing.
func newUUID() string {
	const digits = "0123456789abcdef"
	text := []byte("00000000-0000-4000-8000-000000000000")
	var bytes [12]byte
	rand.Read(bytes[:])
	for i, b := range bytes {
		text[24+i] = digits[b&15]
	}
	return string(text)
}

// isEmpty reports whether v may be what empty has made. A short text or a number
// below zero may be somebody's value as well.
func isEmpty(c records.Column, v any) bool {
	if c.Null || v == nil {
		return v == nil
	}
	switch x := v.(type) {
	case string:
		short := c.Length > 0 && c.Length < 20 && (len(x) == c.Length && strings.Trim(x, letters) == "" || strings.HasPrefix(erasedText, x))
		return short || isNothing(x) || c.Kind == records.Decimal && strings.HasPrefix(x, "-")
	case int64:
		return x <= 0
	case float64:
		return x <= 0
	}
	return isNothing(v)
}

// isNothing reports whether v says nothing about anybody.
func isNothing(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		zero := strings.Trim(x, "0") // as decimals are written
		return zero == "" || zero == "." || x == erasedText || strings.HasPrefix(x, erasedText+"-") || strings.HasPrefix(x, "00000000-0000-4000-8000-")
	case int64:
		return x == 0
	case float64:
		return x == 0
	case bool:
		return !x
	case time.Time:
		return x.Equal(epoch)
	case []byte:
		return len(x) == 0
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}
