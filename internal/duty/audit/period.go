package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// usualTolerance is how late a rule without a rhythm may be.
const usualTolerance = time.Hour

// limit is one rule as the audit reads it, from the policy or from its history.
type limit struct {
	id     string
	fields []string // empty: what no other names
	from   string
	keep   period.Period
	then   policy.Action
	every  period.Period
	until  string
	unless string
	before time.Time // only for what was collected before; zero: for all
}

// bound returns the moment so that whatever counts from it or from earlier
// should be gone, the tolerance granted.
func (l limit) bound(now time.Time) time.Time {
	late := now.Add(-usualTolerance)
	if !l.every.IsZero() {
		late = l.every.Before(now)
	}
	if l.until == policy.EndOfYear {
		late = time.Date(late.Year(), time.January, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)
	}
	return l.keep.Before(late)
}

// periods checks guarantee 6: nothing is past its time, counted from the data.
func (x *examination) periods(ctx context.Context, s *sheet) error {
	former, err := x.formerLimits(ctx)
	if err != nil {
		return err
	}
	for i := range x.policy.Activities {
		a := &x.policy.Activities[i]
		m := x.manifest(a.Kind)
		if m == nil {
			continue
		}
		limits := append(limitsOf(a, &m.Kind), former[a.Key]...)
		for j := range m.Tables {
			t := &m.Tables[j]
			if t.Impersonal != "" {
				continue
			}
			for _, l := range limits {
				if err := x.limit(ctx, s, a, m, t, l, limits); err != nil {
					return fmt.Errorf("rule %s in %s: %w", l.id, t.Name, err)
				}
			}
			for n := range a.Retention {
				if r := &a.Retention[n]; r.Notify != nil {
					if err := x.announced(ctx, s, a, m, t, r, limits[n]); err != nil {
						return fmt.Errorf("what rule %s announces in %s: %w", r.ID, t.Name, err)
					}
				}
			}
			x.unlimited(s, m, t, limits)
		}
	}
	return nil
}

func limitsOf(a *policy.Activity, k *policy.Kind) []limit {
	var limits []limit
	for i := range a.Retention {
		r := &a.Retention[i]
		l := limit{id: r.ID, from: r.From, keep: r.Keep, then: r.Then, every: r.Every, until: r.Until, unless: r.Unless}
		for _, ref := range r.Data {
			l.fields = append(l.fields, spread(k, ref.Name)...)
		}
		limits = append(limits, l)
	}
	return limits
}

// spread returns the fields that a name stands for.
func spread(k *policy.Kind, name string) []string {
	for _, set := range k.Sets {
		if set.Name == name {
			return set.Fields
		}
	}
	return []string{name}
}

// formerLimits reads the rules that go on for data collected before their
// successor came into force.
func (x *examination) formerLimits(ctx context.Context) (map[string][]limit, error) {
	found := map[string][]limit{}
	if !x.has("retain_rule_history") {
		return found, nil
	}
	rows, err := x.DB.QueryContext(ctx, "select activity, rule, terms, since from retain_rule_history")
	if err != nil {
		return nil, fmt.Errorf("read former rules: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var activity string
		var since store.Time
		var l limit
		var terms store.JSON[struct {
			Data                                   []string
			From, Keep, Then, Every, Until, Unless string
		}]
		if err := rows.Scan(&activity, &l.id, &terms, &since); err != nil {
			return nil, fmt.Errorf("read former rules: %w", err)
		}
		l.from, l.then, l.until, l.unless, l.before = terms.V.From, policy.Action(terms.V.Then), terms.V.Until, terms.V.Unless, since.Time
		if l.keep, err = period.Parse(terms.V.Keep); err != nil {
			return nil, fmt.Errorf("read former rules: %w", err)
		}
		if terms.V.Every != "" {
			if l.every, err = period.Parse(terms.V.Every); err != nil {
				return nil, fmt.Errorf("read former rules: %w", err)
			}
		}
		m := x.manifest(x.kindOf(activity))
		for _, name := range terms.V.Data {
			if m != nil {
				l.fields = append(l.fields, spread(&m.Kind, name)...)
			}
		}
		found[activity] = append(found[activity], l)
	}
	return found, store.Classify(rows.Err())
}

func (x *examination) kindOf(activity string) string {
	if a := x.policy.Activity(activity); a != nil {
		return a.Kind
	}
	return activity
}

// names reports whether the limit names the column's field.
func (l limit) names(c *manifest.Column) bool {
	return c.Field != "" && slices.Contains(l.fields, c.Field)
}

// reach returns the columns of t that l decides about, with the named limits
// that come before it if l names nothing. Columns that stay as long as their row
// (its key, its dates) are left to the limit that ends the row.
func reach(m *manifest.Manifest, t *manifest.Table, l limit, limits []limit) map[string][]*manifest.Column {
	found := map[string][]*manifest.Column{}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Field == "" || c.Name == key(t) || c.Name == t.ParentKey || t.Shape == manifest.Rows && (c.Name == t.Subject || dates(t, c)) {
			continue
		}
		if len(l.fields) > 0 {
			if l.names(c) {
				found[""] = append(found[""], c)
			}
			continue
		}
		var first []string
		for _, other := range limits {
			if other.names(c) && momentOf(m, t, other.from) != "" {
				first = append(first, other.id)
			}
		}
		found[strings.Join(first, " ")] = append(found[strings.Join(first, " ")], c)
	}
	return found
}

// limit counts what of t is past the limit.
func (x *examination) limit(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest, t *manifest.Table, l limit, limits []limit) error {
	if momentOf(m, t, l.from) == "" {
		return nil
	}
	if t.Shape != manifest.Rows {
		return x.limitEvents(ctx, s, a, t, l, limits, m)
	}
	if !x.has(t.Name) {
		return nil
	}
	var past tally
	for others, columns := range reach(m, t, l, limits) {
		where := []string{mine(m, t, a), x.past(m, t, l), x.stays(columns, l.then), x.free(m, t, a, l)}
		for _, o := range limits {
			if others != "" && slices.Contains(strings.Split(others, " "), o.id) {
				where = append(where, "not "+x.running(m, t, o))
			}
		}
		n, err := count(ctx, x.DB, t.Name, momentOf(m, t, l.from), and(where...))
		if err != nil {
			return err
		}
		past.add(n)
	}
	whole, err := count(ctx, x.DB, t.Name, momentOf(m, t, l.from), and(mine(m, t, a), momentOf(m, t, l.from)+" is not null"))
	if err != nil {
		return err
	}
	s.counted(Check{What: says(l), Rule: l.id, Table: t.Name, Counted: whole.n, Oldest: whole.oldest}, late(l, past))
	return nil
}

// mine is the SQL for: the row belongs to this entry of the policy.
func mine(m *manifest.Manifest, t *manifest.Table, a *policy.Activity) string {
	if column := through(m, t, func(t *manifest.Table) string { return t.Activity }); column != "" {
		return column + " = '" + quote(a.Key) + "'"
	}
	return "1 = 1"
}

func says(l limit) string {
	return fmt.Sprintf("%s %s after %s", l.then, l.keep.In("en"), l.from)
}

func late(l limit, past tally) Finding {
	return Finding{Count: past.n, Oldest: past.oldest,
		What:   fmt.Sprintf("rows past their time (%s)", says(l)),
		Remedy: "see whether a retention run waits for a confirmation (kept retain, or the console); else look at its last error"}
}

// running is the SQL for: the limit's moment has come and nothing suspends it.
func (x *examination) running(m *manifest.Manifest, t *manifest.Table, l limit) string {
	from := momentOf(m, t, l.from)
	parts := []string{from + " is not null"}
	if unless := momentOf(m, t, l.unless); l.unless != "" && unless != "" {
		parts = append(parts, unless+" is null")
	}
	if !l.before.IsZero() {
		at := from
		if collected := momentOf(m, t, "collection"); collected != "" {
			at = "coalesce(" + collected + ", " + from + ")"
		}
		parts = append(parts, fmt.Sprintf("%s < %d", at, l.before.UnixMilli()))
	}
	return and(parts...)
}

// past is the SQL for: the limit is over, tolerance granted.
func (x *examination) past(m *manifest.Manifest, t *manifest.Table, l limit) string {
	return and(x.running(m, t, l), fmt.Sprintf("%s <= %d", momentOf(m, t, l.from), l.bound(x.now).UnixMilli()))
}

// stays is the SQL for: something that the action should have ended is there.
func (x *examination) stays(columns []*manifest.Column, then policy.Action) string {
	var parts []string
	for _, c := range columns {
		if then != policy.Anonymise {
			parts = append(parts, holds(c))
			continue
		}
		switch c.Anonymise {
		case manifest.Retain:
		case manifest.CoarsenHour:
			parts = append(parts, fmt.Sprintf("%s %% 3600000 <> 0", c.Name))
		case manifest.CoarsenDay:
			parts = append(parts, fmt.Sprintf("%s %% 86400000 <> 0", c.Name))
		case manifest.StripQuery:
			parts = append(parts, c.Name+" like '%?%'", c.Name+" like '%#%'")
		default:
			parts = append(parts, holds(c))
		}
	}
	return or(parts)
}

// free is the SQL for: no hold on the rule and no restriction keeps the row. A
// rule that restricts is kept when its people are restricted.
func (x *examination) free(m *manifest.Manifest, t *manifest.Table, a *policy.Activity, l limit) string {
	who := subjectOf(m, t)
	hold := fmt.Sprintf("h.until_at > %d and h.activity in ('', '%s') and h.rule in ('', '%s')", x.now.UnixMilli(), quote(a.Key), quote(l.id))
	if who == "" {
		return "not exists (select 1 from subject_hold h where h.subject = '' and " + hold + ")"
	}
	return and("not exists (select 1 from subject_hold h where h.subject in ('', "+who+") and "+hold+")",
		"not exists (select 1 from subject_restriction r where r.subject = "+who+x.byPerson("r")+")")
}

// byPerson is the SQL for: the restriction is the person's wish, not a rule's,
// which would let other rules delete.
func (x *examination) byPerson(restriction string) string {
	if !x.has("retain_restriction") {
		return ""
	}
	return " and not exists (select 1 from retain_restriction q where q.subject = " + restriction + ".subject and q.at = " + restriction + ".since)"
}

// quote doubles the quotes of a text that stands in SQL. Keys and rule ids come
// from the policy, whose form allows none.
func quote(s string) string { return strings.ReplaceAll(s, "'", "''") }

// unlimited says which columns no rule can end, because none of its moments
// stands in the table.
func (x *examination) unlimited(s *sheet, m *manifest.Manifest, t *manifest.Table, limits []limit) {
	for _, l := range limits {
		if momentOf(m, t, l.from) != "" {
			return
		}
	}
	if t.Parent != "" {
		return // it goes with the row it hangs on
	}
	if !slices.ContainsFunc(t.Columns, func(c manifest.Column) bool { return c.Field != "" }) {
		return // it holds no field that a rule could name: a link, which goes with the person
	}
	s.check(Check{What: "periods", Table: t.Name, Verdict: NotVerifiable, Why: "no rule counts from a moment of this table"})
}
