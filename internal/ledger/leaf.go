package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"kept/internal/fault"
)

// Leaf is one entry of the log.
type Leaf struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"`
	At    time.Time       `json:"at"`
	Facts json.RawMessage `json:"facts"`

	Index int64 `json:"-"` // its place, -1 while pending
}

// Bounds of an entry.
const (
	maxEntry = 4096
	maxText  = 128
	maxKind  = 64
	maxDepth = 4
	maxInt   = 1 << 53 // what every reader of JSON keeps exactly
)

// stamp is how leaves write a time: UTC, milliseconds.
const stamp = "2006-01-02T15:04:05.000Z"

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newLeafID returns an id that begins with the time, so that the index over ids
// grows at its end, and goes on with 80 random bits.
func newLeafID(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	rand.Read(b[6:]) // never fails since Go 1.24
	return idText.EncodeToString(b[:])
}

// canonical returns the entry of a leaf: JSON with sorted keys and no spaces
// (RFC 8785, whose escapes and floats cannot occur).
func canonical(id, kind string, at time.Time, facts map[string]any) (string, error) {
	if !isName(kind) {
		return "", fault.New(fault.Invalid, "the kind %q is not a name of at most %d small letters, digits, dots and hyphens", kind, maxKind)
	}
	checked := map[string]any{}
	for name, v := range facts {
		if !isName(name) {
			return "", fault.New(fault.Invalid, "the fact's name %q is not one", name)
		}
		f, err := fact(reflect.ValueOf(v), 1)
		if err != nil {
			return "", fmt.Errorf("fact %s: %w", name, err)
		}
		checked[name] = f
	}
	b, err := json.Marshal(map[string]any{"id": id, "kind": kind, "at": at.UTC().Format(stamp), "facts": checked})
	if err != nil {
		return "", fmt.Errorf("encode a leaf: %w", err)
	}
	if len(b) > maxEntry {
		return "", fault.New(fault.TooLarge, "the entry has %d bytes, at most %d are allowed", len(b), maxEntry)
	}
	return string(b), nil
}

func isName(s string) bool {
	return s != "" && len(s) <= maxKind && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}

// fact returns v in the form that JSON writes, and refuses what may be personal.
func fact(v reflect.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fault.New(fault.Invalid, "the fact is nested more than %d deep", maxDepth)
	}
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, fault.New(fault.Invalid, "the fact is nil; leave it out")
	}
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format(stamp), nil
	}
	switch {
	case v.Kind() == reflect.Bool:
		return v.Bool(), nil
	case v.CanInt() && -maxInt <= v.Int() && v.Int() <= maxInt:
		return v.Int(), nil
	case v.CanUint() && v.Uint() <= maxInt:
		return v.Uint(), nil
	case v.Kind() == reflect.String:
		return text(v.String())
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		return list(v, depth)
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		return dict(v, depth)
	}
	return nil, fault.New(fault.Invalid, "a fact is no %s", v.Type())
}

func list(v reflect.Value, depth int) (any, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return text(hex.EncodeToString(b))
	}
	found := make([]any, v.Len())
	for i := range found {
		f, err := fact(v.Index(i), depth+1)
		if err != nil {
			return nil, err
		}
		found[i] = f
	}
	return found, nil
}

func dict(v reflect.Value, depth int) (any, error) {
	found := map[string]any{}
	for _, k := range v.MapKeys() {
		if _, err := text(k.String()); err != nil {
			return nil, err
		}
		f, err := fact(v.MapIndex(k), depth+1)
		if err != nil {
			return nil, err
		}
		found[k.String()] = f
	}
	return found, nil
}

// text lets ids, hashes, dates, names of the language and host names through.
// It cannot know a first name from an id, but it stops what data looks like
// when it slips in: mail addresses, sentences, network addresses, numbers to
// call.
func text(s string) (string, error) {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+=-*"
	switch {
	case len(s) > maxText:
		return "", fault.New(fault.Invalid, "a text of %d bytes is no fact, at most %d are allowed", len(s), maxText)
	case strings.Trim(s, allowed) != "":
		return "", fault.New(fault.Invalid, "a text with characters other than those of ids, hashes and names is no fact")
	case isAddress(s):
		return "", fault.New(fault.Invalid, "a network address is no fact")
	case isNumber(s):
		return "", fault.New(fault.Invalid, "digits that may be a telephone number are no fact; write a whole number as one")
	}
	return s, nil
}

func isAddress(s string) bool {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/=+_*", r) }) {
		if _, err := netip.ParseAddr(part); err == nil {
			return true
		}
		if _, err := netip.ParseAddrPort(part); err == nil {
			return true
		}
	}
	return false
}

func isNumber(s string) bool {
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return false
	}
	digits := strings.Trim(s, "+-./:")
	return len(digits) >= 7 && strings.Trim(digits, "0123456789+-./:") == ""
}

func parseLeaf(entry []byte) (Leaf, error) {
	var leaf Leaf
	d := json.NewDecoder(bytes.NewReader(entry))
	d.DisallowUnknownFields()
	if err := d.Decode(&leaf); err != nil || leaf.ID == "" {
		return Leaf{}, fault.New(fault.Invalid, "the entry is not one of this ledger's leaves")
	}
	return leaf, nil
}

// tail returns the id and kind of an entry, which canonical writes last. Both
// are empty if it did not write the entry.
func tail(entry string) (id, kind string) {
	rest, ok := strings.CutSuffix(entry, `"}`)
	before, kind, okKind := cutLast(rest, `","kind":"`)
	_, id, okID := cutLast(before, `,"id":"`)
	if !ok || !okKind || !okID {
		return "", ""
	}
	return id, kind
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
