package retain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// terms is a former rule as it is stored: what is needed to let it run on.
type terms struct {
	Data   []string      `json:"data,omitempty"`
	From   string        `json:"from"`
	Keep   string        `json:"keep"` // ISO 8601
	Then   policy.Action `json:"then"`
	Every  string        `json:"every,omitempty"`
	Until  string        `json:"until,omitempty"`
	Unless string        `json:"unless,omitempty"`
}

func termsFor(r *policy.Rule) terms {
	t := terms{From: r.From, Keep: r.Keep.String(), Then: r.Then, Until: r.Until, Unless: r.Unless}
	for _, ref := range r.Data {
		t.Data = append(t.Data, ref.Name)
	}
	if !r.Every.IsZero() {
		t.Every = r.Every.String()
	}
	return t
}

func (t terms) rule(id string) (*policy.Rule, error) {
	r := &policy.Rule{ID: id, From: t.From, Then: t.Then, Until: t.Until, Unless: t.Unless}
	for _, name := range t.Data {
		r.Data = append(r.Data, policy.Ref{Name: name})
	}
	var err error
	if r.Keep, err = period.Parse(t.Keep); err == nil && t.Every != "" {
		r.Every, err = period.Parse(t.Every)
	}
	return r, err
}

// former returns, by activity, the rules that go on for older data.
func (s *Sweeper) former(ctx context.Context, q store.Querier) (map[string][]*term, error) {
	rows, err := q.QueryContext(ctx, "select activity, rule, terms, since from retain_rule_history order by since, rule")
	if err != nil {
		return nil, fmt.Errorf("read former rules: %w", store.Classify(err))
	}
	defer rows.Close()
	found := map[string][]*term{}
	for rows.Next() {
		var activity, id string
		var stored store.JSON[terms]
		var since store.Time
		if err := rows.Scan(&activity, &id, &stored, &since); err != nil {
			return nil, fmt.Errorf("read former rules: %w", err)
		}
		r, err := stored.V.rule(id)
		if err != nil {
			return nil, fmt.Errorf("read the former rule %s: %w", id, err)
		}
		found[activity] = append(found[activity], &term{Rule: r, before: since.Time})
	}
	return found, store.Classify(rows.Err())
}

// remember stores the rules of old that go on for what was collected before now:
// those that next lengthens or drops while it keeps the activity.
func remember(ctx context.Context, tx *store.Tx, old, next *policy.Policy, now time.Time) error {
	for i := range old.Activities {
		a := &old.Activities[i]
		successor := next.Activity(a.Key)
		if successor == nil {
			continue
		}
		for j := range a.Retention {
			r := &a.Retention[j]
			if same := ruleOf(successor, r.ID); same != nil && !longer(same, r, now) {
				continue
			}
			_, err := tx.ExecContext(ctx, "insert into retain_rule_history (activity, rule, terms, since) values ($1, $2, $3, $4)",
				a.Key, r.ID, store.JSON[terms]{V: termsFor(r)}, store.At(now))
			if err != nil {
				return fmt.Errorf("remember the former rule %s: %w", r.ID, store.Classify(err))
			}
		}
	}
	return nil
}

func ruleOf(a *policy.Activity, id string) *policy.Rule {
	i := slices.IndexFunc(a.Retention, func(r policy.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &a.Retention[i]
}

// longer reports whether x keeps what y keeps beyond y's end.
func longer(x, y *policy.Rule, now time.Time) bool {
	return term{Rule: x}.over(now).After(term{Rule: y}.over(now)) || (x.Unless != "" && x.Unless != y.Unless)
}
