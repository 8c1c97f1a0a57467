package passkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"kept/internal/fault"
)

// Site is where the passkeys are good.
type Site struct {
	ID     string // the host, without a port
	Origin string // as in https://portal.example.com
}

// Passkey is what is kept of one.
type Passkey struct {
	ID    []byte `json:"id"`  // of the credential
	Key   []byte `json:"key"` // public key, PKIX
	Count uint32 `json:"count,omitempty"`
}

// Made is what a browser hands over when a passkey is made, each in base64url.
type Made struct {
	ID, Client, Authenticator, Key string
}

// Signed is what a browser hands over when a passkey signs in, each in base64url.
type Signed struct {
	ID, Client, Authenticator, Signature string
}

// Bounds of what is handed over, in bytes.
const (
	longestID   = 1023 // Level 2, 6.5.1
	longestPart = 8 << 10
)

// The flags of an authenticator's answer.
const (
	present  = 1 << 0
	verified = 1 << 2
	lasting  = 1 << 3 // the passkey can be backed up
	backedUp = 1 << 4
	attested = 1 << 6
)

// Register returns a passkey that was made for a challenge. Forbidden if it was not
// made here, by a person, for this challenge.
func (s Site) Register(m Made, challenge []byte) (Passkey, error) {
	id, client, data, spki, err := four(m.ID, m.Client, m.Authenticator, m.Key)
	if err != nil {
		return Passkey{}, err
	}
	if err := s.checkClient(client, "webauthn.create", challenge); err != nil {
		return Passkey{}, err
	}
	flags, count, rest, err := s.readAuthenticator(data)
	if err != nil {
		return Passkey{}, err
	}
	const before = 16 + 2 // the model of the authenticator, the length of the id
	if flags&attested == 0 || len(rest) < before {
		return Passkey{}, wrong()
	}
	length := int(binary.BigEndian.Uint16(rest[16:]))
	if length == 0 || length > longestID || len(rest) < before+length || !bytes.Equal(rest[before:before+length], id) {
		return Passkey{}, wrong()
	}
	if _, err := public(spki); err != nil {
		return Passkey{}, err
	}
	return Passkey{ID: id, Key: spki, Count: count}, nil
}

// Verify checks that p has signed a challenge, and returns it with the count that is to
// be kept. Forbidden if it has not.
func (s Site) Verify(p Passkey, a Signed, challenge []byte) (Passkey, error) {
	id, client, data, signature, err := four(a.ID, a.Client, a.Authenticator, a.Signature)
	if err != nil {
		return p, err
	}
	if !bytes.Equal(id, p.ID) {
		return p, wrong()
	}
	if err := s.checkClient(client, "webauthn.get", challenge); err != nil {
		return p, err
	}
	_, count, _, err := s.readAuthenticator(data)
	if err != nil {
		return p, err
	}
	key, err := public(p.Key)
	if err != nil {
		return p, err
	}
	sum := sha256.Sum256(client)
	if !signs(key, append(bytes.Clone(data), sum[:]...), signature) {
		return p, wrong()
	}
	// Most authenticators count nothing. One that does and falls back has been copied.
	if (count != 0 || p.Count != 0) && count <= p.Count {
		return p, wrong()
	}
	p.Count = count
	return p, nil
}

// CredentialID returns the id that somebody claims to sign in with.
func (a Signed) CredentialID() ([]byte, error) {
	id, err := base64.RawURLEncoding.DecodeString(a.ID)
	if err != nil || len(id) == 0 || len(id) > longestID {
		return nil, wrong()
	}
	return id, nil
}

func wrong() error {
	return fault.New(fault.Forbidden, "this passkey is not the right one; try again, or sign in by another way")
}

func four(a, b, c, d string) (w, x, y, z []byte, err error) {
	var all [4][]byte
	for i, s := range []string{a, b, c, d} {
		if len(s) > longestPart {
			return nil, nil, nil, nil, wrong()
		}
		if all[i], err = base64.RawURLEncoding.DecodeString(s); err != nil || len(all[i]) == 0 {
			return nil, nil, nil, nil, wrong()
		}
	}
	return all[0], all[1], all[2], all[3], nil
}

// checkClient checks what the browser says that it was asked.
func (s Site) checkClient(raw []byte, kind string, challenge []byte) error {
	var said struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return wrong()
	}
	want := base64.RawURLEncoding.EncodeToString(challenge)
	if said.Type != kind || said.Origin != s.Origin || said.CrossOrigin || subtle.ConstantTimeCompare([]byte(said.Challenge), []byte(want)) != 1 {
		return wrong()
	}
	return nil
}

// readAuthenticator reads the authenticator's answer (Level 2, 6.1; the backup flags Level 3, 6.1.3).
func (s Site) readAuthenticator(data []byte) (flags byte, count uint32, rest []byte, err error) {
	const head = 32 + 1 + 4
	site := sha256.Sum256([]byte(s.ID))
	if len(data) < head || !bytes.Equal(data[:32], site[:]) {
		return 0, 0, nil, wrong()
	}
	flags = data[32]
	if flags&present == 0 || flags&verified == 0 || flags&backedUp != 0 && flags&lasting == 0 {
		return 0, 0, nil, wrong()
	}
	return flags, binary.BigEndian.Uint32(data[33:]), data[head:], nil
}

// The shortest RSA modulus that is believed and the longest that is checked, in bits.
const (
	weakest  = 2048
	heaviest = 4096
)

// public reads a key of one of the three kinds.
func public(spki []byte) (crypto.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, wrong()
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
	case ed25519.PublicKey:
		return k, nil
	case *rsa.PublicKey:
		if k.N.BitLen() >= weakest && k.N.BitLen() <= heaviest {
			return k, nil
		}
	}
	return nil, wrong()
}

func signs(key crypto.PublicKey, message, signature []byte) bool {
	sum := sha256.Sum256(message)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, sum[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(k, message, signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}
