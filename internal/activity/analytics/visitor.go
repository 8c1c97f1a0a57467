package analytics

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/recent"
	"kept/internal/subject"
)

// visitor is what the cookie says of a browser: a random id, when it was given
// out, and when the browser was last seen. The last two let every node tell a
// visit from the one before, and let no renewal lengthen the cookie's life.
type visitor struct {
	id    [16]byte
	since time.Time // to the minute
	seen  time.Time // to the minute
}

const (
	visitorSize = 16 + 4 + 4 // id, since and seen as minutes since 1970
	macSize     = 16
	cookieSize  = visitorSize + macSize
)

// visitEnds is how long a visitor may pause within one visit.
const visitEnds = 30 * time.Minute

// seenEvery is how old the cookie's "seen" may become before it is set anew.
const seenEvery = 5 * time.Minute

func newVisitor(now time.Time) visitor {
	v := visitor{since: now.Truncate(time.Minute)}
	rand.Read(v.id[:]) // never fails since Go 1.24
	return v
}

// name returns the id as the subject registry knows it.
func (v visitor) name() string { return base64.RawURLEncoding.EncodeToString(v.id[:]) }

// visitorNamed returns the visitor that name names, given out at since.
func visitorNamed(name string, since time.Time) (visitor, bool) {
	b, err := base64.RawURLEncoding.DecodeString(name)
	if err != nil || len(b) != 16 {
		return visitor{}, false
	}
	return visitor{id: [16]byte(b), since: since.Truncate(time.Minute)}, true
}

// lives reports whether the cookie's declared life has begun and not ended.
func (v visitor) lives(declared policy.Cookie, now time.Time) bool {
	return !v.since.After(now) && (declared.Session || declared.Lifetime.After(v.since).After(now))
}

// signer signs and checks visitor cookies.
type signer struct {
	hashes *sync.Pool                     // of hash.Hash under the key: to make one costs more than to use it
	known  *recent.Cache[string, visitor] // cookies of late that bear our MAC, and no others
}

// cookiesKept is how many cookies a signer remembers.
const cookiesKept = 16_384

func newSigner(key []byte) signer {
	return signer{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}, recent.New[string, visitor](cookiesKept)}
}

func (s signer) mac(b []byte) []byte {
	h := s.hashes.Get().(hash.Hash)
	defer s.hashes.Put(h)
	h.Reset()
	h.Write([]byte(VisitorCookie))
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

func (s signer) encode(v visitor) string {
	b := make([]byte, 0, cookieSize)
	b = append(b, v.id[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(v.since.Unix()/60))
	b = binary.BigEndian.AppendUint32(b, uint32(v.seen.Unix()/60))
	return base64.RawURLEncoding.EncodeToString(append(b, s.mac(b)...))
}

// decode reads a cookie's value; false if it is not one of ours.
func (s signer) decode(value string) (visitor, bool) {
	if v, ok := s.known.Get(value); ok {
		return v, true
	}
	v, ok := s.verify(value)
	if ok {
		s.known.Add(strings.Clone(value), v) // a part of a header holds its whole request in memory
	}
	return v, ok
}

func (s signer) verify(value string) (visitor, bool) {
	if len(value) != base64.RawURLEncoding.EncodedLen(cookieSize) {
		return visitor{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || !hmac.Equal(b[visitorSize:], s.mac(b[:visitorSize])) {
		return visitor{}, false
	}
	return visitor{
		id:    [16]byte(b),
		since: time.Unix(int64(binary.BigEndian.Uint32(b[16:]))*60, 0).UTC(),
		seen:  time.Unix(int64(binary.BigEndian.Uint32(b[20:]))*60, 0).UTC(),
	}, true
}

// cookie returns the header that sets v for as long as the policy declares,
// counted from the day the id was given out.
func (s signer) cookie(v visitor, declared policy.Cookie, now time.Time, secure bool) *http.Cookie {
	c := &http.Cookie{
		Name: VisitorCookie, Value: s.encode(v), Path: "/",
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if !declared.Session {
		c.MaxAge = int(declared.Lifetime.After(v.since).Sub(now) / time.Second)
	}
	return c
}

// read returns the visitor that r's cookie names, false without a valid cookie
// whose declared life has not ended.
func (s signer) read(r *http.Request, declared policy.Cookie, now time.Time) (visitor, bool) {
	value, present := access.Cookie(r, VisitorCookie)
	if !present {
		return visitor{}, false
	}
	v, ok := s.decode(value)
	return v, ok && v.lives(declared, now)
}

// Holder returns whose data the browser that sent r may act on: the subject of
// its visitor cookie, however old; "" without a valid one or anything known.
func (c *Collector) Holder(ctx context.Context, r *http.Request) (string, error) {
	value, _ := access.Cookie(r, VisitorCookie)
	v, ok := c.signer.decode(value)
	if !ok {
		return "", nil
	}
	who, err := c.env.Subjects.Find(ctx, c.env.DB, subject.Visitor, v.name())
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return who, err
}
