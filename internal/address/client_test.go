package address

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientIsBelievedBehindTrustedProxiesOnly(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		remote, forwarded, want string
	}{
		{"203.0.113.7:99", "", "203.0.113.7"},
		{"203.0.113.7:99", "198.51.100.1", "203.0.113.7"},
		{"10.0.0.1:99", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:99", "192.0.2.9, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:99", "192.0.2.9, 198.51.100.1, 10.2.3.4", "198.51.100.1"},
		{"10.0.0.1:99", "198.51.100.1, nonsense", "10.0.0.1"},
		{"10.0.0.1:99", "nonsense, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:99", "198.51.100.1, ,10.2.3.4", "10.2.3.4"},
		{"10.0.0.1:99", "", "10.0.0.1"},
		{"10.0.0.1:99", "10.9.9.9", "10.9.9.9"},
		{"[::ffff:10.0.0.1]:99", "::ffff:198.51.100.1", "198.51.100.1"},
		{"[fd00::1%eth0]:99", "[2001:db8::1%lan]:443", "2001:db8::1"},
		{"[fd00::1]:99", "[2001:db8::2]", "2001:db8::2"},
		{"10.0.0.1:99", "198.51.100.1:5060", "198.51.100.1"},
		{"@", "198.51.100.1", "invalid IP"},
		{"", "", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := Client(r, trusted).String(); got != c.want {
			t.Errorf("from %s, forwarded for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {"192.0.2.1", "198.51.100.9, 10.0.0.3"}}}
	if got := Client(r, trusted).String(); got != "198.51.100.9" {
		t.Errorf("of two fields: %s", got)
	}
}
