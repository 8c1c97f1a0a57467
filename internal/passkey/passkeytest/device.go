package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"kept/internal/passkey"
)

// Device holds one passkey. What it says can be changed before it says it.
type Device struct {
	Site   passkey.Site
	ID     []byte
	Key    *ecdsa.PrivateKey
	Flags  byte // present and verified unless told otherwise
	Count  uint32
	Origin string // of the page that asks; the site's unless told otherwise
	Type   string // of what is asked; the right one unless told otherwise
	Frame  bool   // the page stands in a frame of another one
}

// New returns a device for a site.
func New(s passkey.Site) *Device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	d := &Device{Site: s, ID: make([]byte, 32), Key: key, Flags: 0x05, Origin: s.Origin}
	rand.Read(d.ID) //nolint:errcheck // it never fails (crypto/rand)
	return d
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *Device) client(kind string, challenge []byte) []byte {
	if d.Type != "" {
		kind = d.Type
	}
	said, err := json.Marshal(map[string]any{"type": kind, "challenge": text(challenge), "origin": d.Origin, "crossOrigin": d.Frame})
	if err != nil {
		panic(err) // strings and a truth
	}
	return said
}

func (d *Device) authenticator(flags byte) []byte {
	site := sha256.Sum256([]byte(d.Site.ID))
	return binary.BigEndian.AppendUint32(append(site[:], d.Flags|flags), d.Count)
}

// Make makes the passkey.
func (d *Device) Make(challenge []byte) passkey.Made {
	spki, err := x509.MarshalPKIXPublicKey(&d.Key.PublicKey)
	if err != nil {
		panic(err) // the curve is a known one
	}
	data := append(d.authenticator(0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.ID))) //nolint:gosec // 32
	data = append(data, d.ID...)
	return passkey.Made{ID: text(d.ID), Client: text(d.client("webauthn.create", challenge)), Authenticator: text(data), Key: text(spki)}
}

// Sign signs in.
func (d *Device) Sign(challenge []byte) passkey.Signed {
	client, data := d.client("webauthn.get", challenge), d.authenticator(0)
	sum := sha256.Sum256(client)
	message := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.Key, message[:])
	if err != nil {
		panic(err) // the key is made above
	}
	return passkey.Signed{ID: text(d.ID), Client: text(client), Authenticator: text(data), Signature: text(signature)}
}
