package notice

import "kept/internal/policy"

// Names are the names that a policy's entries go by in one language, for pages
// that name them as the notice does.
type Names struct{ w *writer }

// NewNames returns the names of p's entries in lang.
func NewNames(p *policy.Policy, lang string) Names {
	return Names{&writer{p, lang}}
}

// Activity names an activity.
func (n Names) Activity(a *policy.Activity) string { return n.w.title(a) }

// Service names a service.
func (n Names) Service(s *policy.Service) string { return n.w.service(s) }

// Recipient names a recipient by its key.
func (n Names) Recipient(key string) string { return n.w.recipient(key) }

// Signalled names the groups that Global Privacy Control refuses.
func (n Names) Signalled() []string { return n.w.signalled() }

// Group names a consent group by its key; the empty key needs no consent.
func (n Names) Group(key string) string { return n.w.group(key) }

// Moment names a moment that periods of an activity run from.
func (n Names) Moment(a *policy.Activity, moment string) string { return n.w.moment(a, moment) }

// Governed names the data of a rule.
func (n Names) Governed(a *policy.Activity, r *policy.Rule) string { return n.w.governed(a, r) }

// Keep is how long a rule keeps data.
func (n Names) Keep(r *policy.Rule) string { return n.w.keep(r) }

// Limit is how long a rule keeps data, and from when.
func (n Names) Limit(a *policy.Activity, r *policy.Rule) string { return n.w.limit(a, r) }
