package contactsync

import (
	"context"
	"maps"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/egress"
	"kept/internal/policy"
	"kept/internal/store"
)

// goes returns the rules of a target, with the parts that the policy does not let
// its recipient have left alone: they are not written there. A server of the
// customer's own is no recipient; what is the customer's goes back to it.
func (s Setup) goes(a *policy.Activity, t Target) roster.Rules {
	recipient := s.Connections[t.Connection].Recipient
	rules := roster.Rules{}
	maps.Copy(rules, s.Fields)
	for field, names := range parts {
		if a.Has(field) && (recipient == "" || hands(a, recipient, field)) {
			continue
		}
		for _, name := range names {
			rules[name] = roster.Keep
		}
	}
	if s.Connections[t.Connection].Kind == kindCardDAV { // a card has no lines for them
		rules["office"], rules["manager"] = roster.Keep, roster.Keep
	}
	return rules
}

// hands reports whether the policy lets a recipient have a field.
func hands(a *policy.Activity, recipient, field string) bool {
	return slices.ContainsFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == recipient && d.Gets(field) })
}

// delivered notes for each recipient what was handed over by a run.
func (y *Synchroniser) delivered(ctx context.Context, w *work) error {
	a, counts := w.entry, map[string]int64{}
	for _, v := range w.visits {
		recipient := w.sync.Setup.Connections[w.sync.Setup.Targets[v.aim.name].Connection].Recipient
		if n := v.count.Creates + v.count.Updates; recipient != "" && n > 0 {
			counts[recipient] += n
		}
	}
	if len(counts) == 0 {
		return nil
	}
	return y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, recipient := range slices.Sorted(maps.Keys(counts)) {
			var fields []string
			for _, field := range slices.Sorted(maps.Keys(parts)) {
				if a.Has(field) && hands(a, recipient, field) {
					fields = append(fields, field)
				}
			}
			_, err := y.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: a.Key, Recipient: recipient, Fields: fields, Count: int(counts[recipient])})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
