package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/store"
)

// CookieName is the one cookie that remembers a choice.
const CookieName = "kept_choice"

const (
	longestCookie = 3072 // bytes; browsers keep 4096 with the name and attributes
	macSize       = 16
	day           = 24 * time.Hour

	wordRefused  = "no"
	wordAccepted = "yes"
	wordGPC      = "gpc"
	wordNone     = "-"
)

// choice is what the cookie holds. Readable as it is:
//
//	no/g-media:91cd02aa/g-statistics:77aa1022/MAC
//	yes/ID/20413/-/g-marketing:0c11d2aa/g+statistics:77aa1022/s+3f2a9c1d/MAC
//
// A group stands under its key with a short hash of what it covered; of services
// there may be hundreds, so one that differs from its group is a hash of both
// alone. After a refusal it is the refusal and nothing else: the same text in every
// browser that refused the same things. After an acceptance: the decision, the
// day of the last renewal, whether the browser's signal was on at the time, and
// each answer.
type choice struct {
	id    string // of the decision; empty after a refusal
	day   int64  // days since 1970, of the last renewal; 0 after a refusal
	gpc   bool
	marks []mark
}

// mark is one answer. One about a service that was read from a cookie has its
// token only, until an offer tells which service that is.
type mark struct {
	service bool
	yes     bool
	key     string
	scope   string
	token   string
}

func (c choice) refused() bool { return c.id == "" }

// text is the choice without its MAC. Marks are sorted, so that equal choices
// look equal.
func (c choice) text() string {
	parts := []string{wordRefused}
	if !c.refused() {
		flag := wordNone
		if c.gpc {
			flag = wordGPC
		}
		parts = []string{wordAccepted, c.id, strconv.FormatInt(c.day, 10), flag}
	}
	var marks []string
	for _, m := range c.marks {
		marks = append(marks, m.text())
	}
	slices.Sort(marks)
	return strings.Join(append(parts, marks...), "/")
}

func (m mark) text() string {
	sign := "-"
	if m.yes {
		sign = "+"
	}
	if m.service {
		token := m.token
		if token == "" {
			token = tokenOf(m.key, m.scope)
		}
		return "s" + sign + token
	}
	return "g" + sign + url.QueryEscape(m.key) + ":" + m.scope
}

const tokenSize = 8 // characters of six bits

// tokenOf is what a cookie remembers of a service and what it covered.
func tokenOf(key, scope string) string {
	sum := sha256.Sum256([]byte(key + "\x00" + scope))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:tokenSize]
}

// parseChoice reads what text wrote. It is called on what bears our MAC only
// and yet believes nothing.
func parseChoice(text string) (c choice, ok bool) {
	parts := strings.Split(text, "/")
	switch parts[0] {
	case wordRefused:
		parts = parts[1:]
	case wordAccepted:
		if len(parts) < 4 || !store.IsID(parts[1]) {
			return choice{}, false
		}
		n, err := strconv.ParseInt(parts[2], 10, 32)
		if err != nil || n <= 0 {
			return choice{}, false
		}
		c.id, c.day, c.gpc = parts[1], n, parts[3] == wordGPC
		parts = parts[4:]
	default:
		return choice{}, false
	}
	for _, p := range parts {
		m, ok := parseMark(p)
		if !ok {
			return choice{}, false
		}
		c.marks = append(c.marks, m)
	}
	return c, true
}

func parseMark(text string) (m mark, ok bool) {
	if len(text) < 3 || !strings.Contains("gs", text[:1]) || !strings.Contains("+-", text[1:2]) {
		return mark{}, false
	}
	m = mark{service: text[0] == 's', yes: text[1] == '+'}
	if m.service {
		m.token = text[2:]
		return m, len(m.token) == tokenSize
	}
	key, scope, ok := strings.Cut(text[2:], ":")
	if !ok {
		return mark{}, false
	}
	var err error
	m.key, err = url.QueryUnescape(key)
	m.scope = scope
	return m, err == nil
}

// sign appends a MAC over text and the cookie's name, so that one cookie can
// never stand for another.
func (s *Service) sign(name, text string) string {
	return text + "/" + base64.RawURLEncoding.EncodeToString(s.mac(name, text))
}

// signed returns the text of a value that sign made; ok is false for anything
// else.
func (s *Service) signed(name, value string) (text string, ok bool) {
	if len(value) > longestCookie {
		return "", false
	}
	i := strings.LastIndexByte(value, '/')
	if i < 0 {
		return "", false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(value[i+1:])
	if err != nil || !hmac.Equal(mac, s.mac(name, value[:i])) {
		return "", false
	}
	return value[:i], true
}

func (s *Service) mac(name, text string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(name))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return h.Sum(nil)[:macSize]
}

// cookie makes the cookie that remembers c from now on.
func (s *Service) cookie(c choice) *http.Cookie {
	now := s.clock.Now()
	return &http.Cookie{
		Name: CookieName, Value: s.sign(CookieName, c.text()), Path: "/",
		MaxAge: int(min(s.offer().lifetime.After(now).Sub(now), longestLife) / time.Second),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// expire makes a cookie that removes name.
func (s *Service) expire(name string) *http.Cookie {
	return &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
