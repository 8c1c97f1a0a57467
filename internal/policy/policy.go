package policy

import (
	"maps"
	"slices"

	"kept/internal/policy/source"
)

// Policy is one file, read and resolved. Entries stand in the order of the
// file; every entry knows its place in it.
type Policy struct {
	Language   int // the version of the language: kept: 1
	Notice     Notice
	Controller Controller
	Groups     []Group // every consent group in use, built-in ones included
	Recipients []Recipient
	Services   []Service
	Activities []Activity
	// Cookies are what the site itself cannot do without: a session, a basket.
	// They need no consent (§ 25(2) TDDDG).
	Cookies []Cookie
	// What the organisation does around its processing.
	Measures    []Measure
	Departments []Department
	Holds       []HoldGround

	File   string // the name it was read from, for findings
	Source []byte // the file as it was read
	Hash   string // content hash, hex SHA-256: comments and layout do not change it

	keys    places
	partial bool // a part of the file could not be read
}

// Pos is a place in the file, counted from 1. The zero Pos is unknown.
type Pos = source.Pos

// places are the positions of an entry's keys, and of single values that a
// check may have to point to.
type places map[string]Pos

// of returns the place of key, else that of the whole entry.
func (p places) of(key string, entry Pos) Pos {
	if at, ok := p[key]; ok {
		return at
	}
	return entry
}

// has reports whether the entry has key, readable or not.
func (p places) has(key string) bool { _, ok := p[key]; return ok }

// broken reports whether the value of key could not be read. That was found and
// said; no check concludes anything from the value's absence.
func (p places) broken(key string) bool { return p.has(brokenMark + key) }

func (p places) breaks(key string) { p[brokenMark+key] = p[key] }

const brokenMark = "broken/"

// Text is wording for people by language ("de", "en").
type Text map[string]string

// In returns the text in lang, else in English, else in the first language in
// the order of the alphabet, else "".
func (t Text) In(lang string) string {
	for _, l := range append([]string{lang, "en"}, slices.Sorted(maps.Keys(t))...) {
		if s, ok := t[l]; ok {
			return s
		}
	}
	return ""
}

// Notice identifies the published text.
type Notice struct {
	At           Pos
	Version      string   // the declared version, a date as a rule
	Languages    []string // languages that the notice is published in, the first is the default
	Jurisdiction string   // ISO 3166 code, chooses the rule packs
	Holidays     string   // whose public holidays move the end of a period: DE-BW; empty: the jurisdiction's
	Exemptions   []string // exemptions of the rule pack that the policy makes use of

	keys places
}

// Controller is who answers for the processing (Art. 4(7), 13(1)(a) GDPR).
type Controller struct {
	At             Pos
	Name           string
	Address        string
	Email          string
	Phone          string
	URL            string
	Representative *Contact   // in the Union, of a controller outside it, Art. 27
	Officer        *Contact   // data protection officer, Art. 37
	Authority      *Authority // the competent supervisory authority, Art. 77

	keys places
}

// Contact is a way to reach somebody.
type Contact struct {
	At                          Pos
	Name, Email, Phone, Address string
	External                    bool // an officer from outside, on a service contract: Art. 37(6)
}

// Authority is a supervisory authority.
type Authority struct {
	At        Pos
	Name, URL string
}

// Essential stands in the place of a group for a service that the page cannot
// do without (§ 25(2) TDDDG). It is no group: it is neither asked for nor
// refused, and Policy.Groups never holds it.
const Essential = "essential"

// Group is a set of purposes that a visitor accepts or refuses together.
type Group struct {
	At    Pos
	Key   string // statistics, media, marketing, … or one that the policy declares
	Title Text
	About Text

	keys places
}

// Activity returns the entry named key, nil if the policy has none.
func (p *Policy) Activity(key string) *Activity {
	for i := range p.Activities {
		if p.Activities[i].Key == key {
			return &p.Activities[i]
		}
	}
	return nil
}

// OfKind returns every activity that kind performs, in the order of the file.
func (p *Policy) OfKind(kind string) []*Activity {
	var found []*Activity
	for i := range p.Activities {
		if p.Activities[i].Kind == kind {
			found = append(found, &p.Activities[i])
		}
	}
	return found
}

// Recipient returns the recipient named key, nil if the policy has none.
func (p *Policy) Recipient(key string) *Recipient {
	for i := range p.Recipients {
		if p.Recipients[i].Key == key {
			return &p.Recipients[i]
		}
	}
	return nil
}

// Service returns the service named key, nil if the policy has none.
func (p *Policy) Service(key string) *Service {
	for i := range p.Services {
		if p.Services[i].Key == key {
			return &p.Services[i]
		}
	}
	return nil
}

// Group returns the consent group named key, nil if no entry uses it.
func (p *Policy) Group(key string) *Group {
	for i := range p.Groups {
		if p.Groups[i].Key == key {
			return &p.Groups[i]
		}
	}
	return nil
}
