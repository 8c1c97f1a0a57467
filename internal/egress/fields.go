package egress

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Allowed returns values if activity may hand each of these fields to
// recipient, else Refused naming the first field that it may not: nothing is
// dropped silently, since a caller that hands over an undeclared field is wrong.
func (e *Egress) Allowed(activity, recipient string, values map[string]string) (map[string]string, error) {
	a := e.policy().Activity(activity)
	if a == nil {
		return nil, fault.New(fault.Refused, "the policy declares no activity %s", activity)
	}
	i := slices.IndexFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == recipient })
	if i < 0 {
		return nil, fault.New(fault.Refused, "%s hands nothing to %s: the policy does not name it there", activity, recipient)
	}
	fields := make([]string, 0, len(values))
	for field := range values {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		if !a.Recipients[i].Gets(field) || !a.Has(field) {
			return nil, fault.New(fault.Refused, "%s may not hand the field %s to %s", activity, field, recipient)
		}
	}
	return values, nil
}

// Delivery is something that was handed over.
type Delivery struct {
	Activity, Recipient string
	Fields              []string
	Count               int // of records
}

// Delivered writes the leaf of a delivery in the caller's transaction and
// returns its id. Refused if the policy does not allow the delivery.
func (e *Egress) Delivered(ctx context.Context, tx *store.Tx, d Delivery) (leaf string, err error) {
	values := map[string]string{}
	for _, field := range d.Fields {
		values[field] = ""
	}
	if _, err := e.Allowed(d.Activity, d.Recipient, values); err != nil {
		return "", err
	}
	leaf, err = e.ledger.Append(ctx, tx, "delivery", map[string]any{
		"activity": d.Activity, "recipient": d.Recipient, "fields": d.Fields, "count": d.Count,
	})
	if err != nil {
		return "", fmt.Errorf("record a delivery: %w", err)
	}
	return leaf, nil
}
