package httpdata

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
)

// The bounds of one exchange.
const (
	maxBody  = 16 << 20
	tries    = 5
	longest  = time.Minute // that a single wait lasts
	firstGap = time.Second
	timeout  = 30 * time.Second
)

// answer is a decoded answer.
type answer struct {
	status int
	header http.Header
	body   any // nil if there is none
}

// call sends a request until it is answered, and returns answers of 2xx and 404.
func (s *Source) call(ctx context.Context, r *Request, address *url.URL, values map[string]string, changes map[string]any) (*answer, error) {
	for _, name := range r.placeholders() {
		if values[name] == "" { // a path that ends early means everybody
			return nil, fault.New(fault.Invalid, "%s %s needs a value for %s", r.Method, r.Path, name)
		}
	}
	body, err := r.body(values, changes)
	if err != nil {
		return nil, err
	}
	gap := firstGap
	var last string
	for try := range tries {
		a, after, err := s.once(ctx, r, address, values, body)
		if err == nil && after == "" {
			return a, s.verdict(r, a)
		}
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
		if last = after; err != nil {
			last = s.hide(err.Error())
		}
		if try == tries-1 {
			break
		}
		if err := s.config.Clock.Sleep(ctx, min(s.pause(a, gap), longest)); err != nil {
			return nil, fault.New(fault.Unavailable, "the interface was not waited for: %w", err)
		}
		gap *= 2
	}
	return nil, fault.New(fault.Unavailable, "the interface does not answer after %d tries: %s", tries, last)
}

// once sends a request once; after says in a word why it is to be sent again.
func (s *Source) once(ctx context.Context, r *Request, address *url.URL, values map[string]string, body []byte) (a *answer, after string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "the request cannot be made: %s", s.hide(err.Error()))
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, text := range r.Header {
		request.Header.Set(name, fill(text, values, oneLine))
	}
	if err := s.config.Auth.sign(ctx, s, request); err != nil {
		return nil, "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, "", fault.New(fault.Unavailable, "the interface does not answer: %s", s.hide(err.Error()))
	}
	defer response.Body.Close()
	a = &answer{status: response.StatusCode, header: response.Header}
	if a.status == http.StatusTooManyRequests || a.status >= 500 {
		return a, response.Status, nil
	}
	if a.status == http.StatusUnauthorized && s.config.Auth.renew() {
		return a, "the token was not taken", nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, "", fault.New(fault.Unavailable, "the answer broke off: %s", s.hide(err.Error()))
	case len(text) > maxBody:
		return nil, "", fault.New(fault.TooLarge, "an answer is longer than %d bytes; ask for smaller pages", maxBody)
	case len(bytes.TrimSpace(text)) == 0 || a.status >= 300:
		return a, "", nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&a.body); err != nil {
		return nil, "", fault.New(fault.Invalid, "%s %s answers no JSON", r.Method, r.Path)
	}
	return a, "", nil
}

// verdict turns a status into an error.
func (s *Source) verdict(r *Request, a *answer) error {
	what := r.Method + " " + r.Path
	switch {
	case a.status < 300 || a.status == http.StatusNotFound || a.status == http.StatusGone:
		return nil
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return fault.New(fault.Forbidden, "%s: the interface does not let these credentials (%d); check them and their scopes", what, a.status)
	case a.status == http.StatusConflict || a.status == http.StatusUnprocessableEntity || a.status == http.StatusPreconditionFailed:
		return fault.New(fault.Conflict, "%s: the interface refuses it (%d)", what, a.status)
	case a.status < 400:
		return fault.New(fault.Invalid, "%s leads elsewhere (%d), and redirects are not followed; correct the address", what, a.status)
	}
	return fault.New(fault.Invalid, "%s: the interface does not understand it (%d); correct the description", what, a.status)
}

// pause is how long to wait: as long as Retry-After says (RFC 9110, 10.2.3), else
// longer each time.
func (s *Source) pause(a *answer, gap time.Duration) time.Duration {
	if a == nil {
		return gap
	}
	said := a.header.Get("Retry-After")
	if n, err := strconv.Atoi(said); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(said); err == nil {
		return max(t.Sub(s.config.Clock.Now()), 0)
	}
	return gap
}

// body is the request's body as JSON, nil for none.
func (r *Request) body(values map[string]string, changes map[string]any) ([]byte, error) {
	body := r.Body
	if body == nil && changes == nil {
		return nil, nil
	}
	if body == nil {
		body = changes
	}
	body = inTexts(body, func(text string) any {
		if text == "{"+changesName+"}" {
			return changes
		}
		return fill(text, values, func(v string) string { return v })
	})
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	return text, nil
}

// address is where a request goes.
func (s *Source) address(r *Request, values map[string]string) *url.URL {
	path := fill(r.Path, values, segment)
	address := *s.config.URL
	address.Path, address.RawPath = "", ""
	joined := strings.TrimSuffix(s.config.URL.EscapedPath(), "/") + "/" + strings.TrimPrefix(path, "/")
	if plain, err := url.PathUnescape(joined); err == nil {
		address.Path, address.RawPath = plain, joined
	}
	query := address.Query()
	for name, text := range r.Query {
		query.Set(name, fill(text, values, func(v string) string { return v }))
	}
	address.RawQuery = query.Encode()
	return &address
}

// segment escapes a value for one step of a path, dots too: two of them lead up.
func segment(v string) string {
	if v == "." || v == ".." {
		return strings.ReplaceAll(v, ".", "%2E")
	}
	return url.PathEscape(v)
}

// oneLine keeps a value from becoming a header of its own.
func oneLine(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, v)
}

// hide takes secrets out of a text.
func (s *Source) hide(text string) string {
	for _, secret := range s.config.Auth.secrets() {
		if word := secret.Reveal(); word != "" {
			text = strings.ReplaceAll(text, word, secret.String())
		}
	}
	return text
}
