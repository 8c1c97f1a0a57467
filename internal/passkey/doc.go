// Package passkey verifies passkeys (W3C Web Authentication Level 2 and 3): what a
// browser hands over when one is made, and when one signs in.
//
// Whose device it is nobody asks: attestation says what a person has bought, and no
// declared field holds that. So the public key is taken as the browser reads it out of
// the authenticator's answer (getPublicKey), and nothing of CBOR or certificates is
// needed here.
//
// The room refuses another origin, a frame in another page, another site's hash, an
// answer without the person's presence and verification, algorithms but ES256, EdDSA
// and RS256, and a counter that goes back. It stores nothing.
package passkey
