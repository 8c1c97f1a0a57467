package address

import (
	"bytes"
	"net/netip"
	"testing"

	"kept/internal/policy"
)

func TestTruncate(t *testing.T) {
	cut := policy.Truncation{IPv4: 16, IPv6: 48}
	for in, want := range map[string]string{
		"203.0.113.77":                 "203.0.0.0",
		"::ffff:203.0.113.77":          "203.0.0.0",
		"2001:db8:1:2:3:4:5:6":         "2001:db8:1::",
		"fe80::1%eth0":                 "fe80::",
		"2001:db8:ffff:ffff:ffff::abc": "2001:db8:ffff::",
	} {
		if got := Truncate(netip.MustParseAddr(in), cut); got != want {
			t.Errorf("Truncate(%s) = %s, want %s", in, got, want)
		}
	}
	if got := Truncate(netip.Addr{}, cut); got != "" {
		t.Errorf("no address gave %q", got)
	}
	if got := Truncate(netip.MustParseAddr("203.0.113.77"), policy.Truncation{IPv4: 99}); got != "203.0.113.77" {
		t.Errorf("more bits than there are gave %s", got)
	}
	if got := Truncate(netip.MustParseAddr("203.0.113.77"), policy.Truncation{}); got != "0.0.0.0" {
		t.Errorf("no bits gave %s", got)
	}
}

func TestNetworkIsTheAddressOrItsHalf(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.77":         "203.0.113.77",
		"::ffff:203.0.113.77":  "203.0.113.77",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
	} {
		if got := Network(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("Network(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	for in, want := range map[string]string{
		"217.0.0.1":            "DE", // Deutsche Telekom
		"::ffff:217.0.0.1":     "DE",
		"2003:e0::1":           "DE",
		"62.46.0.1":            "AT", // A1
		"130.59.31.80":         "CH", // SWITCH
		"8.8.8.8":              "US",
		"2001:4860:4860::8888": "US",
		"127.0.0.1":            "",
		"10.1.2.3":             "",
		"fe80::1":              "",
		"0.0.0.0":              "",
		"255.255.255.255":      "",
	} {
		if got := Country(netip.MustParseAddr(in)); got != want {
			t.Errorf("Country(%s) = %q, want %q", in, got, want)
		}
	}
	if got := Country(netip.Addr{}); got != "" {
		t.Errorf("no address lies in %q", got)
	}
}

func TestPackKeepsEveryRange(t *testing.T) {
	v4 := []Range{{0, ""}, {10, "DE"}, {20, "DE"}, {30, "AT"}, {1 << 31, ""}}
	v6 := []Range{{0, ""}, {0x2001_0db8_0000_0000, "CH"}, {0x2001_0db9_0000_0000, "DE"}}
	var b bytes.Buffer
	if err := Pack(&b, v4, v6); err != nil {
		t.Fatal(err)
	}
	world, err := unpack(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[uint64]string{0: "", 9: "", 10: "DE", 25: "DE", 30: "AT", 1<<31 - 1: "AT", 1 << 31: "", 1<<32 - 1: ""} {
		if got := world.find(&world.v4, n); got != want {
			t.Errorf("IPv4 %d is %q, want %q", n, got, want)
		}
	}
	if got := world.find(&world.v6, 0x2001_0db8_1234_0000); got != "CH" {
		t.Errorf("IPv6 is %q", got)
	}
	for cut := range b.Len() {
		if _, err := unpack(b.Bytes()[:cut]); err == nil {
			t.Fatalf("a table cut at byte %d was read", cut)
		}
	}
}

func BenchmarkCountry(b *testing.B) {
	a := netip.MustParseAddr("217.0.0.1")
	for b.Loop() {
		Country(a)
	}
}
