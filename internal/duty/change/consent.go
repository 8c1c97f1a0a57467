package change

import (
	"slices"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// consents says which of them lapse, and which are asked for the first time: those
// whose scope differs. A service whose group is asked for anew is not named apart.
func (c *comparison) consents() {
	for _, key := range union(groupsOf(c.old.p), groupsOf(c.next.p)) {
		c.consent("group", key)
	}
	for _, key := range union(servicesOf(c.old.p), servicesOf(c.next.p)) {
		if s := c.service(key); scope(c.old.p, s.Group) == scope(c.next.p, s.Group) {
			c.consent("service", key)
		}
	}
}

func (c *comparison) consent(of, key string) {
	before, after := scope(c.old.p, key), scope(c.next.p, key)
	if before == after {
		return
	}
	line := Change{Weight: Asks, Key: "consent." + of, Entry: key}
	switch {
	case before == "":
		line.Kind, line.Text = Asked, i18n.T(c.lang, "change.consent.asked", c.next.consent(of, key))
	case after == "":
		line.Kind, line.Weight, line.Text = Lapses, Less, i18n.T(c.lang, "change.consent.ends", c.old.consent(of, key))
	default:
		line.Kind, line.Text = Lapses, i18n.T(c.lang, "change.consent.lapses", c.next.consent(of, key))
	}
	c.changes = append(c.changes, line)
}

// scope is what a consent covers, "" if nothing is asked under that key: a group
// may be declared and in no use.
func scope(p *policy.Policy, key string) string {
	asks := slices.ContainsFunc(p.Activities, func(a policy.Activity) bool { return a.Basis == policy.Consent && a.Group == key }) ||
		slices.ContainsFunc(p.Services, func(s policy.Service) bool { return s.NeedsConsent() && (s.Group == key || s.Key == key) })
	if !asks {
		return ""
	}
	return p.Scope(key)
}

func (c *comparison) service(key string) *policy.Service {
	if s := c.next.p.Service(key); s != nil {
		return s
	}
	return c.old.p.Service(key)
}

func groupsOf(p *policy.Policy) []string {
	var keys []string
	for _, g := range p.Groups {
		keys = append(keys, g.Key)
	}
	return keys
}

func servicesOf(p *policy.Policy) []string {
	var keys []string
	for i := range p.Services {
		if p.Services[i].NeedsConsent() {
			keys = append(keys, p.Services[i].Key)
		}
	}
	return keys
}

// union is a, and what b has beside it.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}
