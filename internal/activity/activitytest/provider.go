package activitytest

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// ProviderFile writes a database of network operators, as an operator of Kept
// would name it in the policy, that knows one IPv4 network, and returns its
// path. The format is MaxMind DB 2.0: a binary tree over the address's bits, 16
// zero bytes, the data, the metadata.
func ProviderFile(t testing.TB, network netip.Prefix, name string) string {
	t.Helper()
	nodes := uint32(network.Bits())
	unknown, found := nodes, nodes+16 // what a record says: no data; the data's first byte
	var file []byte
	address := network.Addr().As4()
	for i := range nodes {
		next := i + 1
		if next == nodes {
			next = found
		}
		left, right := next, unknown
		if address[i/8]>>(7-i%8)&1 == 1 {
			left, right = unknown, next
		}
		file = append(file, byte(left>>16), byte(left>>8), byte(left), byte(right>>16), byte(right>>8), byte(right))
	}
	file = append(file, make([]byte, 16)...)
	file = append(file, 0xe1) // a map with one entry
	file = append(append(file, text("autonomous_system_organization")...), text(name)...)
	file = append(file, "\xab\xcd\xefMaxMind.com\xe9"...) // a map with nine entries
	for _, entry := range [][]byte{
		text("node_count"), number(6, nodes), text("record_size"), number(5, 24), text("ip_version"), number(5, 4),
		text("database_type"), text("Test-ASN"), text("languages"), {0x00, 0x04}, text("description"), {0xe0},
		text("binary_format_major_version"), number(5, 2), text("binary_format_minor_version"), number(5, 0), text("build_epoch"), number(6, 1),
	} {
		file = append(file, entry...)
	}
	path := filepath.Join(t.TempDir(), "providers.mmdb")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// text is type 2: up to 28 bytes in the first byte, up to 284 with one more.
func text(s string) []byte {
	if len(s) < 29 {
		return append([]byte{2<<5 | byte(len(s))}, s...)
	}
	return append([]byte{2<<5 | 29, byte(len(s) - 29)}, s...)
}

// number is type 5 (16 bits) or 6 (32 bits).
func number(kind byte, n uint32) []byte {
	if kind == 5 {
		return binary.BigEndian.AppendUint16([]byte{5<<5 | 2}, uint16(n))
	}
	return binary.BigEndian.AppendUint32([]byte{6<<5 | 4}, n)
}
