// Package oidc signs people in with an account that they have at Microsoft Entra, by
// OpenID Connect 1.0 (code flow with PKCE, RFC 7636).
//
// Every tenant's people may sign in, so the issuer is checked against the tenant that
// the token names, and a person is known by tenant and object id alone: the address in
// a token is what the tenant's administrator typed, and proves nothing. The signature
// (RS256), the audience, the nonce and the times are checked too.
//
// The room takes a transport and knows neither policies nor stores. It refuses tokens
// that are signed in another way, and keys that come from elsewhere than the authority.
package oidc
