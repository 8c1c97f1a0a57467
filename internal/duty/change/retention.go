package change

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// term is a rule as it holds for one field.
type term struct {
	field string
	rule  *policy.Rule
}

// anything stands for the data of an activity that names no fields.
const anything = ""

// terms are the rules of an activity, field by field.
func terms(a *policy.Activity, fields []string) []term {
	var found []term
	for i := range a.Retention {
		r := &a.Retention[i]
		if len(fields) == 0 {
			found = append(found, term{anything, r})
		}
		for _, f := range fields {
			if r.Governs(f) {
				found = append(found, term{f, r})
			}
		}
	}
	return found
}

// verdict is what became of the time for which fields are kept.
type verdict struct {
	weight   Weight
	kind     Kind
	key      string // of the rule, that changed
	old, new *policy.Rule
	fields   []string
}

// retention compares how long an activity keeps the fields that it has under both
// policies. Fields that come and go are differences of their own.
func retention(old, next *policy.Activity) []verdict {
	fields := slices.DeleteFunc(next.Fields(), func(f string) bool { return !old.Has(f) })
	before, after := terms(old, fields), terms(next, fields)
	var found []verdict
	for _, t := range after {
		former := match(before, t)
		if former == nil && sameMoment(before, t) != nil {
			continue // it acts otherwise now: said below, from the former rule
		}
		found = collect(found, t.field, compareTerm(former, t.rule)...)
	}
	for _, t := range before {
		if match(after, t) == nil {
			found = collect(found, t.field, ended(t, after))
		}
	}
	if len(found) == 0 && !sameRules(old, next) {
		return []verdict{{weight: Wording, kind: Changed, key: "retention"}}
	}
	return found
}

// match returns the rule for t's field that acts in the same way from the same
// moment.
func match(in []term, t term) *policy.Rule {
	for _, x := range in {
		if x.field == t.field && x.rule.From == t.rule.From && x.rule.Then == t.rule.Then {
			return x.rule
		}
	}
	return nil
}

// sameMoment returns a rule for t's field from the same moment, whatever it does.
func sameMoment(in []term, t term) *policy.Rule {
	i := slices.IndexFunc(in, func(x term) bool { return x.field == t.field && x.rule.From == t.rule.From })
	if i < 0 {
		return nil
	}
	return in[i].rule
}

// ended is a rule that the field has no longer. Another one from the same moment
// makes it a change; without one the data is not ended there any more.
func ended(t term, after []term) verdict {
	next := sameMoment(after, t)
	switch {
	case next == nil:
		return verdict{weight: Tell, kind: Removed, key: "retention", old: t.rule}
	case next.Then == policy.Delete && !next.Keep.Longer(t.rule.Keep):
		return verdict{weight: Less, kind: Changed, key: "retention.then", old: t.rule, new: next}
	}
	return verdict{weight: Tell, kind: Changed, key: "retention.then", old: t.rule, new: next}
}

func compareTerm(old, next *policy.Rule) []verdict {
	if old == nil {
		return []verdict{{weight: Less, kind: Added, key: "retention", new: next}}
	}
	var found []verdict
	add := func(w Weight, k Kind, key string) {
		found = append(found, verdict{w, k, "retention." + key, old, next, nil})
	}
	if old.Keep != next.Keep || old.Until != next.Until {
		longer, shorter := outlasts(next, old), outlasts(old, next)
		switch {
		case longer: // at least from some day of a year
			add(Tell, Longer, "keep")
		case shorter:
			add(Less, Shorter, "keep")
		default:
			add(Wording, Changed, "keep")
		}
	}
	switch {
	case next.Every.Longer(old.Every):
		add(Tell, Longer, "every")
	case old.Every.Longer(next.Every):
		add(Less, Shorter, "every")
	case old.Every != next.Every:
		add(Wording, Changed, "every")
	}
	if old.Unless != next.Unless {
		add(Tell, Changed, "unless")
	}
	if !reflect.DeepEqual(notified(old), notified(next)) {
		add(Tell, Changed, "notify")
	}
	if !reflect.DeepEqual(old.Reason, next.Reason) {
		add(Wording, Changed, "reason")
	}
	return found
}

// outlasts reports whether data that began on some day of a year is kept longer
// under a than under b.
func outlasts(a, b *policy.Rule) bool {
	for _, day := range []time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)} {
		if end(a, day).After(end(b, day)) {
			return true
		}
	}
	return false
}

func end(r *policy.Rule, from time.Time) time.Time {
	t := r.Keep.After(from)
	if r.Until != "" {
		t = period.EndOfYear(t)
	}
	return t
}

// notified is who is told before a rule acts, and when, without places and order.
func notified(r *policy.Rule) []part {
	if r.Notify == nil {
		return nil
	}
	said := partsOf(reflect.ValueOf(*r.Notify))
	slices.SortFunc(said, func(a, b part) int { return strings.Compare(a.key+a.name, b.key+b.name) })
	return said
}

// collect adds verdicts on a field, together with those on other fields that say
// the same.
func collect(found []verdict, field string, verdicts ...verdict) []verdict {
	for _, v := range verdicts {
		i := slices.IndexFunc(found, func(x verdict) bool {
			return x.weight == v.weight && x.kind == v.kind && x.key == v.key && x.old == v.old && x.new == v.new
		})
		if i < 0 {
			i = len(found)
			found = append(found, v)
		}
		if field != anything {
			found[i].fields = append(found[i].fields, field)
		}
	}
	return found
}

// sameRules reports whether the rules are written alike, their order apart.
func sameRules(old, next *policy.Activity) bool {
	if len(old.Retention) != len(next.Retention) {
		return false
	}
	for i := range next.Retention {
		r := &next.Retention[i]
		if !slices.ContainsFunc(old.Retention, func(o policy.Rule) bool { return o.ID == r.ID && len(compareTerm(&o, r)) == 0 }) {
			return false
		}
	}
	return true
}
