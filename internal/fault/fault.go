package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what a caller can do about an error.
type Kind int

// The kinds. The zero Kind is Internal: an error nobody classified is ours.
const (
	Internal    Kind = iota // a defect or a broken machine: look at the log
	Invalid                 // the input is wrong: correct it
	Forbidden               // this caller may not
	NotFound                // it is not there
	Conflict                // it changed meanwhile, or exists already
	TooLarge                // the input exceeds a stated bound
	TooMany                 // a rate limit: come back later
	Unavailable             // something we need does not answer: try again
	Refused                 // the policy does not allow it
)

var names = [...]string{"internal", "invalid", "forbidden", "not found", "conflict", "too large", "too many", "unavailable", "refused"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", int(k))
}

var statuses = [...]int{
	http.StatusInternalServerError, http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
	http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusForbidden,
}

// Status is the HTTP status of the kind (RFC 9110).
func (k Kind) Status() int {
	if int(k) < len(statuses) {
		return statuses[k]
	}
	return http.StatusInternalServerError
}

// Error is an error of a known kind.
type Error struct {
	Kind    Kind
	Message string // what went wrong and what to do, for the person who can act
	Err     error  // the cause, may be nil
}

// New returns an error of kind k with a message made like fmt.Errorf; %w in
// the format keeps a cause.
func New(k Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost Error in err's chain, Internal if
// there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
