package rules

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"kept/internal/policy/period"
)

// Set is the rules of a jurisdiction that hold on one day.
type Set struct {
	Packs    []string // what the set is made of: EU 2026-11, DE 2026-11
	EEA      []string // ISO 3166 codes, to which a transfer needs no safeguard
	Adequacy []Adequacy
	Limits   []Limit
	Duties   []Duty
	Storage  []Storage
	Holds    []Hold

	// Exemptions are from consent to storage in the browser, each under conditions.
	// A policy that makes use of one says so.
	Exemptions []Exemption
}

// Dated says on which days a rule holds and where it comes from.
type Dated struct {
	From   Day    `yaml:"from"`
	Until  Day    `yaml:"until"` // the last day; empty: open
	Source string `yaml:"source"`
}

// Day is a date of the calendar, YYYY-MM-DD.
type Day string

// holds reports whether the rule holds on day. Days compare as text.
func (d Dated) holds(day Day) bool {
	return d.From <= day && (d.Until == "" || day <= d.Until)
}

// Member is a country of the EEA.
type Member struct {
	Dated   `yaml:",inline"`
	Country string `yaml:"country"`
}

// Adequacy is a decision under Art. 45 GDPR.
type Adequacy struct {
	Dated     `yaml:",inline"`
	Country   string        `yaml:"country"`
	Framework string        `yaml:"framework"` // only recipients certified under it
	Recheck   period.Period `yaml:"recheck"`   // how old a check of the certification may be; zero: none needed
	Note      string        `yaml:"note"`
}

// Limit is a time for which data of a category may be kept for a purpose
// without saying why it must be longer.
type Limit struct {
	Dated    `yaml:",inline"`
	ID       string        `yaml:"id"`
	Category string        `yaml:"category"` // data category key, with all below it; empty: any
	Purpose  string        `yaml:"purpose"`  // data use key, with all below it; empty: any
	Keep     period.Period `yaml:"keep"`
	Why      string        `yaml:"why"`
}

// Duty is a time for which the law orders data to be kept.
type Duty struct {
	Dated     `yaml:",inline"`
	ID        string        `yaml:"id"`
	Law       string        `yaml:"law"` // as an activity cites it; what is longer is more particular
	Keep      period.Period `yaml:"keep"`
	EndOfYear bool          `yaml:"end_of_year"` // the period begins when the year is over
	Why       string        `yaml:"why"`
}

// Storage is how long browsers keep what a site stores in them.
type Storage struct {
	Dated `yaml:",inline"`
	Form  string        `yaml:"form"` // cookie | local-storage | indexed-db
	Keep  period.Period `yaml:"keep"`
	Why   string        `yaml:"why"`
}

// Hold is how long data may be held for claims at most.
type Hold struct {
	Dated `yaml:",inline"`
	Keep  period.Period `yaml:"keep"`
	Why   string        `yaml:"why"`
}

// Exemption is what may be stored in a browser without consent, and within which
// bounds.
type Exemption struct {
	Dated   `yaml:",inline"`
	ID      string        `yaml:"id"`
	Purpose string        `yaml:"purpose"` // data use key, with all below it
	Tracker period.Period `yaml:"tracker"` // how long a cookie may live
	Keep    period.Period `yaml:"keep"`    // how long data may be kept
	Without []string      `yaml:"without"` // data categories that it does not cover
	Except  []string      `yaml:"except"`  // those below them that it does
	Why     string        `yaml:"why"`
}

// pack is one file.
type pack struct {
	Jurisdiction string      `yaml:"jurisdiction"`
	Revised      Day         `yaml:"revised"`
	Within       string      `yaml:"within"` // the jurisdiction whose rules hold as well
	EEA          []Member    `yaml:"eea"`
	Adequacy     []Adequacy  `yaml:"adequacy"`
	Limits       []Limit     `yaml:"limits"`
	Duties       []Duty      `yaml:"duties"`
	Storage      []Storage   `yaml:"storage"`
	Holds        []Hold      `yaml:"holds"`
	Exemptions   []Exemption `yaml:"exemptions"`
}

//go:embed packs/*.yaml
var files embed.FS

var packs = sync.OnceValues(load)

func load() (map[string]pack, error) {
	names, err := files.ReadDir("packs")
	if err != nil {
		return nil, fmt.Errorf("listing rule packs: %w", err)
	}
	all := map[string]pack{}
	for _, name := range names {
		src, err := files.ReadFile("packs/" + name.Name())
		if err != nil {
			return nil, fmt.Errorf("reading rule pack %s: %w", name.Name(), err)
		}
		var p pack
		if err := yaml.UnmarshalWithOptions(src, &p, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("reading rule pack %s: %w", name.Name(), err)
		}
		all[p.Jurisdiction] = p
	}
	return all, nil
}

// For returns the rules of a country that hold on the day of asOf. known is
// false if the country has no pack of its own; the rules of the European Union
// stand then.
func For(country string, asOf time.Time) (set Set, known bool) {
	all, err := packs()
	if err != nil {
		panic("rules: " + err.Error()) // the packs are embedded and tested
	}
	p, known := all[country]
	if !known {
		p = all["EU"]
	}
	day := Day(asOf.UTC().Format(time.DateOnly))
	for {
		set.add(p, day)
		if p.Within == "" {
			return set, known
		}
		p = all[p.Within]
	}
}

func (s *Set) add(p pack, day Day) {
	s.Packs = append(s.Packs, fmt.Sprintf("%s %s", p.Jurisdiction, p.Revised))
	for _, m := range inForce(p.EEA, day) {
		s.EEA = append(s.EEA, m.Country)
	}
	s.Adequacy = append(s.Adequacy, inForce(p.Adequacy, day)...)
	s.Limits = append(s.Limits, inForce(p.Limits, day)...)
	s.Duties = append(s.Duties, inForce(p.Duties, day)...)
	s.Storage = append(s.Storage, inForce(p.Storage, day)...)
	s.Holds = append(s.Holds, inForce(p.Holds, day)...)
	s.Exemptions = append(s.Exemptions, inForce(p.Exemptions, day)...)
}

func inForce[R interface{ holds(Day) bool }](rules []R, day Day) []R {
	return slices.DeleteFunc(slices.Clone(rules), func(r R) bool { return !r.holds(day) })
}

// InEEA reports whether data may go to country without a transfer's safeguard.
func (s *Set) InEEA(country string) bool { return slices.Contains(s.EEA, country) }

// AdequacyOf returns the decisions on country that hold.
func (s *Set) AdequacyOf(country string) []Adequacy {
	var found []Adequacy
	for _, a := range s.Adequacy {
		if a.Country == country {
			found = append(found, a)
		}
	}
	return found
}

// LimitFor returns the shortest limit on data of category kept for purpose.
func (s *Set) LimitFor(category, purpose string) (Limit, bool) {
	var found *Limit
	for i := range s.Limits {
		l := &s.Limits[i]
		if Below(category, l.Category) && Below(purpose, l.Purpose) && (found == nil || found.Keep.Longer(l.Keep)) {
			found = l
		}
	}
	if found == nil {
		return Limit{}, false
	}
	return *found, true
}

// DutyUnder returns the duty that a citation names: of several, the most
// particular one.
func (s *Set) DutyUnder(law string) (Duty, bool) {
	law = strings.Join(strings.Fields(law), " ")
	var found Duty
	for _, d := range s.Duties {
		if cites(law, d.Law) && len(d.Law) > len(found.Law) {
			found = d
		}
	}
	return found, found.Law != ""
}

// cites reports whether law holds every word of cited, in order.
func cites(law, cited string) bool {
	words := strings.Fields(law)
	for _, want := range strings.Fields(cited) {
		i := slices.IndexFunc(words, func(w string) bool { return strings.Trim(w, ",;") == want })
		if i < 0 {
			return false
		}
		words = words[i+1:]
	}
	return true
}

// StorageOf returns how long browsers keep a form of storage.
func (s *Set) StorageOf(form string) (Storage, bool) {
	for _, x := range s.Storage {
		if x.Form == form {
			return x, true
		}
	}
	return Storage{}, false
}

// LongestHold returns how long data may be held for claims; ok is false if the
// rules fix no time.
func (s *Set) LongestHold() (h Hold, ok bool) {
	for _, x := range s.Holds {
		if !ok || h.Keep.Longer(x.Keep) {
			h, ok = x, true
		}
	}
	return h, ok
}

// Below reports whether key is above or lies below it in a taxonomy; the empty
// key is above all.
func Below(key, above string) bool {
	return above == "" || key == above || strings.HasPrefix(key, above+".")
}
