package answer

import (
	"io"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"kept/internal/fault"
)

// shortest is the length of a passphrase, in characters.
const shortest = 12

// lock encrypts what is written through it to a recipient of age, a key or a
// passphrase; without one it writes as it is.
func lock(w io.Writer, recipient string) (io.WriteCloser, error) {
	if recipient == "" {
		return open{w}, nil
	}
	r, err := recipientOf(recipient)
	if err != nil {
		return nil, err
	}
	locked, err := age.Encrypt(w, r)
	if err != nil {
		return nil, fault.New(fault.Internal, "encrypt a package: %w", err)
	}
	return locked, nil
}

func recipientOf(text string) (age.Recipient, error) {
	if strings.HasPrefix(text, "age1") {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return nil, fault.New(fault.Invalid, "this is no public key of age; it looks like age1…")
		}
		return r, nil
	}
	if utf8.RuneCountInString(text) < shortest {
		return nil, fault.New(fault.Invalid, "a passphrase has at least %d characters", shortest)
	}
	r, err := age.NewScryptRecipient(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "this passphrase cannot be used")
	}
	return r, nil
}

// open passes on what is written.
type open struct{ io.Writer }

// Close implements io.Closer.
func (open) Close() error { return nil }
