package usage

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"time"

	"kept/internal/activity"
	"kept/internal/fault"
)

// The bounds of one request.
const (
	maxBody = 4 << 10 // bytes
	maxUses = 20
)

// largestScreen is more CSS pixels than any screen has, in one direction.
const largestScreen = 20_000

// use is that something was used once, as the browser says.
type use struct {
	ID       string `json:"id"` // decimal, as event.NewID makes it
	Function string `json:"f"`
	Width    int    `json:"w"` // of the screen, in CSS pixels
	Height   int    `json:"h"`

	id int64
}

// message is a request's body.
type message struct {
	Version int   `json:"v"`
	Events  []use `json:"events"`
}

// parse reads a request's body: {"v":1,"events":[…]}. It accepts all of it or nothing:
// Invalid for what is not a message of version 1, TooLarge for too many events.
func parse(body []byte, now time.Time) ([]use, error) {
	var m message
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, invalid("they are not the JSON described")
	}
	_, err := d.Token()
	switch {
	case !errors.Is(err, io.EOF):
		return nil, invalid("they are not the JSON described")
	case m.Version != 1:
		return nil, invalid("their version is not 1")
	case len(m.Events) == 0:
		return nil, invalid("there are none")
	case len(m.Events) > maxUses:
		return nil, fault.New(fault.TooLarge, "a request holds at most %d events", maxUses)
	}
	for i := range m.Events {
		if err := m.Events[i].check(now); err != nil {
			return nil, err
		}
	}
	return m.Events, nil
}

// functions are the names that a function may have: letters, then at most two digits.
// A name with a longer number, or with what addresses are made of, could be of a person
// or of something that is theirs.
var functions = regexp.MustCompile(`^[a-z]+(-[a-z]+)*(-[0-9]{1,2})?$`)

const longestFunction = 48 // bytes

func (u *use) check(now time.Time) error {
	id, wrong := activity.EventID(u.ID, now)
	switch {
	case wrong != "":
		return invalid(wrong)
	case len(u.Function) > longestFunction || !functions.MatchString(u.Function):
		return invalid("a function is named by small letters and hyphens")
	case u.Width < 0 || u.Height < 0 || u.Width > largestScreen || u.Height > largestScreen:
		return invalid("a screen has no such size")
	}
	u.id = id
	return nil
}

func invalid(what string) error {
	return fault.New(fault.Invalid, "these events cannot be taken: %s", what)
}

// screen is its size as a word, empty if it is not known.
func (u *use) screen() string {
	if u.Width == 0 || u.Height == 0 {
		return ""
	}
	return strconv.Itoa(u.Width) + "x" + strconv.Itoa(u.Height)
}
