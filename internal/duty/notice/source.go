package notice

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// allSources are where data can come from, the nearest to the person first.
var allSources = []string{"person", "device", "third-party", "derived"}

// sourcesOf lists where the activity's data comes from.
func (w *writer) sourcesOf(a *policy.Activity) []string {
	var found []string
	for _, source := range allSources {
		if slices.ContainsFunc(a.Words().Fields, func(f policy.Field) bool { return f.Source == source && a.Has(f.Name) }) {
			found = append(found, source)
		}
	}
	return found
}

// sources says where the data comes from; others are named where the policy
// names them (Art. 14(2)(f)).
func (w *writer) sources(a *policy.Activity) string {
	origin := unstopped(a.Origin.In(w.lang))
	var says []string
	for _, source := range w.sourcesOf(a) {
		if source == "third-party" && origin != "" {
			continue
		}
		says = append(says, w.t("source."+source))
	}
	return strings.Join(present(append(says, origin)...), "; ")
}

// settings says what the settings promise, for those that a person would want
// to know.
func (w *writer) settings(a *policy.Activity, set policy.Settings, specs []policy.SettingSpec) []Para {
	var says []Para
	for _, spec := range specs {
		says = append(says, w.setting(a, set, spec)...)
	}
	return says
}

func (w *writer) setting(a *policy.Activity, set policy.Settings, spec policy.SettingSpec) []Para {
	title := i18n.Begins(spec.Title.In(w.lang))
	switch spec.Type {
	case policy.SettingTruncation:
		if t := set.Truncation(spec.Name); t != (policy.Truncation{}) {
			return []Para{say(w.t("setting.truncation."+shortened(a), t.IPv4, t.IPv6))}
		}
	case policy.SettingRate:
		if r := set.Rate(spec.Name); r.Requests > 0 {
			return []Para{say(w.t("setting.rate", i18n.Number(int64(r.Requests), w.lang), r.Per.Dative(w.lang)))}
		}
	case policy.SettingPercent:
		if share := set.Percent(spec.Name); share > 0 {
			return []Para{say(title + ": " + i18n.Percent(share, w.lang))}
		}
	case policy.SettingBool:
		if set.Bool(spec.Name) {
			return []Para{say(title + ".")}
		}
	case policy.SettingStrings:
		if spec.All && len(set.Strings(spec.Name)) > 0 { // the words are fixed, and so is what they come to
			return []Para{say(title + ".")}
		}
	case policy.SettingInt:
		if n := set.Int(spec.Name); n > 0 {
			return []Para{say(title + ": " + i18n.Number(int64(n), w.lang))}
		}
	case policy.SettingPeriod:
		if p := set.Period(spec.Name); !p.IsZero() {
			return []Para{say(title + ": " + p.In(w.lang))}
		}
	case policy.SettingText:
		if text := set.Text(spec.Name).In(w.lang); text != "" {
			return []Para{say(title + ": " + text)}
		}
	case policy.SettingDepartments:
		var names []string
		for _, key := range set.Strings(spec.Name) {
			names = append(names, w.department(key))
		}
		if len(names) > 0 {
			return []Para{say(title + ": " + strings.Join(names, ", "))}
		}
	case policy.SettingGroup:
		parts, _ := set[spec.Name].(policy.Settings)
		return w.settings(a, parts, spec.Parts)
	}
	return nil
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
