package newsletter

import (
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
)

// topicsOf returns the topics that an entry offers, none if it may not store
// which ones somebody chose.
func topicsOf(a *policy.Activity) []policy.Named {
	if !a.Has(fieldTopics) {
		return nil
	}
	return a.Settings.Texts("topics")
}

// knownTopics returns Invalid if one of the topics is not offered.
func knownTopics(a *policy.Activity, chosen []string) error {
	offered := topicsOf(a)
	for _, t := range chosen {
		if !slices.ContainsFunc(offered, func(o policy.Named) bool { return o.Name == t }) {
			return fault.New(fault.Invalid, "%s offers no topic %q; it offers: %s", a.Key, t, strings.Join(names(offered), ", "))
		}
	}
	return nil
}

func names(topics []policy.Named) []string {
	found := make([]string, len(topics))
	for i, t := range topics {
		found[i] = t.Name
	}
	return found
}

// chosenOf returns the topics that somebody chose, in the order of the policy and
// each once.
func chosenOf(a *policy.Activity, chosen []string) []string {
	var kept []string
	for _, t := range names(topicsOf(a)) {
		if slices.Contains(chosen, t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// listedTopics returns topics as they are stored: null if there are none or the
// policy does not list the field that they tell of.
func listedTopics(a *policy.Activity, field string, chosen []string) any {
	if len(chosen) == 0 || !a.Has(field) {
		return nil
	}
	return store.JSON[[]string]{V: chosen}
}

// chosen returns Invalid if what somebody chose cannot be taken: a topic that is
// not offered, or none where some are. A consent to no topic covers no mail.
func chosen(a *policy.Activity, topics []string) error {
	if len(topicsOf(a)) > 0 && len(topics) == 0 {
		return fault.New(fault.Invalid, "choose at least one topic: %s", strings.Join(names(topicsOf(a)), ", "))
	}
	return knownTopics(a, topics)
}

// titles returns what people call topics: those of some names, all without names.
func titles(topics []policy.Named, some []string, lang i18n.Lang) []string {
	var found []string
	for _, t := range topics {
		if some == nil || slices.Contains(some, t.Name) {
			found = append(found, t.Text.In(lang))
		}
	}
	return found
}
