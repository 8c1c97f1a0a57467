package agent

import (
	"strings"

	"github.com/mileusna/useragent"

	"kept/internal/recent"
)

// The kinds of device.
const (
	Desktop = "desktop"
	Phone   = "phone"
	Tablet  = "tablet"
	Bot     = "bot"
)

// Agent is what a User-Agent header says. Unknown parts are empty.
type Agent struct {
	Browser string // name and major version: "Firefox 132"
	OS      string // name without version: "Windows"
	Device  string // one of the kinds of device
}

// longest is how much of a header is read, in bytes.
const longest = 512

// Reader reads headers and remembers the most frequent ones. It is safe for
// concurrent use; its memory is bounded by the size given to New.
type Reader struct {
	known *recent.Cache[string, Agent]
}

// New returns a Reader that remembers size headers; size must be positive.
func New(size int) *Reader {
	return &Reader{known: recent.New[string, Agent](size)}
}

// Read returns what header says.
func (r *Reader) Read(header string) Agent {
	if len(header) > longest {
		header = header[:longest]
	}
	if a, ok := r.known.Get(header); ok {
		return a
	}
	a := read(header)
	r.known.Add(strings.Clone(header), a) // a clone: a header must not hold its request in memory
	return a
}

func read(header string) Agent {
	ua := useragent.Parse(header)
	a := Agent{Browser: word(ua.Name), OS: word(ua.OS)}
	if a.Browser != "" && ua.VersionNo.Major > 0 {
		a.Browser += " " + ua.VersionNoShort()[:digits(ua.VersionNoShort())]
	}
	switch {
	case ua.Bot:
		a.Device = Bot
	case ua.Tablet:
		a.Device = Tablet
	case ua.Mobile:
		a.Device = Phone
	case ua.Desktop:
		a.Device = Desktop
	}
	return a
}

func digits(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// word returns s if it is a short name, else "": a header can hold anything,
// a name or an address too.
func word(s string) string {
	if len(s) > 32 {
		return ""
	}
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == ' ', c == '-', c == '_':
		default:
			return ""
		}
	}
	return strings.TrimSpace(s)
}
