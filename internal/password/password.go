package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"kept/internal/fault"
)

// Argon2id as RFC 9106 recommends where memory is scarce: 64 MiB, three passes.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 2
	argonKey     = 32
	argonSalt    = 16
)

// Bounds of a password, in characters (ASVS 5.0 V6.2: at least 12, no rule
// about its make, long passphrases welcome).
const (
	shortest = 12
	longest  = 256
)

// Nobodys is checked where there is no account, so that an unknown address takes
// the time of a known one. It is nobody's hash: to make a real one would cost every
// start of the program 64 MiB.
var Nobodys = encode(make([]byte, argonSalt), make([]byte, argonKey))

// mostAtOnce is how many passwords are hashed at once: 64 MiB each.
const mostAtOnce = 2

var turns = make(chan struct{}, mostAtOnce)

// turn waits until a hash may be made; done ends it.
func turn(ctx context.Context) (done func(), err error) {
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// New returns what is kept of a password. Invalid if it is too short or too long.
func New(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < shortest || n > longest || !utf8.ValidString(password) {
		return "", fault.New(fault.Invalid, "choose a password of %d to %d characters; a short sentence is fine", shortest, longest)
	}
	done, err := turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return hash(password), nil
}

// Matches reports whether a password is the one that stored was made of. Nobodys
// matches none.
func Matches(ctx context.Context, password, stored string) (bool, error) {
	done, err := turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return matches(password, stored) && stored != Nobodys, nil
}

func hash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails since Go 1.24
	return encode(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey))
}

func encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// matches compares in constant time. A hash that it cannot read matches nothing.
func matches(password, stored string) bool {
	if len(password) > 4*longest {
		return false
	}
	var version, memory, passes int
	var threads uint8
	var rest string
	if _, err := fmt.Sscanf(stored, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &memory, &passes, &threads, &rest); err != nil || version != argon2.Version {
		return false
	}
	cut := base64.RawStdEncoding.EncodedLen(argonSalt)
	if len(rest) <= cut || rest[cut] != '$' {
		return false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(rest[:cut])
	want, keyErr := base64.RawStdEncoding.DecodeString(rest[cut+1:])
	if saltErr != nil || keyErr != nil || len(want) != argonKey {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), threads, argonKey)
	return subtle.ConstantTimeCompare(got, want) == 1
}
