// Package oidctest is a stand-in for Microsoft Entra's sign-in, written from the
// published protocol: discovery, authorisation, tokens, keys. A test says who signs in
// and what is wrong with the token.
package oidctest
