package dataset

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"kept/internal/remote/records"
)

// masker masks the values of one erasure. Its key is never stored: what is hashed
// or encrypted under it leads nowhere once the erasure has ended, and the same
// value is masked alike while it lasts, so that masked rows still fit together.
type masker struct{ key [32]byte }

func newMasker() *masker {
	m := &masker{}
	rand.Read(m.key[:]) // never fails, crypto/rand
	return m
}

// mask returns what stands in place of a value, that is nil already for null.
func (m *masker) mask(s *System, t *records.Table, f *Field, v any) any {
	column, known := t.Column(f.Path[0])
	if len(f.Path) > 1 || !known {
		column = records.Column{Name: f.Name(), Kind: inner(f), Null: true, Length: f.Length}
	}
	how := s.how(f)
	switch {
	case v == nil:
		return nil
	case how.Strategy == nullify || column.Kind != records.Text && column.Kind != records.Other:
		return empty(t, f, column)
	}
	word, ok := word(v)
	if !ok && v != "" {
		return empty(t, f, column)
	}
	return fit(m.text(how, word), how.Suffix, limit(f, column))
}

// how is the strategy for a field: its own, that of the system, or null.
func (s *System) how(f *Field) *Mask {
	switch {
	case f.Mask != nil:
		return f.Mask
	case s.Mask != nil:
		return s.Mask
	}
	return &Mask{Strategy: nullify}
}

// text is the masked text without its suffix.
func (m *masker) text(how *Mask, value string) string {
	switch how.Strategy {
	case rewrite:
		return how.Value
	case random:
		return randomText(how.Length)
	case encrypted:
		return m.encrypt(value)
	}
	return m.digest(how.Algorithm, how.Strategy, value)
}

// digest is a keyed hash for both hash and hmac: a hash that anybody could make of
// a guessed value would hide nothing.
func (m *masker) digest(algorithm, purpose, value string) string {
	var of func() hash.Hash = sha256.New
	if algorithm == "SHA-512" {
		of = sha512.New
	}
	h := hmac.New(of, m.key[:])
	fmt.Fprintf(h, "%s\x00%s", purpose, value)
	return hex.EncodeToString(h.Sum(nil))
}

// encrypt seals a value so that the same one gives the same text: the nonce is
// made of it.
func (m *masker) encrypt(value string) string {
	block, err := aes.NewCipher(m.key[:])
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size of GCM
	}
	mac := hmac.New(sha256.New, m.key[:])
	mac.Write([]byte("nonce\x00" + value))
	nonce := mac.Sum(nil)[:gcm.NonceSize()]
	return base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(value), nil))
}

// fit shortens text to a length and keeps the suffix whole.
func fit(text, suffix string, most int) string {
	if r := []rune(text); most > 0 && len(r)+len([]rune(suffix)) > most {
		text = string(r[:min(len(r), max(most-len([]rune(suffix)), 0))])
	}
	return text + suffix
}

// limit is the shortest bound that file and system name, zero for none.
func limit(f *Field, c records.Column) int {
	if f.Length > 0 && (c.Length == 0 || f.Length < c.Length) {
		return f.Length
	}
	return c.Length
}

// inner is the kind of a value inside an object, as far as the file says it.
func inner(f *Field) records.Kind {
	switch f.Type {
	case "integer":
		return records.Integer
	case "float":
		return records.Decimal
	case "boolean":
		return records.Truth
	}
	return records.Text
}

const letters = "abcdefghijklmnopqrstuvwxyz234567" // 32, so that no letter is likelier

func randomText(n int) string {
	bytes := make([]byte, n)
	rand.Read(bytes)
	for i := range bytes {
		bytes[i] = letters[bytes[i]&31]
	}
	return string(bytes)
}

// looks reports whether a value could be one that mask has made.
func (m *masker) looks(s *System, t *records.Table, f *Field, v any) bool {
	column, known := t.Column(f.Path[0])
	if len(f.Path) > 1 || !known {
		column = records.Column{Kind: inner(f), Null: true, Length: f.Length}
	}
	if isEmpty(column, v) {
		return true
	}
	how := s.how(f)
	text, ok := word(v)
	if !ok {
		return false
	}
	most := limit(f, column)
	switch how.Strategy {
	case rewrite:
		return text == fit(how.Value, how.Suffix, most)
	case random:
		return len(text) == len(fit(strings.Repeat("a", how.Length), how.Suffix, most)) && made(text, how.Suffix, letters)
	case hashed, hmaced:
		return len(text) == len(fit(m.digest(how.Algorithm, how.Strategy, ""), how.Suffix, most)) && made(text, how.Suffix, "0123456789abcdef")
	case encrypted:
		return strings.HasSuffix(text, how.Suffix) && len(text) >= min(len(m.encrypt("")), max(most, 1))
	}
	return false
}

func made(text, suffix, of string) bool {
	rest, ok := strings.CutSuffix(text, suffix)
	return ok && strings.Trim(rest, of) == ""
}
