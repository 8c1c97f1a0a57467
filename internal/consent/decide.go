package consent

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Source is where a decision was made.
type Source string

// The sources.
const (
	Banner      Source = "banner"
	Settings    Source = "settings"
	Placeholder Source = "placeholder" // "always allow" in place of an embedded service: adds to what was accepted before
	NoScript    Source = "no-script"   // the form of a page without JavaScript
	Signal      Source = "gpc"         // the browser's Global Privacy Control, not a click
)

// Request is one decision.
type Request struct {
	All, None  bool     // everything offered, nothing of it
	Groups     []string // accepted groups, else
	Services   []string // and services accepted singly
	Without    []string // services refused though their group is accepted
	Language   string
	Source     Source
	NoticeHash string // of the text that the person saw; needed to accept, not to refuse
	Previous   State  // what State said about the same request
	GPC        bool   // the request carried the signal
}

// Outcome is what a decision led to.
type Outcome struct {
	State   State
	Cookie  *http.Cookie // to be set
	Receipt []byte       // the signed acknowledgement, nil where no person is involved (a plain refusal)
	Clear   []string     // declared names of cookies without a ground now, exact or a prefix that ends in *
}

// Decide stores a decision and returns once it is durable. An acceptance is a
// record with a leaf of the ledger; whatever the browser decided before ends
// with it. Refusing after an acceptance is its withdrawal, which needs nothing
// but the cookie; refusing without one is counted and nothing else. Invalid if
// something is accepted that is not offered, Conflict if the text that the
// person saw is not of the policy in force: show the new one and ask again.
func (s *Service) Decide(ctx context.Context, q Request) (Outcome, error) {
	o := s.offer()
	marks, err := o.answer(q)
	if err != nil {
		return Outcome{}, err
	}
	q.Language = o.language(q.Language)
	q.GPC = q.GPC || q.Previous.GPC
	d, err := s.prepare(ctx, o, q, marks)
	if err != nil {
		return Outcome{}, err
	}
	if len(s.sign(CookieName, d.choice.text())) > longestCookie {
		return Outcome{}, fault.New(fault.TooLarge, "so many single choices do not fit into a cookie; choose whole groups")
	}
	// The vault groups the keys of concurrent decisions into its own commits, so
	// that they are made while the batch before is written.
	if err := s.vault.Prepare(ctx, d.keys()...); err != nil {
		return Outcome{}, fmt.Errorf("decide: %w", err)
	}
	if err := s.commits.do(ctx, d.store); err != nil {
		return Outcome{}, err
	}
	return d.outcome()
}

// answer turns a request into marks: one for each group offered, and one for
// each service that differs from its group. A placeholder and the signal change
// the previous answers instead of replacing them.
func (o *offer) answer(q Request) ([]mark, error) {
	if err := o.check(q); err != nil {
		return nil, err
	}
	switch q.Source {
	case Placeholder:
		return o.added(q), nil
	case Signal:
		return o.signalled(q.Previous.standing), nil
	}
	var marks []mark
	accepted := map[string]bool{}
	for _, i := range o.items {
		switch {
		case i.Group == "":
			accepted[i.Key] = q.All || !q.None && slices.Contains(q.Groups, i.Key)
			marks = append(marks, mark{yes: accepted[i.Key], key: i.Key, scope: short(i.Scope)})
		case q.All || q.None:
		case accepted[i.Group] && slices.Contains(q.Without, i.Key):
			marks = append(marks, mark{service: true, key: i.Key, scope: short(i.Scope)})
		case !accepted[i.Group] && slices.Contains(q.Services, i.Key):
			marks = append(marks, mark{service: true, yes: true, key: i.Key, scope: short(i.Scope)})
		}
	}
	return marks, nil
}

func (o *offer) check(q Request) error {
	if !slices.Contains([]Source{Banner, Settings, Placeholder, NoScript, Signal}, q.Source) {
		return fault.New(fault.Invalid, "a decision says where it was made")
	}
	if q.All && q.None || q.Source == Placeholder && (q.All || q.None) {
		return fault.New(fault.Invalid, "accept all, refuse all, or choose: one of them")
	}
	for _, g := range q.Groups {
		if _, ok := o.groups[g]; !ok {
			return fault.New(fault.Invalid, "%.40q is not offered", g)
		}
	}
	for _, key := range append(slices.Clone(q.Services), q.Without...) {
		if _, ok := o.services[key]; !ok {
			return fault.New(fault.Invalid, "%.40q is not offered", key)
		}
	}
	for _, key := range q.Services {
		if slices.Contains(q.Without, key) {
			return fault.New(fault.Invalid, "%s is both accepted and refused", key)
		}
	}
	return nil
}

// added returns the previous answers with those of a placeholder in them.
func (o *offer) added(q Request) []mark {
	marks := slices.Clone(q.Previous.standing)
	if q.Previous.overridden {
		marks = o.signalled(marks)
	}
	set := func(m mark) {
		marks = append(slices.DeleteFunc(marks, func(x mark) bool { return x.service == m.service && x.key == m.key }), m)
	}
	for _, g := range q.Groups {
		set(mark{yes: true, key: g, scope: o.groups[g].Scope})
	}
	for _, key := range q.Services {
		set(mark{service: true, yes: true, key: key, scope: o.services[key].Scope})
	}
	return marks
}

// signalled returns the previous answers with advertising refused.
func (o *offer) signalled(previous []mark) []mark {
	var marks []mark
	for _, m := range previous {
		if o.advertises(m) {
			if m.service {
				continue
			}
			m.yes = false
		}
		marks = append(marks, m)
	}
	return marks
}

// language returns the language of the notice that a decision is recorded in.
func (o *offer) language(asked string) string {
	offered := o.policy.Notice.Languages
	if slices.Contains(offered, asked) || len(offered) == 0 {
		return asked
	}
	return offered[0]
}

// groundless are the declared cookies of what st does not allow.
func groundless(p *policy.Policy, st State) []string {
	var names []string
	add := func(cookies []policy.Cookie) {
		for _, c := range cookies {
			if c.Storage == "" || c.Storage == "cookie" {
				names = append(names, c.Name)
			}
		}
	}
	for _, x := range p.Services {
		if !st.Allows(p, x.Key) {
			add(x.Cookies)
		}
	}
	for _, a := range p.Activities {
		if a.Basis == policy.Consent && !st.AllowsGroup(a.Group) {
			add(a.Cookies)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// published returns Conflict unless hash names a text of the policy in force.
func (s *Service) published(ctx context.Context, hash string, p *policy.Policy) error {
	key := hash + " " + p.Hash
	if _, ok := s.notices.Load(key); ok {
		return nil
	}
	var n int
	err := s.db.QueryRowContext(ctx, "select count(*) from consent_notice where hash = $1 and policy_hash = $2", hash, p.Hash).Scan(&n)
	if err != nil {
		return store.Classify(err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "what we ask for has changed since this page was loaded; please look at it again")
	}
	s.notices.Store(key, true)
	return nil
}
