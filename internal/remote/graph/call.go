package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/throttle"
)

// mostAnswer bounds what is read of an answer, in bytes.
const mostAnswer = 32 << 20

// ErrExpired says that what changed since a token cannot be told any more:
// everything has to be read again.
var ErrExpired = errors.New("the service does not know any more what changed since then")

// ErrUnclear says that a call may have been carried out or not: the connection
// broke or the service failed in the middle.
var ErrUnclear = fault.New(fault.Unavailable, "it is not known whether the service did it")

// call is one request to the API.
type call struct {
	scope  throttle.Scope
	method string
	url    string
	body   any    // sent as JSON; nil: none
	raw    []byte // sent as it is, instead
	kind   string // media type of raw
	header map[string]string
	etag   *string // receives the answer's ETag
}

// do makes a call and reads its answer: into a *[]byte as it is, into anything
// else as JSON.
func (c *Client) do(ctx context.Context, x call, into any) error {
	if err := c.own(x.url); err != nil {
		return err
	}
	body, err := x.payload()
	if err != nil {
		return err
	}
	return c.Limiter.Do(ctx, x.scope, int64(len(body)), func(ctx context.Context) (throttle.Verdict, error) {
		return c.once(ctx, x, body, into)
	})
}

// own refuses an address outside the service, where a token would go astray.
func (c *Client) own(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != c.base.Scheme || u.Host != c.base.Host {
		return fault.New(fault.Refused, "an answer of the service leads to another server; nothing is sent there")
	}
	return nil
}

func (x *call) payload() ([]byte, error) {
	if x.body == nil {
		return x.raw, nil
	}
	x.kind = "application/json"
	return json.Marshal(x.body)
}

// once sends the call and understands the answer. A token that the service does
// not take any more is replaced once.
func (c *Client) once(ctx context.Context, x call, body []byte, into any) (throttle.Verdict, error) {
	token, err := c.token.get(ctx)
	if err != nil {
		return throttle.Verdict{}, err
	}
	answer, err := c.send(ctx, x, body, token)
	if err == nil && answer.StatusCode == http.StatusUnauthorized {
		drain(answer)
		if token, err = c.token.renew(ctx, token); err != nil {
			return throttle.Verdict{}, err
		}
		answer, err = c.send(ctx, x, body, token)
	}
	if err != nil {
		return throttle.Verdict{}, unanswered(ctx, x, err)
	}
	defer drain(answer)
	if answer.StatusCode >= 300 {
		return c.refused(x, answer)
	}
	if x.etag != nil {
		*x.etag = answer.Header.Get("ETag")
	}
	return throttle.Verdict{}, read(answer.Body, into)
}

func (c *Client) send(ctx context.Context, x call, body []byte, token string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, x.method, x.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", x.kind)
	}
	for name, value := range x.header {
		r.Header.Set(name, value)
	}
	return c.Transport.RoundTrip(r)
}

// unanswered is the error of a call whose answer did not come.
func unanswered(ctx context.Context, x call, err error) error {
	switch {
	case ctx.Err() != nil && x.method == http.MethodGet:
		return ctx.Err()
	case x.method == http.MethodGet:
		return fault.New(fault.Unavailable, "Microsoft Graph does not answer: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnclear, err)
}

func read(body io.Reader, into any) error {
	bounded := io.LimitReader(body, mostAnswer)
	switch into := into.(type) {
	case nil:
		return nil
	case *[]byte:
		all, err := io.ReadAll(bounded)
		if err != nil {
			return fault.New(fault.Unavailable, "the answer of Microsoft Graph broke off: %w", err)
		}
		*into = all
		return nil
	default:
		if err := json.NewDecoder(bounded).Decode(into); err != nil {
			return fault.New(fault.Unavailable, "the answer of Microsoft Graph cannot be read: %w", err)
		}
		return nil
	}
}

func drain(answer *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection serves again
	answer.Body.Close()
}

// problem is the body of a refusal.
type problem struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   struct {
			Code string `json:"code"`
		} `json:"innerError"`
	} `json:"error"`
}

// refused turns an answer that is no success into a verdict about the rate or into
// an error.
func (c *Client) refused(x call, answer *http.Response) (throttle.Verdict, error) {
	var p problem
	_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&p) // a refusal without a reason is one
	code := p.Error.Code + " " + p.Error.Inner.Code
	says := strings.TrimSpace(p.Error.Code + ": " + firstLine(p.Error.Message))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode == http.StatusServiceUnavailable:
		return throttle.Verdict{Level: levelOf(code, x.scope), RetryAfter: c.retryAfter(answer)}, nil
	case answer.StatusCode == http.StatusGone, strings.Contains(strings.ToLower(code), "syncstate"), strings.Contains(strings.ToLower(code), "resync"):
		return throttle.Verdict{}, ErrExpired
	case answer.StatusCode >= 500 && x.method != http.MethodGet:
		return throttle.Verdict{}, fmt.Errorf("%w: %s", ErrUnclear, answer.Status)
	case answer.StatusCode >= 500:
		return throttle.Verdict{Level: levelOf(code, x.scope)}, nil // reading again does no harm
	}
	kind := map[int]fault.Kind{
		http.StatusBadRequest: fault.Invalid, http.StatusUnauthorized: fault.Forbidden, http.StatusForbidden: fault.Forbidden,
		http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Conflict, http.StatusPreconditionFailed: fault.Conflict,
		http.StatusRequestEntityTooLarge: fault.TooLarge,
	}[answer.StatusCode]
	return throttle.Verdict{}, fault.New(kind, "Microsoft Graph refused (%d): %s", answer.StatusCode, says)
}

// levelOf says what a refusal for the rate is about. The service's words differ by
// its parts; what is not known is taken for the narrowest.
func levelOf(code string, s throttle.Scope) throttle.Level {
	switch {
	case strings.Contains(code, "MailboxConcurrency"), strings.Contains(code, "ConcurrentRequest"):
		return throttle.Concurrency
	case strings.Contains(code, "TenantThrottled"), s.Mailbox == "" && s.Part == "":
		return throttle.Tenant
	case strings.Contains(code, "GlobalThrottled"):
		return throttle.Whole
	}
	return throttle.Mailbox
}

// retryAfter reads Retry-After as seconds or as a date (RFC 9110, 10.2.3).
func (c *Client) retryAfter(answer *http.Response) time.Duration {
	value := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 3600)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(c.Clock.Now()), 0), time.Hour)
	}
	return 0
}
