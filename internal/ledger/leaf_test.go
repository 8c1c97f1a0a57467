package ledger

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

func TestFactsThatMayBePersonalAreRefused(t *testing.T) {
	long := strings.Repeat("a", maxText+1)
	for name, v := range map[string]any{
		"mail address": "anna@example.org", "sentence": "Anna called", "umlaut": "Müller", "long": long, "newline": "a\nb",
		"IPv4": "192.168.1.77", "IPv6": "2001:db8::77", "with port": "192.168.1.77:443", "in a URL": "https://192.168.1.77/x",
		"prefix": "192.168.1.0/24", "telephone": "+49611123456", "telephone in parts": "0611-12-34-56", "digits": "1234567890",
		"bytes": make([]byte, 65), "nil": nil, "float": 1.5, "too large": int64(1) << 54, "uint": uint64(math.MaxUint64),
		"struct": struct{ Name string }{"Anna"}, "pointer": new(int), "in a list": []string{"a", "anna@example.org"},
		"as a key": map[string]int{"anna@example.org": 1}, "int key": map[int]int{1: 1}, "deep": []any{[]any{[]any{[]any{1}}}},
		"in a map": map[string]any{"a": []any{"Anna called"}},
	} {
		if entry, err := canonical("id", "kind", start, map[string]any{"fact": v}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: entry %s, error %v", name, entry, err)
		} else if s, ok := v.(string); ok && strings.Contains(err.Error(), s) {
			t.Errorf("%s: the error repeats the value: %v", name, err)
		}
	}
	for _, kind := range []string{"", "Anna", "a b", strings.Repeat("a", maxKind+1)} {
		_, err := canonical("id", kind, start, nil)
		wantKind(t, err, fault.Invalid)
	}
	_, err := canonical("id", "kind", start, map[string]any{"Anna Müller": 1})
	wantKind(t, err, fault.Invalid)
	many := make([]string, 100)
	for i := range many {
		many[i] = long[:100]
	}
	_, err = canonical("id", "kind", start, map[string]any{"many": many})
	wantKind(t, err, fault.TooLarge)
}

func TestAnEntryIsCanonical(t *testing.T) {
	type word string
	got, err := canonical("0a", "audit.ran", start.In(time.FixedZone("CET", 3600)), map[string]any{
		"z": true, "a": int8(-1), "hash": []byte{0xab, 0xcd}, "root": [2]byte{1, 2}, "at": start, "group": word("statistics"),
		"list": []any{1, "x"}, "map": map[word]uint{"b": 2, "a": 1}, "host": "www.example.com:443", "day": "2026-11-21",
		"id": store.NewID(), "empty": "", "base64": "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=",
	})
	if err != nil {
		t.Fatal(err)
	}
	var leaf Leaf
	if err := json.Unmarshal([]byte(got), &leaf); err != nil || leaf.ID != "0a" || leaf.Kind != "audit.ran" || !leaf.At.Equal(start) {
		t.Errorf("%s reads as %+v, %v", got, leaf, err)
	}
	for _, part := range []string{
		`{"at":"2026-11-21T12:00:00.000Z","facts":{"a":-1,"at":"2026-11-21T12:00:00.000Z","base64":`, `"hash":"abcd"`,
		`"list":[1,"x"],"map":{"a":1,"b":2},"root":"0102","z":true},"id":"0a","kind":"audit.ran"}`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s\nlacks %s", got, part)
		}
	}
	if id, kind := tail(got); id != "0a" || kind != "audit.ran" {
		t.Errorf("the tail reads %q %q", id, kind)
	}
}

func TestLeafIDsAreIDsInTheOrderOfTime(t *testing.T) {
	before := ""
	for i := range 1000 {
		id := newLeafID(start.Add(time.Duration(i) * time.Millisecond))
		if !store.IsID(id) || id <= before {
			t.Fatalf("%s follows %s", id, before)
		}
		before = id
	}
}
