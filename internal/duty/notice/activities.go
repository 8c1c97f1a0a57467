package notice

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// overview answers what, when and why in one table (Art. 12(1): concise, easily
// accessible).
func (w *writer) overview() Section {
	s := w.section(2, "overview")
	t := &Table{Head: []string{w.t("overview.what"), w.t("overview.data"), w.t("overview.when"), w.t("overview.why")}}
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		t.Rows = append(t.Rows, []Para{
			link(w.title(a), "#"+activityID(a)), say(w.data(w.kind(a), a.Data)), say(w.when(a)), say(w.purpose(a) + " · " + w.basisName(a)),
		})
	}
	s.table(t)
	return s
}

func activityID(a *policy.Activity) string { return "activity-" + a.Key }

// activities is a part for each entry of the policy.
func (w *writer) activities() []Section {
	all := []Section{w.section(2, "activities")}
	all[0].para(say(w.t("activities.about")))
	for i := range w.p.Activities {
		all = append(all, w.activity(&w.p.Activities[i]))
	}
	return all
}

func (w *writer) activity(a *policy.Activity) Section {
	k := w.kind(a)
	s := Section{ID: activityID(a), Level: 3, Title: w.title(a)}
	if about := k.About.In(w.lang); about != "" {
		s.para(say(about))
	}
	if k.External || a.Kind == "external" {
		s.para(say(w.t("activity.external")))
	}
	var t terms
	t.add(w.t("activity.purpose"), say(w.purpose(a)))
	t.add(w.t("activity.basis"), w.basis(a)...)
	t.add(w.t("activity.data"), say(w.data(k, a.Data)))
	t.add(w.t("activity.source"), say(w.sources(a)))
	t.add(w.t("activity.settings"), w.settings(a)...)
	t.add(w.t("activity.recipients"), w.deliveries(a)...)
	t.add(w.t("activity.retention"), w.rules(a)...)
	if a.Basis == policy.Consent {
		t.add(w.t("activity.withdrawal"), say(w.t("withdrawal."+string(orAction(a.OnWithdrawal)))))
	}
	t.add(w.t("activity.provision"), w.provided(a)...)
	s.terms(t)
	return s
}

func orAction(a policy.Action) policy.Action {
	if a == "" {
		return policy.Delete
	}
	return a
}

// purpose names what the data is used for, in the words of the taxonomy.
func (w *writer) purpose(a *policy.Activity) string {
	if use, ok := taxonomy.Use(a.Purpose); ok {
		return use.In(w.lang)
	}
	return spoken(a.Purpose)
}

func (w *writer) basisName(a *policy.Activity) string { return w.t("basis." + string(a.Basis)) }

// basis names the ground with its article, and the interest or the duty that it
// needs (Art. 13(1)(c), (d)).
func (w *writer) basis(a *policy.Activity) []Para {
	says := []Para{say(w.basisName(a))}
	switch a.Basis {
	case policy.LegitimateInterests:
		if interest := a.Interest.In(w.lang); interest != "" {
			says = append(says, say(w.t("basis.interest", unstopped(interest))))
		}
	case policy.LegalObligation:
		if a.Law != "" {
			says = append(says, say(w.t("basis.law", a.Law)))
		}
	case policy.Consent:
		says = append(says, say(w.t("basis.group", w.group(a.Group))))
	}
	return says
}

// allSources are where data can come from, the nearest to the person first.
var allSources = []string{"person", "device", "third-party", "derived"}

// sourcesOf lists where the activity's data comes from.
func (w *writer) sourcesOf(a *policy.Activity) []string {
	var found []string
	for _, source := range allSources {
		if slices.ContainsFunc(w.kind(a).Fields, func(f policy.Field) bool { return f.Source == source && a.Has(f.Name) }) {
			found = append(found, source)
		}
	}
	return found
}

func (w *writer) sources(a *policy.Activity) string {
	var says []string
	for _, source := range w.sourcesOf(a) {
		says = append(says, w.t("source."+source))
	}
	return strings.Join(says, "; ")
}

func (w *writer) when(a *policy.Activity) string {
	var says []string
	if a.Basis == policy.Consent {
		says = append(says, w.t("when.consent"))
	}
	for _, source := range w.sourcesOf(a) {
		// What is derived comes about along with the rest.
		if source != "derived" || len(says) == 0 {
			says = append(says, w.t("when."+source))
		}
	}
	return strings.Join(says, "; ")
}

// settings says what the settings promise, for those that a person would want
// to know.
func (w *writer) settings(a *policy.Activity) []Para {
	var says []Para
	for _, spec := range w.kind(a).Settings {
		switch spec.Type {
		case policy.SettingTruncation:
			t := a.Settings.Truncation(spec.Name)
			if t != (policy.Truncation{}) {
				says = append(says, say(w.t("setting.truncation."+shortened(a), t.IPv4, t.IPv6)))
			}
		case policy.SettingRate:
			if r := a.Settings.Rate(spec.Name); r.Requests > 0 {
				says = append(says, say(w.t("setting.rate", i18n.Number(int64(r.Requests), w.lang), r.Per.Dative(w.lang))))
			}
		case policy.SettingPercent:
			if share := a.Settings.Percent(spec.Name); share > 0 {
				says = append(says, say(spec.Title.In(w.lang)+": "+i18n.Percent(share, w.lang)))
			}
		}
	}
	return says
}

// shortened tells whether addresses are shortened before they are stored, or
// later by the rule that anonymises them.
func shortened(a *policy.Activity) string {
	const whole = "ip_address"
	if r := a.RuleFor(whole); a.Has(whole) && r != nil && !r.Keep.IsZero() {
		return "later"
	}
	return "before"
}

// deliveries says who gets what from the activity.
func (w *writer) deliveries(a *policy.Activity) []Para {
	var says []Para
	for _, d := range a.Recipients {
		says = append(says, Para{
			{Text: w.recipient(d.Recipient), Href: "#" + recipientID(d.Recipient)},
			{Text: ": " + w.data(w.kind(a), d.Fields)},
		})
	}
	return says
}
