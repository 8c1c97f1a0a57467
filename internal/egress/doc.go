// Package egress is the only way out of the house.
//
// Every outbound connection of every protocol is made here: to the hosts that
// the policy declares for a recipient, or to an address that the operator
// configured (the site behind the gateway, a relay, a directory). For the
// former, names are resolved here and the resolved address is what is dialled,
// so that nothing can change between the check and the connection; private,
// loopback, link-local, multicast and translated addresses are refused, at
// each redirect again. The proxy settings of the environment are ignored,
// since a proxy would make the check meaningless.
//
// What may be handed over is checked too: an activity's delivery names its
// fields, and a field that is not named is an error, never silently dropped.
// Each refusal and each delivery becomes a leaf of the ledger; refusals are
// counted in a table that the console shows. A test walks the source of the
// whole program and finds any other room that dials.
package egress
