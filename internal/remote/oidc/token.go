package oidc

import (
	"context"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// leeway is how far apart our clock and Microsoft's may be.
const leeway = 2 * time.Minute

// key verifies tokens of one issuer; a template with {tenantid} is every tenant's.
type key struct {
	public *rsa.PublicKey
	issuer string
}

// weakest is the shortest modulus that is believed, in bits.
const weakest = 2048

// readKey reads a JSON Web Key (RFC 7517); false if it verifies no token of ours.
func readKey(raw json.RawMessage) (id string, k key, ok bool) {
	var j struct {
		Kty, Use, Kid, N, E, Alg, Issuer string
	}
	if err := json.Unmarshal(raw, &j); err != nil || j.Kty != "RSA" || j.Kid == "" || j.Use != "" && j.Use != "sig" || j.Alg != "" && j.Alg != jwt.SigningMethodRS256.Alg() {
		return "", key{}, false
	}
	n, nErr := base64.RawURLEncoding.DecodeString(j.N)
	e, eErr := base64.RawURLEncoding.DecodeString(j.E)
	if nErr != nil || eErr != nil || len(e) == 0 || len(e) > 4 {
		return "", key{}, false
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if public.N.BitLen() < weakest || public.E < 3 {
		return "", key{}, false
	}
	return j.Kid, key{public, j.Issuer}, true
}

// claims are what an id token says.
type claims struct {
	jwt.RegisteredClaims
	Nonce   string `json:"nonce"`
	Tenant  string `json:"tid"`
	Object  string `json:"oid"`
	Email   string `json:"email"`
	Version string `json:"ver"`
	Party   string `json:"azp"`

	Proven *jwt.NumericDate `json:"auth_time"`
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// verify returns whom an id token names (OpenID Connect Core 1.0, 3.1.3.7).
func (c *Client) verify(ctx context.Context, token, nonce string) (Person, error) {
	var said claims
	var p provider
	var with key
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithAudience(c.app.ID), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(c.clock.Now))
	var unanswered error
	_, err := parser.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if kid == "" {
			return nil, refused("the token names no key")
		}
		if p, with, unanswered = c.discover(ctx, kid); unanswered != nil {
			return nil, unanswered
		}
		if with.public == nil {
			return nil, refused("nobody knows the token's key")
		}
		return with.public, nil
	})
	if unanswered != nil {
		return Person{}, unanswered
	}
	if err != nil {
		return Person{}, refused("the token is not valid")
	}
	tenant, object := strings.ToLower(said.Tenant), strings.ToLower(said.Object)
	switch {
	case !guid.MatchString(tenant) || !guid.MatchString(object):
		return Person{}, refused("the token names no person of an organisation")
	case said.Issuer != of(p.Issuer, tenant) || with.issuer != "" && said.Issuer != of(with.issuer, tenant):
		return Person{}, refused("the token is of another issuer")
	case (len(said.Audience) > 1 || said.Party != "") && said.Party != c.app.ID:
		return Person{}, refused("the token is for another application")
	case nonce == "" || subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(nonce)) != 1:
		return Person{}, refused("the token is of another attempt")
	}
	who := Person{Tenant: tenant, Object: object, Email: said.Email}
	if said.Proven != nil {
		who.Proven = said.Proven.Time
	}
	return who, nil
}

// of is an issuer's template for one tenant.
func of(template, tenant string) string {
	return strings.NewReplacer("{tenantid}", tenant, "{tid}", tenant).Replace(template)
}
