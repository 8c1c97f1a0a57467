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
	"sync"

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

// key is an unwrapped data key. From it one key a use is derived, when it comes to
// that: mostly it comes to one of them, and the tables of a cipher are 1 kB.
type key struct {
	root []byte // what the others are derived from

	sealing sync.Once
	mark    []byte
	aead    cipher.AEAD

	indexing sync.Once
	indexKey []byte
}

func newKey(data []byte) *key { return &key{root: root(data)} }

// Format prints the key's type only.
func (k *key) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// cipher returns what seals, and the mark of what it sealed.
func (k *key) cipher() (cipher.AEAD, []byte) {
	k.sealing.Do(func() { k.mark, k.aead = expand(k.root, "mark", markSize), newAEAD(expand(k.root, "seal", keySize)) })
	return k.aead, k.mark
}

// index returns the key of IndexFor.
func (k *key) index() []byte {
	k.indexing.Do(func() { k.indexKey = expand(k.root, "index", keySize) })
	return k.indexKey
}

// commit returns the key of Commit.
func (k *key) commit() []byte { return expand(k.root, "commit", keySize) }

func (k *key) seal(ref Ref, place string, plain []byte) []byte {
	aead, mark := k.cipher()
	sealed := make([]byte, 0, len(plain)+Overhead)
	sealed = append(sealed, version)
	sealed = append(sealed, mark...)
	sealed = append(sealed, random(nonceSize)...)
	return aead.Seal(sealed, sealed[1+markSize:], plain, bound(sealed[:1+markSize], ref.Subject, ref.Rule, place))
}

func (k *key) open(ref Ref, place string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, fault.New(fault.Invalid, "this is no sealed value of a known version")
	}
	head, nonce, text := sealed[:1+markSize], sealed[1+markSize:1+markSize+nonceSize], sealed[1+markSize+nonceSize:]
	aead, mark := k.cipher()
	if !bytes.Equal(head[1:], mark) {
		return nil, fault.New(fault.NotFound, "the key of this value was destroyed")
	}
	plain, err := aead.Open(nil, nonce, text, bound(head, ref.Subject, ref.Rule, place))
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
func derive(from []byte, use string, size int) []byte { return expand(root(from), use, size) }

// root is the part of derive that all uses have in common (HKDF-Extract, RFC 5869).
func root(from []byte) []byte {
	k, err := hkdf.Extract(sha256.New, from, nil)
	if err != nil {
		panic(err) // only for hashes that are not approved
	}
	return k
}

// expand is the part of derive that tells the uses apart (HKDF-Expand).
func expand(root []byte, use string, size int) []byte {
	k, err := hkdf.Expand(sha256.New, root, "kept vault 1 "+use, size)
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
