package consent

import (
	"net/http"
	"slices"
	"time"

	"kept/internal/access"
	"kept/internal/policy"
)

// State is what a request's cookie and signals say about consent under the
// policy in force. The zero State is a visitor who has not decided.
type State struct {
	Known    bool      // everything that is asked now was decided: no banner
	Open     []string  // groups that wait for an answer, sorted; none if Known
	Refused  bool      // Known, and nothing is accepted
	Decision string    // id of the decision in force, empty without an acceptance
	Groups   []string  // accepted groups that stand, sorted
	Services []string  // services accepted singly that stand, sorted
	Without  []string  // services refused singly though their group is accepted, sorted
	Once     []string  // services to be loaded in this one page view
	GPC      bool      // the request carries Sec-GPC: 1
	At       time.Time // day of the last renewal (midnight, UTC), zero without an acceptance

	choice     choice    // what the cookie says; renewing writes this
	digest     digest    // of the choice's decision
	standing   []mark    // what of it stands: its question is still the same
	ends       time.Time // when an acceptance that is not renewed counts no longer
	remembered bool      // there is a choice to renew
	worthless  bool      // there is a cookie and it counts for nothing: to be removed
	overridden bool      // the signal came after an acceptance of advertising
}

// Allows reports whether a page may load a service of p now.
func (st State) Allows(p *policy.Policy, service string) bool {
	s := p.Service(service)
	switch {
	case s == nil:
		return false
	case s.Group == policy.Essential || slices.Contains(st.Once, service):
		return true
	case slices.Contains(st.Without, service):
		return false
	}
	return slices.Contains(st.Services, service) || st.AllowsGroup(s.Group)
}

// AllowsGroup reports whether group is accepted.
func (st State) AllowsGroup(group string) bool {
	return group == policy.Essential || slices.Contains(st.Groups, group)
}

// State reads a request's consent: the cookies kept_choice and kept_once and
// the header Sec-GPC, no database. Whatever is forged, oversized, outdated or
// ended counts as not decided. While the set of ended decisions cannot be read,
// no acceptance counts.
func (s *Service) State(r *http.Request) State {
	o, signal := s.offer(), Objects(r.Header)
	value, present := access.Cookie(r, CookieName)
	st, ok := s.says(o, value, signal)
	if !ok || !st.choice.refused() && (s.expired(&st) || s.ended.has(st.digest)) {
		st = State{GPC: signal, worthless: present}
		st.read(o)
	}
	st.Once = s.once(r)
	if s.ended.unsure(s.clock.Now()) {
		st.Groups, st.Services = nil, nil
	}
	return st
}

// expired reports whether an acceptance was not renewed for the lifetime that
// the policy gives it, or bears a day that has not come.
func (s *Service) expired(st *State) bool {
	now := s.clock.Now()
	return !now.Before(st.ends) || dayTime(st.choice.day).After(now.Add(day))
}

// end is when a choice that is not renewed counts no longer. The day is all that
// is known of the last renewal: it counts as its end.
func (o *offer) end(c choice) time.Time {
	renewed := dayTime(c.day).Add(day)
	end := o.lifetime.After(renewed)
	if limit := renewed.Add(longestLife); limit.Before(end) {
		return limit
	}
	return end
}

// standing are the answers whose question has not changed since. The others
// stay in the cookie: should the policy go back to the old question, its answer
// is known.
func (o *offer) standing(marks []mark) []mark {
	var standing []mark
	for _, m := range marks {
		if m, ok := o.known(m); ok {
			standing = append(standing, m)
		}
	}
	return standing
}

// read fills the state from its standing choice and its signal.
func (st *State) read(o *offer) {
	answered := map[string]bool{}
	for _, m := range st.standing {
		if !m.service {
			answered[m.key] = true
		}
		switch {
		case m.yes && st.GPC && !st.choice.gpc && o.advertises(m):
			st.overridden = true
		case m.yes && m.service:
			st.Services = append(st.Services, m.key)
		case m.yes:
			st.Groups = append(st.Groups, m.key)
		case m.service:
			st.Without = append(st.Without, m.key)
		}
	}
	slices.Sort(st.Groups)
	slices.Sort(st.Services)
	slices.Sort(st.Without)
	for key := range o.groups {
		if !answered[key] && !(st.GPC && o.ads[key]) {
			st.Open = append(st.Open, key)
		}
	}
	slices.Sort(st.Open)
	st.Known = len(st.Open) == 0
	st.Refused = st.Known && (st.remembered || st.GPC) && len(st.Groups) == 0 && len(st.Services) == 0
	if st.remembered && !st.choice.refused() {
		st.Decision, st.At = st.choice.id, dayTime(st.choice.day)
	}
}

func dayTime(n int64) time.Time { return time.Unix(n*int64(day/time.Second), 0).UTC() }

func dayOf(t time.Time) int64 { return t.Unix() / int64(day/time.Second) }

// Objects reports whether h carries the Global Privacy Control signal: the
// value is exactly 1, and of several any (GPC specification, section 3).
func Objects(h http.Header) bool { return slices.Contains(h.Values("Sec-Gpc"), "1") }
