package booking

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/policy/period"
)

// Calendar is what can do one thing at a time: a person, a room. Every type of
// appointment draws on one.
type Calendar struct {
	Key      string
	Name     string
	Zone     *time.Location
	Holidays string // jurisdiction whose public holidays are free: DE-HE; empty: none
	Hours    Hours
	Folder   string // of the calendar elsewhere, below its address

	Read   time.Time // when the calendar elsewhere was read last
	Failed string    // why it could not be read since
}

// Type is a type of appointment.
type Type struct {
	Key      string      `json:"key"`
	Activity string      `json:"activity"` // the policy's entry under which it is booked
	Calendar string      `json:"calendar"`
	Title    policy.Text `json:"title"`
	Place    string      `json:"place,omitempty"` // address of a place or a meeting, for those who booked
	Online   bool        `json:"online"`
	Length   int         `json:"length"`   // minutes, as all that follow but Ahead
	Before   int         `json:"before"`   // pause before it
	After    int         `json:"after"`    // and after
	Step     int         `json:"step"`     // between two starts
	Notice   int         `json:"notice"`   // between the booking and the start
	Ahead    int         `json:"ahead"`    // days
	Capacity int         `json:"capacity"` // people at one time
	Off      bool        `json:"off"`
}

func (t *Type) length() time.Duration { return time.Duration(t.Length) * time.Minute }
func (t *Type) step() time.Duration   { return time.Duration(t.Step) * time.Minute }
func (t *Type) notice() time.Duration { return time.Duration(t.Notice) * time.Minute }

// around is what an appointment takes of the calendar, with its pauses.
func (t *Type) around(at time.Time) Interval {
	return Interval{at.Add(-time.Duration(t.Before) * time.Minute), at.Add(t.length() + time.Duration(t.After)*time.Minute)}
}

// Bounds of types and calendars.
const (
	longestName   = 120
	longestPlace  = 500
	longestLength = 24 * 60
	longestPause  = 8 * 60
	longestNotice = 90 * 24 * 60
	longestAhead  = 400
	mostPeople    = 500
)

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// reserved are words that stand in addresses where a key could.
var reserved = map[string]bool{"mine": true, "api": true, "embed": true, "new": true}

func checkKey(key string) error {
	if !keyForm.MatchString(key) || reserved[key] {
		return fault.New(fault.Invalid, "a key is up to 40 small letters, digits and hyphens, like first-talk, and none of mine, api, embed, new")
	}
	return nil
}

func plain(text string, longest int) bool {
	return len(text) <= longest && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// refusal is what is wrong with one field of a type or a calendar: the field as its
// page calls it, the words for people, and the error for everybody else.
type refusal struct {
	field, word string
	args        []any
	err         error
}

func refused(field, word string, format string, args ...any) refusal {
	return refusal{field, word, args, fault.New(fault.Invalid, format, args...)}
}

// first returns the first error of refusals, nil without any.
func first(all []refusal) error {
	if len(all) == 0 {
		return nil
	}
	return all[0].err
}

// check returns Invalid if a type cannot be offered.
func (t *Type) check() error { return first(t.wrong()) }

// wrong returns what is wrong with a type, field by field.
func (t *Type) wrong() (all []refusal) {
	if err := checkKey(t.Key); err != nil {
		all = append(all, refusal{"key", "wrong.key", nil, err})
	}
	for _, lang := range []string{"de", "en"} {
		if strings.TrimSpace(t.Title[lang]) == "" || !plain(t.Title[lang], longestName) {
			all = append(all, refused("title-"+lang, "wrong.title", "a type of appointment has a title in German and in English, of at most %d letters in one line", longestName))
		}
	}
	if !plain(t.Place, longestPlace) {
		all = append(all, refused("place", "wrong.title", "a place is one line of at most %d letters", longestPlace))
	}
	for _, m := range []struct {
		field, what  string
		value, least int
		most         int
	}{
		{"length", "length", t.Length, grain, longestLength}, {"pause-before", "pause before", t.Before, 0, longestPause},
		{"pause-after", "pause after", t.After, 0, longestPause}, {"step", "step", t.Step, grain, longestLength},
	} {
		if m.value < m.least || m.value > m.most || m.value%grain != 0 {
			r := refused(m.field, "wrong.minutes", "the %[4]s is %[1]d to %[2]d minutes, in steps of %[3]d", m.least, m.most, grain, m.what)
			all = append(all, r)
		}
	}
	for _, n := range []struct {
		field, format      string
		value, least, most int
	}{
		{"notice", "the notice is %d to %d minutes (90 days)", t.Notice, 0, longestNotice},
		{"ahead", "appointments are made %d to %d days ahead", t.Ahead, 1, longestAhead},
		{"capacity", "%d to %d people take part at one time", t.Capacity, 1, mostPeople},
	} {
		if n.value < n.least || n.value > n.most {
			all = append(all, refused(n.field, "wrong.range", n.format, n.least, n.most))
		}
	}
	return all
}

// check returns Invalid if a calendar cannot be kept.
func (c *Calendar) check() error { return first(c.wrong()) }

// wrong returns what is wrong with a calendar, field by field.
func (c *Calendar) wrong() (all []refusal) {
	if err := checkKey(c.Key); err != nil {
		all = append(all, refusal{"key", "wrong.key", nil, err})
	}
	if strings.TrimSpace(c.Name) == "" || !plain(c.Name, longestName) {
		all = append(all, refused("name", "wrong.title", "a calendar has a name of at most %d letters", longestName))
	}
	if _, known := period.CalendarOf(c.Holidays); c.Holidays != "" && !known {
		all = append(all, refused("holidays", "wrong.holidays", "the public holidays of %q are not known; known are a country (DE, AT, FR) and a German Land (DE-HE)", c.Holidays))
	}
	if c.Zone == nil || c.Zone == time.Local {
		all = append(all, refused("zone", "wrong.zone", "a calendar has a time zone like Europe/Berlin"))
	}
	if !plain(c.Folder, longestName) {
		all = append(all, refused("folder", "wrong.title", "a folder has at most %d letters", longestName))
	}
	return all
}

// ZoneOf returns the zone of IANA's name; Invalid if there is none.
func ZoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fault.New(fault.Invalid, "a time zone is named like Europe/Berlin")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "a time zone is named like Europe/Berlin")
	}
	return loc, nil
}
