package address

import (
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"kept/internal/fault"
)

// Providers names the network operator of an address, from a file in the mmdb
// format that the operator of Kept supplies (DB-IP and MaxMind publish such
// files under licences of their own, so none is embedded). A nil *Providers
// knows none.
type Providers struct{ db *maxminddb.Reader }

// OpenProviders opens a file with autonomous systems and their organisations.
func OpenProviders(file string) (*Providers, error) {
	db, err := maxminddb.Open(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the provider database %s cannot be read: %w", file, err)
	}
	return &Providers{db: db}, nil
}

// Of returns the name of the network operator of a, "" if the file has none.
func (p *Providers) Of(a netip.Addr) string {
	if p == nil || !a.IsValid() {
		return ""
	}
	var name string
	if err := p.db.Lookup(plain(a)).DecodePath(&name, "autonomous_system_organization"); err != nil {
		return ""
	}
	return name
}
