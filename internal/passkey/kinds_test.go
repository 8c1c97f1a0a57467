package passkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"testing"

	"kept/internal/fault"
	"kept/internal/passkey"
	"kept/internal/passkey/passkeytest"
)

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Keys of three kinds sign in, each by its own signature alone; others make no passkey.
func TestEachKindOfKeySignsInByItsOwnSignature(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"ES256": ec, "RS256": rs, "Ed25519": ed}
	for name, own := range keys {
		p, err := made(t, own.Public())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for by, key := range keys {
			if _, err := site.Verify(p, signed(t, p, key), challenge); (err == nil) != (by == name) {
				t.Errorf("%s of a passkey of %s: %v", by, name, err)
			}
		}
	}
	far, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// To check the signature of one this long would keep a processor busy.
	heavy := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8193, 1), E: 1<<31 - 1}
	weak := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
	for name, key := range map[string]crypto.PublicKey{"RSA of 1024 bits": weak, "RSA of 8194 bits": heavy, "P-384": &far.PublicKey} {
		if _, err := made(t, key); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// made is a passkey of any key.
func made(t *testing.T, key crypto.PublicKey) (passkey.Passkey, error) {
	t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	m := passkeytest.New(site).Make(challenge)
	m.Key = text(spki)
	return site.Register(m, challenge)
}

// signed signs as a device does, with any key.
func signed(t *testing.T, p passkey.Passkey, key crypto.Signer) passkey.Signed {
	t.Helper()
	d := passkeytest.New(site)
	d.ID = p.ID
	s := d.Sign(challenge)
	data, err := base64.RawURLEncoding.DecodeString(s.Authenticator)
	if err != nil {
		t.Fatal(err)
	}
	client, err := base64.RawURLEncoding.DecodeString(s.Client)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(client)
	message, by := append(data, sum[:]...), crypto.Hash(0)
	if _, pure := key.(ed25519.PrivateKey); !pure {
		whole := sha256.Sum256(message)
		message, by = whole[:], crypto.SHA256
	}
	signature, err := key.Sign(rand.Reader, message, by)
	if err != nil {
		t.Fatal(err)
	}
	s.Signature = text(signature)
	return s
}
