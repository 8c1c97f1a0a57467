package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"kept/internal/policy"
	"kept/internal/store"
)

// delivery is what a leaf says was handed over.
type delivery struct {
	Activity  string   `json:"activity"`
	Recipient string   `json:"recipient"`
	Fields    []string `json:"fields"`
}

// deliveries checks guarantee 5: what the ledger says was handed over since the
// policy came into force is what it lets go; what egress refused is shown.
func (x *examination) deliveries(ctx context.Context, s *sheet) error {
	since, err := x.inForceSince(ctx)
	if err != nil {
		return err
	}
	var counted, bad tally
	seen := map[string]bool{}
	err = x.eachLeaf(ctx, "delivery", func(l leaf) error {
		if l.At.Before(since.Time) {
			return nil
		}
		var d delivery
		if err := json.Unmarshal(l.Facts, &d); err != nil {
			return fmt.Errorf("read a leaf: %w", err)
		}
		counted.add(tally{1, l.At})
		if why := x.forbidden(d); why != "" {
			bad.add(tally{1, l.At})
			if !seen[why] {
				seen[why] = true
				s.find(Finding{Count: 1, Oldest: l.At, What: why, Remedy: "declare the delivery if it is meant, or stop what sends it and tell the recipient to delete (Art. 19)"})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c := Check{What: "deliveries since the policy came into force", Counted: counted.n, Oldest: counted.oldest, Verdict: Verified}
	if bad.n > 0 {
		c.Verdict = Broken
	}
	s.check(c)
	if !x.has("egress_refusal") {
		return nil
	}
	refused, err := count(ctx, x.DB, "egress_refusal", "first_at", "1 = 1")
	s.check(Check{What: "kinds of connection that were not let out", Table: "egress_refusal", Counted: refused.n, Oldest: refused.oldest, Verdict: Verified})
	return err
}

// forbidden says why the policy does not allow a delivery, "" if it does.
func (x *examination) forbidden(d delivery) string {
	a := x.policy.Activity(d.Activity)
	if a == nil {
		return fmt.Sprintf("%s handed something to %s; the policy has no such activity", d.Activity, d.Recipient)
	}
	i := slices.IndexFunc(a.Recipients, func(r policy.Delivery) bool { return r.Recipient == d.Recipient })
	if i < 0 {
		return fmt.Sprintf("%s handed something to %s, which it does not name as a recipient", d.Activity, d.Recipient)
	}
	for _, f := range d.Fields {
		if !slices.ContainsFunc(a.Recipients[i].Fields, func(r policy.Ref) bool { return r.Name == f }) {
			return fmt.Sprintf("%s handed the field %s to %s, which is not to get it", d.Activity, f, d.Recipient)
		}
	}
	return ""
}

// inForceSince returns when the policy came into force, the zero time if that is
// not recorded.
func (x *examination) inForceSince(ctx context.Context) (at store.Time, err error) {
	if !x.has("policy_version") {
		return at, nil
	}
	err = x.DB.QueryRowContext(ctx, "select max(taken_at) from policy_version where hash = $1", x.policy.Hash).Scan(&at)
	return at, store.Classify(err)
}
