package consent

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// Item is one thing that is asked: a consent group, or a single service of one.
type Item struct {
	Key   string
	Group string // the service's group; empty for a group
	Scope string // changes when what a consent to it covers changes
}

// Offered returns what p asks consent for: its groups, then the services in
// them, each in the order of the file.
func Offered(p *policy.Policy) []Item {
	var items []Item
	for _, g := range p.Groups {
		if g.Key != policy.Essential {
			items = append(items, Item{Key: g.Key, Scope: p.Scope(g.Key)})
		}
	}
	for _, s := range p.Services {
		if s.Group != policy.Essential {
			items = append(items, Item{Key: s.Key, Group: s.Group, Scope: p.Scope(s.Key)})
		}
	}
	return items
}

// Lifetime is how long p has a choice remembered, counted from the last visit:
// the life of the cookie or the rule on last_visit of the activity consent,
// whichever is shorter, else six months.
func Lifetime(p *policy.Policy) period.Period {
	var lives []period.Period
	for _, a := range p.OfKind(Name) {
		for _, c := range a.Cookies {
			if c.MatchesCookie(CookieName) && !c.Lifetime.IsZero() {
				lives = append(lives, c.Lifetime)
			}
		}
		for _, r := range a.Retention {
			if r.From == "last-visit" && !r.Keep.IsZero() {
				lives = append(lives, r.Keep)
			}
		}
	}
	if len(lives) == 0 {
		return period.Period{Months: 6}
	}
	return slices.MinFunc(lives, func(a, b period.Period) int {
		return cmp.Compare(roughly(a), roughly(b))
	})
}

// roughly orders periods that are not a few days apart.
func roughly(p period.Period) int {
	return (p.Years*12+p.Months)*30*24 + p.Days*24 + int(p.Clock.Hours())
}

// offer is what one policy asks, ready for the requests that are measured
// against it.
type offer struct {
	policy   *policy.Policy
	items    []Item
	groups   map[string]Item
	services map[string]Item
	tokens   map[string]Item // services, by what a cookie remembers of them
	lifetime period.Period
	ads      map[string]bool // groups that Global Privacy Control refuses
}

// offer returns the offer of the policy in force. A policy never changes once
// it is in force, so the offer is computed once for each.
func (s *Service) offer() *offer {
	p := s.policy()
	if o := s.offered.Load(); o != nil && o.policy == p {
		return o
	}
	o := &offer{policy: p, items: Offered(p), groups: map[string]Item{}, services: map[string]Item{}, tokens: map[string]Item{}, lifetime: Lifetime(p), ads: map[string]bool{}}
	for _, i := range o.items {
		i.Scope = short(i.Scope)
		if i.Group == "" {
			o.groups[i.Key] = i
			o.ads[i.Key] = p.Advertises(i.Key)
		} else {
			o.services[i.Key] = i
			o.tokens[tokenOf(i.Key, i.Scope)] = i
		}
	}
	s.offered.Store(o)
	return o
}

// known returns a mark of a cookie with what it is about, if that is still asked
// in the same scope.
func (o *offer) known(m mark) (mark, bool) {
	if m.service {
		i, ok := o.tokens[m.token]
		m.key, m.scope = i.Key, i.Scope
		return m, ok
	}
	i, ok := o.groups[m.key]
	return m, ok && i.Scope == m.scope
}

// advertises reports whether a mark is about what Global Privacy Control
// refuses.
func (o *offer) advertises(m mark) bool {
	if m.service {
		return o.ads[o.services[m.key].Group]
	}
	return o.ads[m.key]
}

// short is what a cookie remembers of a scope: 32 bits, since it has to tell a
// scope from its successor and nothing else.
func short(scope string) string {
	sum := sha256.Sum256([]byte(scope))
	return hex.EncodeToString(sum[:4])
}
