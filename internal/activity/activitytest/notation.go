package activitytest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Notation is one way to write an address down.
type Notation struct {
	Name  string
	Bytes []byte
}

// Notations returns the ways in which an address could lie in a file: as text,
// as number, as bytes, forwards and backwards, encoded.
func Notations(a netip.Addr) []Notation {
	a = a.Unmap()
	raw := a.AsSlice()
	back := slices.Clone(raw)
	slices.Reverse(back)
	all := []Notation{
		{"text", []byte(a.String())},
		{"bytes", raw},
		{"bytes backwards", back},
		{"hexadecimal", []byte(hex.EncodeToString(raw))},
		{"hexadecimal backwards", []byte(hex.EncodeToString(back))},
		{"HEXADECIMAL", []byte(strings.ToUpper(hex.EncodeToString(raw)))},
		{"percent-encoded bytes", []byte(percent(raw))},
	}
	all = append(all, encoded(a.String())...)
	if a.Is4() {
		all = append(all, ofIPv4(a)...)
	} else {
		all = append(all, ofIPv6(a)...)
	}
	return append(all, base64Forms("bytes", raw)...)
}

func ofIPv4(a netip.Addr) []Notation {
	b := a.As4()
	n := binary.BigEndian.Uint32(b[:])
	mapped := netip.AddrFrom16(a.As16())
	all := []Notation{
		{"decimal number", []byte(strconv.FormatUint(uint64(n), 10))},
		{"octal number", []byte(fmt.Sprintf("%#o", n))},
		{"zero-padded", []byte(fmt.Sprintf("%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3]))},
		{"reversed, as in DNS", []byte(fmt.Sprintf("%d.%d.%d.%d.in-addr", b[3], b[2], b[1], b[0]))},
		{"with dashes", []byte(fmt.Sprintf("%d-%d-%d-%d", b[0], b[1], b[2], b[3]))},
		{"hexadecimal by parts", []byte(fmt.Sprintf("%#x.%#x.%#x.%#x", b[0], b[1], b[2], b[3]))},
		{"IPv6 with its halves in hexadecimal", []byte(fmt.Sprintf("%x:%x", uint16(n>>16), uint16(n)))},
		{"variable-length number", binary.AppendUvarint(nil, uint64(n))},
	}
	return append(all, encoded(mapped.String())...)
}

func ofIPv6(a netip.Addr) []Notation {
	return append([]Notation{
		{"in full", []byte(a.StringExpanded())},
		{"in full, CAPITALS", []byte(strings.ToUpper(a.StringExpanded()))},
		{"interface half", a.AsSlice()[8:]},
	}, encoded(a.StringExpanded())...)
}

// encoded returns s as URLs, JSON and mail would carry it.
func encoded(s string) []Notation {
	return append([]Notation{
		{"percent-encoded", []byte(percent([]byte(s)))},
		{"separators percent-encoded", []byte(strings.NewReplacer(":", "%3A", ".", "%2E").Replace(s))},
		{"separators percent-encoded, small", []byte(strings.NewReplacer(":", "%3a", ".", "%2e").Replace(s))},
		{"text in UTF-16", utf16(s)},
		{"text in hexadecimal", []byte(hex.EncodeToString([]byte(s)))},
	}, base64Forms("text", []byte(s))...)
}

// base64Forms returns what base64 makes of b at each of the three places that b
// can have in what is encoded, without the characters its neighbours decide.
func base64Forms(name string, b []byte) []Notation {
	var all []Notation
	for before := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, before), b...))
		start := (before*8 + 5) / 6
		end := (before + len(b)) * 8 / 6
		part := text[start:end]
		all = append(all,
			Notation{name + " in base64", []byte(part)},
			Notation{name + " in base64url", []byte(strings.NewReplacer("+", "-", "/", "_").Replace(part))})
	}
	return all
}

func percent(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, "%%%02X", c)
	}
	return s.String()
}

func utf16(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}
