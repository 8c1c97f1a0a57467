package analytics

import (
	"strconv"
	"time"
	"unicode/utf8"

	"kept/internal/activity"
	"kept/internal/fault"
)

// The bounds of one request.
const (
	maxBody   = 16 << 10 // bytes
	maxEvents = 50
)

// largestScreen is more CSS pixels than any screen has, in one direction.
const largestScreen = 20_000

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

// sent is one event as the browser describes it.
type sent struct {
	ID       string // "id": decimal, as event.NewID makes it
	Type     string // "t"
	URL      string // "u": of the page, a path or absolute
	Referrer string // "r"
	Campaign string // "c": where the URL comes without its query
	Value    string // "x": percent, link, search, name of a video or file
	Language string // "l"
	Width    int    // "w": of the screen, in CSS pixels
	Height   int    // "h"

	id int64
}

// parse reads a request's body: {"v":1,"events":[…]}. It accepts all of it or
// nothing: Invalid for what is not a message of version 1, TooLarge for too many
// events.
func parse(body []byte, now time.Time) ([]sent, error) {
	if !utf8.Valid(body) {
		return nil, invalid("they are not UTF-8")
	}
	version, events, ok := scan(body)
	switch {
	case !ok:
		return nil, invalid("they are not the JSON described")
	case version != 1:
		return nil, invalid("their version is not 1")
	case len(events) == 0:
		return nil, invalid("there are none")
	case len(events) > maxEvents:
		return nil, fault.New(fault.TooLarge, "a request holds at most %d events", maxEvents)
	}
	for i := range events {
		if err := events[i].check(now); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// scan reads a message. It stops at one event more than is allowed.
func scan(body []byte) (version int, events []sent, ok bool) {
	s := &scanner{text: string(body)}
	ok = s.object(func(name string) bool {
		switch name {
		case "v":
			return s.whole(&version)
		case "events":
			return events == nil && s.list(func() bool {
				events = append(events, sent{})
				return len(events) <= maxEvents+1 && events[len(events)-1].scan(s)
			})
		}
		return false
	})
	if len(events) > maxEvents {
		return version, events, true
	}
	return version, events, ok && s.end()
}

func (e *sent) scan(s *scanner) bool {
	return s.object(func(name string) bool {
		switch name {
		case "id":
			return s.str(&e.ID)
		case "t":
			return s.str(&e.Type)
		case "u":
			return s.str(&e.URL)
		case "r":
			return s.str(&e.Referrer)
		case "c":
			return s.str(&e.Campaign)
		case "x":
			return s.str(&e.Value)
		case "l":
			return s.str(&e.Language)
		case "w":
			return s.whole(&e.Width)
		case "h":
			return s.whole(&e.Height)
		}
		return false
	})
}

func (e *sent) check(now time.Time) error {
	id, wrong := activity.EventID(e.ID, now)
	if wrong != "" {
		return invalid(wrong)
	}
	e.id = id
	switch {
	case fieldOf[e.Type] == "":
		return invalid("one is of a type that does not exist")
	case !isLanguage(e.Language):
		return invalid("a language is no language tag")
	case e.Width > largestScreen || e.Height > largestScreen:
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
