package register

import (
	"strings"

	"kept/internal/policy"
)

// rules are the activity's time limits for erasure (Art. 30(1)(f)).
func (b builder) rules(a *policy.Activity) []Rule {
	all := []Rule{}
	for i := range a.Retention {
		all = append(all, b.rule(a, &a.Retention[i]))
	}
	return all
}

func (b builder) rule(a *policy.Activity, r *policy.Rule) Rule {
	x := Rule{
		ID: r.ID, Fields: some(r.Fields(a)), From: b.moment(a, r.From), Keep: r.Keep.String(), EndOfYear: r.Until == policy.EndOfYear,
		Then: b.named("then.", string(r.Then)), Reason: r.Reason.In(b.lang), Says: b.limit(a, r),
	}
	if !r.Every.IsZero() {
		x.Every = r.Every.String()
	}
	if r.Unless != "" {
		moment := b.moment(a, r.Unless)
		x.Unless = &moment
	}
	if n := r.Notify; n != nil {
		x.Notify = &Notify{Before: n.Before.String(), To: some(n.To)}
		if n.Of != "" {
			of := b.moment(a, n.Of)
			x.Notify.Of = &of
		}
	}
	return x
}

// limit says in words how long, from when, and what follows.
func (b builder) limit(a *policy.Activity, r *policy.Rule) string {
	first := b.say("limit", b.names.Limit(a, r), b.say("then."+string(r.Then)))
	if r.Keep.IsZero() {
		first = b.say("limit.at-once", b.names.Limit(a, r), b.say("then."+string(r.Then)))
	}
	says := []string{first}
	if !r.Every.IsZero() {
		says = append(says, b.say("limit.every", r.Every.Dative(b.lang)))
	}
	if r.Unless != "" {
		says = append(says, b.say("limit.unless", b.moment(a, r.Unless).Name))
	}
	if n := r.Notify; n != nil && n.Of != "" {
		says = append(says, b.say("limit.notify-of", n.Before.In(b.lang), b.moment(a, n.Of).Name, strings.Join(n.To, ", ")))
	} else if n != nil {
		says = append(says, b.say("limit.notify", n.Before.In(b.lang), strings.Join(n.To, ", ")))
	}
	if reason := r.Reason.In(b.lang); reason != "" {
		says = append(says, b.say("limit.reason", strings.TrimSuffix(strings.TrimSpace(reason), ".")))
	}
	return strings.Join(says, "; ")
}

func (b builder) moment(a *policy.Activity, name string) Named {
	return Named{Key: name, Name: b.names.Moment(a, name)}
}
