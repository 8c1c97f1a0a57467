package ledger

import (
	"crypto"
	"crypto/ed25519"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"kept/internal/fault"
)

// Sign signs msg for a purpose named by context ("receipt") with the log's key.
// A signature for one context is none for another, and never a checkpoint's
// (Ed25519ctx, RFC 8032).
func (l *Ledger) Sign(context string, msg []byte) (sig []byte) {
	sig, err := l.key.private.Sign(nil, msg, options(context))
	if err != nil {
		panic(err) // only for a context above 255 bytes, which callers write as a constant
	}
	return sig
}

// VerifySignature checks what Sign returned against the log's verifier key. It
// returns Invalid if the signature is another one.
func VerifySignature(key, context string, msg, sig []byte) error {
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	if err := ed25519.VerifyWithOptions(public, msg, sig, options(context)); err != nil {
		return fault.New(fault.Invalid, "the signature is not one of this log for a %s", context)
	}
	return nil
}

func options(context string) *ed25519.Options {
	return &ed25519.Options{Hash: crypto.Hash(0), Context: "kept " + context}
}

// publicKey reads the Ed25519 key out of a verifier key: name, hash and base64,
// joined by plus signs.
func publicKey(key string) (ed25519.PublicKey, error) {
	if _, err := verifierOf(key); err != nil {
		return nil, err
	}
	b, err := strict.DecodeString(strings.SplitN(key, "+", 3)[2])
	if err != nil || len(b) != 1+ed25519.PublicKeySize {
		return nil, fault.New(fault.Invalid, "the key is not an Ed25519 verifier key")
	}
	return ed25519.PublicKey(b[1:]), nil
}

func verifierOf(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the key is not a verifier key like example.org/ledger+1234abcd+AZ…: %w", err)
	}
	return v, nil
}
