package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"

	"kept/internal/consent"
	"kept/internal/gateway/csp"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// register is a policy, sorted by what requests ask of it: which service a host
// belongs to, which entry a cookie. It never changes once made.
type register struct {
	policy *policy.Policy
	own    map[string]bool     // the operator's hosts
	hosts  map[string][]string // services by host, or by "*.domain"
	wild   bool                // a service names a wildcard
	needed []policy.Cookie     // cookies that need no consent
	groups []string            // groups that cookies or services wait for
	asks   bool                // a service waits for consent

	languages []string // of the notice that Kept speaks; never empty

	wordings sync.Map // wordingKey → wording

	mu         sync.Mutex
	admissions map[string]*admission // by what is accepted
}

// maxAdmissions bounds the combinations of choices that are kept ready.
const maxAdmissions = 512

func newRegister(p *policy.Policy, own []string) *register {
	r := &register{policy: p, own: map[string]bool{}, hosts: map[string][]string{}, admissions: map[string]*admission{}}
	for _, h := range own {
		r.own[strings.ToLower(h)] = true
	}
	for i := range p.Services {
		s := &p.Services[i]
		r.asks = r.asks || s.NeedsConsent()
		for _, h := range s.Hosts {
			h = strings.ToLower(h)
			r.hosts[h] = append(r.hosts[h], s.Key)
			r.wild = r.wild || strings.HasPrefix(h, "*.")
		}
	}
	r.needed = append(r.needed, p.Cookies...)
	for i := range p.Activities {
		if a := &p.Activities[i]; a.Basis != policy.Consent {
			r.needed = append(r.needed, a.Cookies...)
		}
	}
	for i := range p.Groups {
		r.groups = append(r.groups, p.Groups[i].Key)
	}
	r.languages = spoken(p)
	return r
}

// spoken returns the languages of p's notice that Kept speaks, all that it
// speaks if there is none.
func spoken(p *policy.Policy) []string {
	known := slices.DeleteFunc(slices.Clone(p.Notice.Languages), func(l string) bool { return !slices.Contains(i18n.Languages(), l) })
	if len(known) == 0 {
		return i18n.Languages()
	}
	return known
}

// services returns the keys of the services that declare host.
func (r *register) services(host string) []string {
	if keys := r.hosts[host]; keys != nil || !r.wild {
		return keys
	}
	for rest := host; ; {
		_, parent, found := strings.Cut(rest, ".")
		if !found {
			return nil
		}
		if keys := r.hosts["*."+parent]; keys != nil {
			return keys
		}
		rest = parent
	}
}

// admission is what a visitor with certain choices may load and store.
type admission struct {
	*register
	services map[string]bool // that may load
	cookies  []policy.Cookie // that may be stored
	policy   string          // as a Content-Security-Policy
	key      string          // short, the same for the same pages
}

// admit returns what st allows.
func (r *register) admit(st consent.State) *admission {
	var b strings.Builder
	for i := range r.policy.Services {
		b.WriteByte(bit(st.Allows(r.policy, r.policy.Services[i].Key)))
	}
	for _, g := range r.groups {
		b.WriteByte(bit(st.AllowsGroup(g)))
	}
	b.WriteByte(bit(st.Known))
	b.WriteByte(bit(st.GPC))
	b.WriteByte(bit(st.Decision != ""))
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.admissions[b.String()]
	if a == nil {
		if len(r.admissions) >= maxAdmissions {
			clear(r.admissions)
		}
		a = r.newAdmission(st, b.String())
		r.admissions[b.String()] = a
	}
	return a
}

func bit(yes bool) byte {
	if yes {
		return '1'
	}
	return '0'
}

func (r *register) newAdmission(st consent.State, choices string) *admission {
	a := &admission{register: r, services: map[string]bool{}, cookies: slices.Clone(r.needed)}
	var hosts []string
	for i := range r.policy.Services {
		s := &r.policy.Services[i]
		if !st.Allows(r.policy, s.Key) {
			continue
		}
		a.services[s.Key] = true
		a.cookies = append(a.cookies, s.Cookies...)
		for _, h := range s.Hosts {
			hosts = append(hosts, strings.ToLower(h))
		}
	}
	for i := range r.policy.Activities {
		if x := &r.policy.Activities[i]; x.Basis == policy.Consent && x.Group != "" && st.AllowsGroup(x.Group) {
			a.cookies = append(a.cookies, x.Cookies...)
		}
	}
	for h := range r.own {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	hosts = slices.DeleteFunc(slices.Compact(hosts), func(h string) bool { return !csp.IsSource(h) })
	a.policy = csp.Admit(hosts)
	sum := sha256.Sum256([]byte(r.policy.Hash + "\n" + choices))
	a.key = base64.RawURLEncoding.EncodeToString(sum[:9])
	return a
}

// admits reports whether a page may load from host. If not, it returns the
// service that waits for consent, empty if nothing declares the host.
func (a *admission) admits(host string) (ok bool, service string) {
	if a.own[host] {
		return true, ""
	}
	for _, key := range a.register.services(host) {
		if a.services[key] {
			return true, ""
		}
		if service == "" {
			service = key
		}
	}
	return false, service
}

// stores reports whether a cookie called name may be stored and sent.
func (a *admission) stores(name string) bool {
	for _, c := range a.cookies {
		if c.MatchesCookie(name) {
			return true
		}
	}
	return false
}

// declares returns the entry that declares a cookie, a service or an activity,
// and the name or pattern by which it does; both empty if nothing does.
func (r *register) declares(name string) (entry, pattern string) {
	for i := range r.policy.Services {
		for _, c := range r.policy.Services[i].Cookies {
			if c.MatchesCookie(name) {
				return r.policy.Services[i].Key, c.Name
			}
		}
	}
	for i := range r.policy.Activities {
		for _, c := range r.policy.Activities[i].Cookies {
			if c.MatchesCookie(name) {
				return r.policy.Activities[i].Key, c.Name
			}
		}
	}
	return "", ""
}
