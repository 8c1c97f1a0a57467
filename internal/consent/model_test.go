package consent

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// answer is what the model remembers of one group or service: what was chosen
// and the scope that it was chosen in.
type answer struct {
	yes   bool
	scope string
}

// model is consent as a person would tell it, without cookies and databases.
type model struct {
	policy   *policy.Policy
	groups   map[string]answer
	services map[string]answer
	accepted bool // the choice in force accepts something
	chosen   bool // there is a choice
	gpc      bool // it was made with the signal on
}

func (m *model) forget() {
	m.groups, m.services, m.accepted, m.chosen, m.gpc = map[string]answer{}, map[string]answer{}, false, false, false
}

func (m *model) stands(key string, a answer) bool { return a.scope == m.policy.Scope(key) }

// vetoed reports whether the signal forbids a yes: it is on now and was off
// when marketing was accepted.
func (m *model) vetoed(group string, signal bool) bool { return signal && !m.gpc && group == marketing }

func (m *model) allows(service string, signal bool) bool {
	s := m.policy.Service(service)
	if a, ok := m.services[service]; ok && m.stands(service, a) {
		return a.yes && !m.vetoed(s.Group, signal)
	}
	return m.allowsGroup(s.Group, signal)
}

func (m *model) allowsGroup(group string, signal bool) bool {
	a, ok := m.groups[group]
	return ok && a.yes && m.stands(group, a) && !m.vetoed(group, signal)
}

func (m *model) known(signal bool) bool {
	for _, g := range m.policy.Groups {
		a, ok := m.groups[g.Key]
		if !(ok && m.stands(g.Key, a)) && !(signal && g.Key == marketing) {
			return false
		}
	}
	return true
}

// drop takes marketing out of the choice, as the signal does.
func (m *model) drop() {
	for key := range m.services {
		if m.policy.Service(key).Group == marketing {
			delete(m.services, key)
		}
	}
	if a, ok := m.groups[marketing]; ok {
		m.groups[marketing] = answer{scope: a.scope}
	}
}

// prune forgets what does not stand: a new choice is made of what stands.
func (m *model) prune() {
	for key, a := range m.groups {
		if !m.stands(key, a) {
			delete(m.groups, key)
		}
	}
	for key, a := range m.services {
		if !m.stands(key, a) {
			delete(m.services, key)
		}
	}
}

func (m *model) settle() {
	m.chosen, m.accepted = true, false
	for _, answers := range []map[string]answer{m.groups, m.services} {
		for _, a := range answers {
			m.accepted = m.accepted || a.yes
		}
	}
	m.gpc = m.gpc && m.accepted // a refusal remembers the refusal and nothing else
}

// TestStateIsTheModel plays random lives of one browser and compares what its
// cookie says after each step with what a person would remember.
func TestStateIsTheModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		policies := []*policy.Policy{
			load(t), load(t, "data: [page, time]", "data: [page]"), load(t, "Video Ltd", "Video Inc"),
			load(t, "group: statistics", "group: measuring", "recipients:\n", "groups: {measuring: {title: {de: Messung, en: measuring}, about: {de: Messung, en: measuring}}}\nrecipients:\n"), load(t, "hosts: [pixel.example]", "hosts: [pixel2.example]"),
		}
		rapid.Check(t, func(r *rapid.T) {
			h.enforce(policies[0])
			life := newLife(h, policies)
			r.Repeat(map[string]func(*rapid.T){
				"":            life.compare,
				"decide":      life.decide,
				"placeholder": life.placeholder,
				"visit":       func(*rapid.T) { life.visit() },
				"signal":      func(*rapid.T) { life.browser.gpc = !life.browser.gpc },
				"time":        life.wait,
				"policy":      life.change,
				"poll":        func(r *rapid.T) { noError(r, h.Poll(context.Background())) },
				"crash":       func(r *rapid.T) { h.visits.take(); noError(r, h.lapse(context.Background())) },
				"record":      life.record,
			})
		})
	})
}

// life is one browser beside its model.
type life struct {
	h        *house
	browser  *browser
	model    *model
	policies []*policy.Policy
	worn     []string // cookies of before, which must never count again
	ids      []string // of all its acceptances
}

func newLife(h *house, policies []*policy.Policy) *life {
	m := &model{policy: h.policy.Load()}
	m.forget()
	return &life{h: h, browser: h.browser(), model: m, policies: policies}
}

func noError(r *rapid.T, err error) {
	if err != nil {
		r.Fatal(err)
	}
}

func (l *life) compare(r *rapid.T) {
	l.age()
	st, m, signal := l.browser.state(), l.model, l.browser.gpc
	if st.Decision != "" && !slices.Contains(l.ids, st.Decision) {
		l.ids = append(l.ids, st.Decision)
	}
	for _, g := range m.policy.Groups {
		if st.AllowsGroup(g.Key) != m.allowsGroup(g.Key, signal) {
			r.Fatalf("group %s: %v, the model has %+v", g.Key, st, *m)
		}
	}
	for _, s := range m.policy.Services {
		if st.Allows(m.policy, s.Key) != m.allows(s.Key, signal) {
			r.Fatalf("service %s: %v, the model has %+v", s.Key, st, *m)
		}
	}
	if st.Known != m.known(signal) || (st.Decision != "") != m.accepted || st.GPC != signal {
		r.Fatalf("%v, the model has %+v", st, *m)
	}
	for _, value := range l.worn {
		if st := l.h.State(with(CookieName + "=" + value)); st.Decision != "" || len(st.Groups)+len(st.Services) > 0 {
			r.Fatalf("an old cookie says %v", st)
		}
	}
}

// age forgets a choice whose cookie is past its time.
func (l *life) age() {
	_, kept := l.browser.cookies[CookieName]
	if kept && !l.h.clock.Now().Before(l.browser.expires[CookieName]) {
		delete(l.browser.cookies, CookieName)
		l.model.forget()
	}
}

func (l *life) subset(r *rapid.T, name string, all []string) []string {
	var some []string
	for _, key := range all {
		if rapid.Bool().Draw(r, name+" "+key) {
			some = append(some, key)
		}
	}
	return some
}

func (l *life) keys() (groups, services []string) {
	for _, g := range l.model.policy.Groups {
		groups = append(groups, g.Key)
	}
	for _, s := range l.model.policy.Services {
		services = append(services, s.Key)
	}
	return groups, services
}

// record compares what is on record: no acceptance stands but the one in force,
// and that one stands unless its visits were lost and it was thought lapsed.
func (l *life) record(r *rapid.T) {
	st := l.browser.state()
	for _, id := range l.ids {
		d, err := l.h.previous(context.Background(), id)
		noError(r, err)
		switch {
		case id != st.Decision && d.Ended.IsZero() && l.h.Withdrawn(id):
			r.Fatalf("a decision whose cookies count no longer stands: %+v", d)
		case id == st.Decision && !d.Ended.IsZero() && d.EndedBy != Lapsed:
			r.Fatalf("the decision in force has ended: %+v", d)
		}
	}
}

func (l *life) wear() {
	if c, ok := l.browser.cookies[CookieName]; ok && l.model.accepted {
		l.worn = append(l.worn, c.Value)
	}
}

func (l *life) decide(r *rapid.T) {
	groups, services := l.keys()
	q := Request{Groups: l.subset(r, "group", groups), Services: l.subset(r, "service", services)}
	for _, s := range services {
		if !slices.Contains(q.Services, s) && rapid.Bool().Draw(r, "without "+s) {
			q.Without = append(q.Without, s)
		}
	}
	l.wear()
	_, err := l.browser.try(q)
	noError(r, err)
	m := l.model
	m.forget()
	m.gpc = l.browser.gpc
	for _, g := range groups {
		m.groups[g] = answer{yes: slices.Contains(q.Groups, g), scope: m.policy.Scope(g)}
	}
	for _, s := range services {
		group := m.groups[m.policy.Service(s).Group].yes
		switch {
		case group && slices.Contains(q.Without, s):
			m.services[s] = answer{scope: m.policy.Scope(s)}
		case !group && slices.Contains(q.Services, s):
			m.services[s] = answer{yes: true, scope: m.policy.Scope(s)}
		}
	}
	m.settle()
}

func (l *life) placeholder(r *rapid.T) {
	_, services := l.keys()
	s := rapid.SampledFrom(services).Draw(r, "service")
	l.wear()
	_, err := l.browser.try(Request{Services: []string{s}, Source: Placeholder})
	noError(r, err)
	m := l.model
	m.prune()
	if l.overridden() {
		m.drop()
	}
	m.gpc = m.gpc || l.browser.gpc
	m.services[s] = answer{yes: true, scope: m.policy.Scope(s)}
	m.settle()
}

// overridden reports whether the signal vetoes something that stands.
func (l *life) overridden() bool {
	m := l.model
	if !l.browser.gpc || m.gpc {
		return false
	}
	if a, ok := m.groups[marketing]; ok && a.yes && m.stands(marketing, a) {
		return true
	}
	for key, a := range m.services {
		if a.yes && m.stands(key, a) && m.policy.Service(key).Group == marketing {
			return true
		}
	}
	return false
}

func (l *life) visit() {
	m := l.model
	if l.overridden() {
		l.wear()
		l.browser.visit()
		m.prune()
		m.drop()
		m.gpc = true
		m.settle()
		return
	}
	l.browser.visit()
}

func (l *life) wait(r *rapid.T) {
	l.h.clock.Advance(time.Duration(rapid.IntRange(0, 250).Draw(r, "days")) * day)
	l.age()
}

func (l *life) change(r *rapid.T) {
	p := rapid.SampledFrom(l.policies).Draw(r, "policy")
	l.h.enforce(p)
	l.model.policy = p
}
