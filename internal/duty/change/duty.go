package change

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// Duty is something to do before, or when, the new policy applies.
type Duty struct {
	Code string `json:"code"`
	Law  string `json:"law,omitempty"`
	Text string `json:"text"`
}

// duties says what the changes ask of the operator, in the order in which it is
// done.
func (c *comparison) duties() []Duty {
	found := []Duty{}
	add := func(code, law string, args ...any) {
		found = append(found, Duty{Code: code, Law: i18n.T(c.lang, "change.law."+law), Text: i18n.T(c.lang, "change.duty."+code, args...)})
	}
	if names := c.purposes(); len(names) > 0 {
		add("purpose", "purpose", i18n.List(names, c.lang), c.whom(func(x Change) bool { return x.Key == "activities.purpose" }))
	}
	if c.any(func(x Change) bool { return x.Weight == Tell }) {
		add("tell", "tell", c.whom(func(x Change) bool { return x.Weight == Tell }))
	}
	if names := c.customers(); len(names) > 0 {
		add("customers", "customers", i18n.List(names, c.lang))
	}
	if c.any(func(x Change) bool { return strings.HasPrefix(x.Key, "activities.decision") && x.Weight == Tell }) {
		add("assess", "assess")
	}
	if names := c.asked(); len(names) > 0 {
		add("ask", "ask", i18n.List(names, c.lang))
	}
	if names := c.dropped(); len(names) > 0 {
		add("return", "return", i18n.List(names, c.lang))
	}
	if c.any(endsEarlier) {
		add("confirm", "confirm")
	}
	if len(found) > 0 && c.old.p.Notice.Version == c.next.p.Notice.Version {
		add("version", "version", c.next.p.Notice.Version)
	}
	return found
}

// endsEarlier reports a change by which stored data goes when it is taken over.
func endsEarlier(x Change) bool {
	if x.Weight != Less {
		return false
	}
	return strings.HasPrefix(x.Key, "activities.retention") || x.Kind == Removed && (x.Key == "activities" || x.Key == "activities.data")
}

func (c *comparison) any(is func(Change) bool) bool { return slices.ContainsFunc(c.changes, is) }

// whom names the people that changes concern; visitors if they say nobody.
func (c *comparison) whom(is func(Change) bool) string {
	var keys []string
	for _, x := range c.changes {
		if is(x) {
			keys = union(keys, x.People)
		}
	}
	if len(keys) == 0 {
		return i18n.T(c.lang, "change.everybody")
	}
	return c.next.people(keys)
}

// purposes are activities whose data, collected for one purpose, is to serve
// another.
func (c *comparison) purposes() []string {
	var names []string
	for _, x := range c.changes {
		if x.Key == "activities.purpose" {
			names = append(names, c.next.entry("activities", x.Entry))
		}
	}
	return names
}

// customers are those for whom something is done that now reaches further
// recipients: they may object to another processor.
func (c *comparison) customers() []string {
	var names []string
	for i := range c.next.p.Activities {
		a := &c.next.p.Activities[i]
		if len(a.OnBehalfOf) == 0 {
			continue
		}
		for _, d := range a.Recipients {
			if r := c.next.p.Recipient(d.Recipient); r != nil && r.Role.OnOrder() && !gets(c.old.p.Activity(a.Key), d.Recipient) {
				names = union(names, []string{a.OnBehalfOf.In(c.lang)})
			}
		}
	}
	return names
}

func gets(a *policy.Activity, recipient string) bool {
	return a != nil && slices.ContainsFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == recipient })
}

func (c *comparison) asked() []string {
	var names []string
	for _, x := range c.changes {
		if of, ok := strings.CutPrefix(x.Key, "consent."); ok && x.Weight == Asks {
			names = append(names, c.next.consent(of, x.Entry))
		}
	}
	return names
}

// dropped are recipients that hold data and get none any more.
func (c *comparison) dropped() []string {
	var names []string
	for i := range c.old.p.Recipients {
		if key := c.old.p.Recipients[i].Key; receives(c.old.p, key) && !receives(c.next.p, key) {
			names = append(names, c.old.names.Recipient(key))
		}
	}
	return names
}

func receives(p *policy.Policy, recipient string) bool {
	return slices.ContainsFunc(p.Activities, func(a policy.Activity) bool { return gets(&a, recipient) }) ||
		slices.ContainsFunc(p.Services, func(s policy.Service) bool { return s.Recipient == recipient })
}
