package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"kept/internal/fault"
)

// A sealed value is: version, the key's mark, nonce, ciphertext, tag. The mark
// tells a value whose key was destroyed, and a new one made since, from a value
// that somebody changed.
const (
	version   = 1
	markSize  = 4
	nonceSize = 12
	tagSize   = 16
	keySize   = 32
)

// Overhead is how many bytes a sealed value is longer than the plain one.
const Overhead = 1 + markSize + nonceSize + tagSize

// key is an unwrapped data key: one key a use, derived from it.
type key struct {
	mark   []byte
	aead   cipher.AEAD
	index  []byte
	commit []byte
}

func newKey(data []byte) *key {
	return &key{
		mark:   derive(data, "mark", markSize),
		aead:   newAEAD(derive(data, "seal", keySize)),
		index:  derive(data, "index", keySize),
		commit: derive(data, "commit", keySize),
	}
}

// Format prints the key's type only.
func (k *key) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

func (k *key) seal(ref Ref, place string, plain []byte) []byte {
	sealed := make([]byte, 0, len(plain)+Overhead)
	sealed = append(sealed, version)
	sealed = append(sealed, k.mark...)
	sealed = append(sealed, random(nonceSize)...)
	return k.aead.Seal(sealed, sealed[1+markSize:], plain, bound(sealed[:1+markSize], ref.Subject, ref.Rule, place))
}

func (k *key) open(ref Ref, place string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, fault.New(fault.Invalid, "this is no sealed value of a known version")
	}
	head, nonce, text := sealed[:1+markSize], sealed[1+markSize:1+markSize+nonceSize], sealed[1+markSize+nonceSize:]
	if !bytes.Equal(head[1:], k.mark) {
		return nil, fault.New(fault.NotFound, "the key of this value was destroyed")
	}
	plain, err := k.aead.Open(nil, nonce, text, bound(head, ref.Subject, ref.Rule, place))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the sealed value was changed, or belongs elsewhere")
	}
	return plain, nil
}

// mac authenticates value under one of the HMAC keys, cut to size bytes.
func mac(key []byte, size int, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(bound(nil, parts...))
	return h.Sum(nil)[:size]
}

// bound joins parts so that no two lists of parts read the same.
func bound(head []byte, parts ...string) []byte {
	b := bytes.Clone(head)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// derive returns a key of its own for one use.
func derive(from []byte, use string, size int) []byte {
	k, err := hkdf.Key(sha256.New, from, nil, "kept vault 1 "+use, size)
	if err != nil {
		panic(err) // only for sizes above 255 hashes
	}
	return k
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a wrong key size
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for a block that is not 16 bytes
	}
	return aead
}

func random(size int) []byte {
	b := make([]byte, size)
	rand.Read(b) // never fails since Go 1.24
	return b
}
