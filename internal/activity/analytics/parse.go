package analytics

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/store/event"
)

// The bounds of one request.
const (
	maxBody   = 16 << 10 // bytes
	maxEvents = 50
)

// The moments that an event's id may name, seen from the server's clock: a
// browser may have been offline for a while, and clocks differ.
const (
	oldest = 24 * time.Hour
	ahead  = time.Hour
)

// The types of event.
const (
	pageView     = "page_view"
	firstVisit   = "first_visit"
	sessionStart = "session_start"
	scroll       = "scroll"
	outbound     = "outbound"
	search       = "search"
	video        = "video"
	download     = "download"
)

// fieldOf says which field a type of event needs. What is not listed is no
// event.
var fieldOf = map[string]string{
	pageView: fieldPage, firstVisit: fieldVisitor, sessionStart: fieldVisitor, scroll: fieldScroll,
	outbound: fieldOutbound, search: fieldSearch, video: fieldVideo, download: fieldDownload,
}

// message is what the browser sends.
type message struct {
	Version int    `json:"v"`
	Events  []sent `json:"events"`
}

// sent is one event as the browser describes it.
type sent struct {
	ID       string `json:"id"` // decimal, as event.NewID makes it
	Type     string `json:"t"`
	URL      string `json:"u"` // of the page, a path or absolute
	Referrer string `json:"r"`
	Campaign string `json:"c"` // where the URL comes without its query
	Value    string `json:"x"` // percent, link, search, name of a video or file
	Language string `json:"l"`
	Width    int    `json:"w"` // of the screen, in CSS pixels
	Height   int    `json:"h"`

	id int64
}

// parse reads a request's body. It accepts all of it or nothing: Invalid for
// what is not a message of version 1, TooLarge for too many events.
func parse(body []byte, now time.Time) ([]sent, error) {
	if !utf8.Valid(body) {
		return nil, invalid("it is not UTF-8")
	}
	var m message
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, invalid("it is not the JSON described")
	}
	if len(bytes.TrimSpace(body[d.InputOffset():])) > 0 {
		return nil, invalid("something follows the JSON")
	}
	switch {
	case m.Version != 1:
		return nil, invalid("its version is not 1")
	case len(m.Events) == 0:
		return nil, invalid("it holds no event")
	case len(m.Events) > maxEvents:
		return nil, fault.New(fault.TooLarge, "a request holds at most %d events", maxEvents)
	}
	for i := range m.Events {
		if err := m.Events[i].check(now); err != nil {
			return nil, err
		}
	}
	return m.Events, nil
}

func (e *sent) check(now time.Time) error {
	id, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil || id <= 0 {
		return invalid("an id is not a positive whole number")
	}
	if at := event.TimeOf(id); at.Before(now.Add(-oldest)) || at.After(now.Add(ahead)) {
		return invalid("an id names a moment that is not about now; is the clock right?")
	}
	e.id = id
	switch {
	case fieldOf[e.Type] == "":
		return invalid("it holds an event of a type that does not exist")
	case !isLanguage(e.Language):
		return invalid("a language is no language tag")
	case !isExtent(e.Width) || !isExtent(e.Height):
		return invalid("a screen has no such size")
	case hasControl(e.URL) || hasControl(e.Referrer) || hasControl(e.Campaign) || hasControl(e.Value):
		return invalid("a text holds control characters")
	case e.Type == scroll && !isPercent(e.Value):
		return invalid("scrolling is told in percent")
	}
	return nil
}

func invalid(what string) error {
	return fault.New(fault.Invalid, "these events cannot be taken: %s", what)
}

// isLanguage reports whether s looks like a language tag (RFC 5646) or is
// empty.
func isLanguage(s string) bool {
	if len(s) > 35 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

func isExtent(n int) bool { return n >= 0 && n <= 20_000 }

func isPercent(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 100
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}
