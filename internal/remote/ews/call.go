package ews

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/throttle"
)

// mostAnswer bounds what is read of an answer, in bytes.
const mostAnswer = 32 << 20

// mostWait is how long an answer may take. The server ends a call after a minute.
const mostWait = 3 * time.Minute

// illegal are references to characters that XML does not have. The service writes
// them where a person's note holds such a character.
var illegal = regexp.MustCompile(`&#(x(0*([0-8BCEFbcef]|1[0-9A-Fa-f]))|0*([0-8]|1[124-9]|2[0-9]|3[01]));`)

// ErrExpired says that what changed since a token cannot be told any more:
// everything has to be read again.
var ErrExpired = fault.New(fault.Conflict, "the server does not know any more what changed since then")

// ErrUnclear says that a call may have been carried out or not: the connection
// broke or the server failed in the middle.
var ErrUnclear = fault.New(fault.Unavailable, "it is not known whether the server did it")

// call is one request for a mailbox.
type call struct {
	mailbox string
	writes  bool // a call that reads is made again without harm
	request element
}

// one makes a call that asks for one thing and returns what became of it.
func (c *Client) one(ctx context.Context, x call) (message, error) {
	var only message
	err := c.do(ctx, x, func(all []message) (throttle.Verdict, error) {
		if len(all) != 1 {
			return throttle.Verdict{}, fault.New(fault.Unavailable, "the Exchange server answers %d times to one request", len(all))
		}
		only = all[0]
		return c.judge(x, only)
	})
	return only, err
}

// do makes a call when its turn has come and hands what became of it to take, which
// says whether the server refused for the rate.
func (c *Client) do(ctx context.Context, x call, take func([]message) (throttle.Verdict, error)) error {
	body, err := envelope(x.mailbox, x.request)
	if err != nil {
		return fmt.Errorf("write a request to the Exchange server: %w", err)
	}
	return c.Limiter.Do(ctx, c.scope(x.mailbox), int64(len(body)), func(ctx context.Context) (throttle.Verdict, error) {
		return c.send(ctx, x, body, take)
	})
}

// scope is whom a call is about: with impersonation the mailbox's own budget is
// charged, not the account's.
func (c *Client) scope(mailbox string) throttle.Scope {
	return throttle.Scope{Tenant: c.host, Mailbox: strings.ToLower(mailbox)}
}

// send sends a call and understands the answer.
func (c *Client) send(ctx context.Context, x call, body []byte, take func([]message) (throttle.Verdict, error)) (throttle.Verdict, error) {
	waits, cancel := context.WithTimeout(ctx, mostWait)
	defer cancel()
	answer, err := c.doors.send(func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(waits, http.MethodPost, c.URL, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		r.Header.Set("X-AnchorMailbox", x.mailbox) // the server sends the call to where the mailbox lies
		return r, nil
	})
	if err != nil {
		return throttle.Verdict{}, unanswered(ctx, x, err)
	}
	defer drain(answer)
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusInternalServerError {
		return c.refused(x, answer)
	}
	var all reply
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err == nil {
		err = xml.Unmarshal(illegal.ReplaceAll(text, nil), &all)
	}
	if err != nil {
		if x.writes {
			return throttle.Verdict{}, fmt.Errorf("%w: the answer cannot be read", ErrUnclear)
		}
		return throttle.Verdict{}, fault.New(fault.Unavailable, "the answer of the Exchange server cannot be read: %w", err)
	}
	if f := all.Body.Fault; f != nil {
		return c.judge(x, message{Class: "Error", Code: f.Detail.Code, Text: f.words(), Values: f.Detail.Values})
	}
	return take(all.Body.Any.Messages.All)
}

func (f *refusal) words() string {
	if f.Detail.Text != "" {
		return f.Detail.Text
	}
	return f.String
}

// unanswered is the error of a call whose answer did not come.
func unanswered(ctx context.Context, x call, err error) error {
	switch {
	case fault.Is(err, fault.Refused):
		return err // it never left the house
	case x.writes:
		return fmt.Errorf("%w: %w", ErrUnclear, err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fault.New(fault.Unavailable, "the Exchange server does not answer: %w", err)
}

func drain(answer *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection serves again
	answer.Body.Close()
}

// refused understands an answer that is not the service's own, but of the web server
// before it.
func (c *Client) refused(x call, answer *http.Response) (throttle.Verdict, error) {
	switch {
	case answer.StatusCode == http.StatusServiceUnavailable, answer.StatusCode == http.StatusTooManyRequests:
		return throttle.Verdict{Level: throttle.Tenant, RetryAfter: c.retryAfter(answer)}, nil
	case answer.StatusCode == http.StatusUnauthorized:
		return throttle.Verdict{}, fault.New(fault.Forbidden, "the Exchange server does not let the account in (401): look at the account and its password")
	case answer.StatusCode == http.StatusForbidden:
		return throttle.Verdict{}, fault.New(fault.Forbidden, "the Exchange server does not let the account use Exchange Web Services (403)")
	case answer.StatusCode < http.StatusInternalServerError:
		return throttle.Verdict{}, fault.New(fault.Unavailable, "at this address there is no Exchange Web Services (%d); it mostly ends in /EWS/Exchange.asmx", answer.StatusCode)
	case x.writes:
		return throttle.Verdict{}, fmt.Errorf("%w: %d", ErrUnclear, answer.StatusCode)
	}
	return throttle.Verdict{Level: throttle.Mailbox}, nil // reading again does no harm
}

// retryAfter reads Retry-After as seconds or as a date (RFC 9110, 10.2.3).
func (c *Client) retryAfter(answer *http.Response) time.Duration {
	value := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return min(time.Duration(min(seconds, 3600))*time.Second, time.Hour)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(c.Clock.Now()), 0), time.Hour)
	}
	return 0
}

// judge turns what became of one thing into a verdict about the rate or into an
// error; nil if it was done.
func (c *Client) judge(x call, m message) (throttle.Verdict, error) {
	if m.Class == "Success" {
		return throttle.Verdict{}, nil
	}
	if v := m.verdict(); v.Level != throttle.Nothing {
		return v, nil
	}
	text, _, _ := strings.Cut(strings.TrimSpace(m.Text), "\n")
	kind, known := kinds[m.Code]
	switch {
	case m.Code == "ErrorInvalidSyncStateData":
		return throttle.Verdict{}, ErrExpired
	case transient[m.Code] && x.writes:
		return throttle.Verdict{}, fmt.Errorf("%w: %s", ErrUnclear, m.Code)
	case transient[m.Code]:
		return throttle.Verdict{Level: throttle.Mailbox}, nil
	case !known:
		kind = fault.Unavailable
	}
	return throttle.Verdict{}, fault.New(kind, "the Exchange server refused (%s): %s", m.Code, strings.TrimSpace(text))
}

// verdict says whether a refusal is one for the rate.
func (m message) verdict() throttle.Verdict {
	switch m.Code {
	case "ErrorServerBusy":
		ms, _ := strconv.Atoi(m.Values.named("BackOffMilliseconds"))
		return throttle.Verdict{Level: throttle.Mailbox, RetryAfter: min(time.Duration(max(ms, 0))*time.Millisecond, time.Hour)}
	case "ErrorTooManyObjectsOpened", "ErrorExceededConnectionCount":
		return throttle.Verdict{Level: throttle.Concurrency}
	}
	return throttle.Verdict{}
}

// transient are failures in the middle.
var transient = map[string]bool{
	"ErrorTimeoutExpired": true, "ErrorInternalServerTransientError": true, "ErrorMailboxStoreUnavailable": true, "ErrorMailboxFailover": true,
	"ErrorInternalServerError": true, "ErrorInsufficientResources": true,
}

// kinds are what a caller can do about a refusal. One that is about the whole
// mailbox is never NotFound: that is a contact that is gone.
var kinds = map[string]fault.Kind{
	"ErrorItemNotFound": fault.NotFound, "ErrorFolderNotFound": fault.NotFound, "ErrorSyncFolderNotFound": fault.NotFound, "ErrorAttachmentNotFound": fault.NotFound,
	"ErrorImpersonateUserDenied": fault.Forbidden, "ErrorImpersonationDenied": fault.Forbidden, "ErrorImpersonationFailed": fault.Forbidden,
	"ErrorAccessDenied": fault.Forbidden, "ErrorNonExistentMailbox": fault.Forbidden, "ErrorMailboxMoveInProgress": fault.Unavailable,
	"ErrorNonPrimarySmtpAddress": fault.Forbidden, "ErrorAccountDisabled": fault.Forbidden,
	"ErrorFolderExists": fault.Conflict, "ErrorIrresolvableConflict": fault.Conflict, "ErrorQuotaExceeded": fault.Unavailable,
	"ErrorMessageSizeExceeded": fault.TooLarge, "ErrorAttachmentSizeLimitExceeded": fault.TooLarge,
	"ErrorSchemaValidation": fault.Invalid, "ErrorInvalidPropertySet": fault.Invalid, "ErrorInvalidPropertyUpdate": fault.Invalid,
	"ErrorInvalidIdMalformed": fault.NotFound, "ErrorInvalidId": fault.NotFound, "ErrorInvalidIdNotAnItemAttachmentId": fault.Invalid,
	"ErrorInvalidRequest": fault.Invalid, "ErrorItemSave": fault.Invalid, "ErrorItemSavePropertyError": fault.Invalid,
	"ErrorInvalidContactEmailAddress": fault.Invalid, "ErrorInvalidContactEmailIndex": fault.Invalid, "ErrorInvalidValueForProperty": fault.Invalid,
	"ErrorPropertyUpdate": fault.Invalid, "ErrorInvalidExtendedProperty": fault.Invalid, "ErrorInvalidExtendedPropertyValue": fault.Invalid,
	"ErrorInvalidImageType": fault.Invalid, "ErrorCorruptData": fault.Invalid,
}
