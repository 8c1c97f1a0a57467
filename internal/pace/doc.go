// Package pace holds load off: how often a network may ask for something.
//
// A network is an IPv4 address or an IPv6 /64. The memory is fixed however many
// networks ask, an address is never kept, and nothing is stored. The room refuses
// to know what is asked for: who calls it says what a refusal means.
package pace
