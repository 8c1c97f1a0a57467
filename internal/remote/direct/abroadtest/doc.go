// Package abroadtest starts a stand-in for a service abroad: it is called by the names
// that a policy declares, at a public address, and speaks TLS, as the real one does.
// It is for tests in which the way there is part of what is proven.
//
// It refuses nothing of egress: names are looked up, addresses judged and certificates
// checked by the product's own code; only the last step leads back to this machine.
package abroadtest
