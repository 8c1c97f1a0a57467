package change

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/policy/taxonomy"
)

// voice says what stands in one policy, in one language.
type voice struct {
	p     *policy.Policy
	names notice.Names
	lang  string
}

func newVoice(p *policy.Policy, lang string) *voice {
	return &voice{p: p, names: notice.NewNames(p, lang), lang: lang}
}

func (v *voice) t(key string, args ...any) string { return i18n.T(v.lang, "change."+key, args...) }

// entry names the entry that a difference lies in, as the notice does.
func (v *voice) entry(section, key string) string {
	switch section {
	case "activities":
		if a := v.p.Activity(key); a != nil {
			return v.names.Activity(a)
		}
	case "services":
		if s := v.p.Service(key); s != nil {
			return v.names.Service(s)
		}
	case "recipients":
		return v.names.Recipient(key)
	case "groups":
		return v.names.Group(key)
	case "departments":
		if d := v.p.Department(key); d != nil {
			return d.Title.In(v.lang)
		}
	case "holds":
		if h := v.p.Hold(key); h != nil {
			return h.Reason.In(v.lang)
		}
	case "measures":
		if term, known := taxonomy.Measure(key); known {
			return term.In(v.lang)
		}
	}
	return key
}

func (v *voice) consent(of, key string) string {
	if of == "group" {
		return v.names.Group(key)
	}
	return v.entry("services", key)
}

// item names what came or went within an entry.
func (v *voice) item(d difference) string {
	name := d.item()
	switch shared(d.pattern) {
	case "activities.data", "activities.described":
		if a := v.p.Activity(d.entry()); a != nil {
			return v.field(a, name)
		}
	case "activities.recipients.fields", "activities.provision.data":
		if a := v.p.Activity(d.entry()); a != nil {
			return v.field(a, name)
		}
	case "activities.recipients":
		return v.names.Recipient(name)
	case "activities.people":
		return v.people([]string{name})
	case "activities.access":
		return v.entry("departments", name)
	case "activities.also":
		return v.word("basis", name)
	case "activities.settings":
		return v.setting(d.entry(), name)
	case "recipients.storage":
		return i18n.Country(name, v.lang)
	case "recipients.transfers":
		return v.transfer(name)
	case "services.data":
		return titleOf(policy.LoadFields(), name, v.lang)
	}
	return name
}

func (v *voice) field(a *policy.Activity, name string) string {
	for _, s := range a.Words().Sets {
		if s.Name == name && len(s.Title) > 0 {
			return s.Title.In(v.lang)
		}
	}
	return titleOf(a.Words().Fields, name, v.lang)
}

func titleOf(fields []policy.Field, name, lang string) string {
	for _, f := range fields {
		if f.Name == name && len(f.Title) > 0 {
			return f.Title.In(lang)
		}
	}
	return name
}

func (v *voice) setting(activity, name string) string {
	if a := v.p.Activity(activity); a != nil {
		for _, s := range a.Words().Settings {
			if s.Name == name && len(s.Title) > 0 {
				return s.Title.In(v.lang)
			}
		}
	}
	return name
}

// transfer names a transfer by its identity: US scc.
func (v *voice) transfer(name string) string {
	to, safeguard, _ := strings.Cut(name, " ")
	return i18n.Country(to, v.lang) + " (" + v.word("safeguard", safeguard) + ")"
}

func (v *voice) people(keys []string) string {
	var names []string
	for _, key := range keys {
		if term, known := taxonomy.Subject(key); known {
			key = term.In(v.lang)
		}
		names = append(names, key)
	}
	return i18n.List(names, v.lang)
}

// word says a word of the language as the notice does, as it is if the notice has
// none for it.
func (v *voice) word(of, word string) string {
	if key := "notice." + of + "." + word; i18n.Has(key) {
		return strings.TrimRight(i18n.T(v.lang, key), ".")
	}
	return word
}

// words are the keys whose values are words of the language, and what the notice
// calls these.
var words = map[string]string{
	"activities.basis": "basis", "also.basis": "basis", "recipients.role": "role", "activities.on_withdrawal": "then",
	"activities.provision.required": "provision",
}

// value says a plain value; entries have none.
func (v *voice) value(d difference, p *part) string {
	if p == nil {
		return ""
	}
	if p.value == nil {
		return v.within(d, p)
	}
	text := fmt.Sprint(p.value)
	switch key := shared(d.pattern); {
	case words[key] != "":
		return v.word(words[key], text)
	case key == "activities.purpose":
		if term, known := taxonomy.Use(text); known {
			return term.In(v.lang)
		}
	case key == "activities.group" || key == "services.group":
		return v.names.Group(text)
	case key == "services.recipient":
		return v.names.Recipient(text)
	case key == "recipients.country" || key == "notice.jurisdiction":
		return i18n.Country(text, v.lang)
	case key == "transfers.checked" || key == "recipients.agreement.since" || key == "notice.version":
		return i18n.Day(text, v.lang)
	case key == "recipients.via":
		var chain []string
		for _, next := range p.value.([]string) {
			chain = append(chain, v.names.Recipient(next))
		}
		return strings.Join(chain, ", ")
	}
	return v.plain(p.value)
}

// within says what a map without a name of its own holds.
func (v *voice) within(d difference, p *part) string {
	var said []string
	for i := range p.parts {
		inner := &p.parts[i]
		if text := v.value(difference{pattern: d.pattern + "." + inner.key, new: inner}, inner); p.name == "" && inner.name == "" && text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, ", ")
}

// plain writes a value of any type that the language has.
func (v *voice) plain(value any) string {
	switch x := value.(type) {
	case policy.Text:
		if len(x) == 0 {
			return ""
		}
		return v.t("quote", x.In(v.lang))
	case period.Period:
		return x.In(v.lang)
	case bool:
		return v.t(map[bool]string{true: "yes", false: "no"}[x])
	case float64:
		return i18n.Percent(x, v.lang)
	case int:
		return i18n.Number(int64(x), v.lang)
	case []string:
		return strings.Join(x, ", ")
	case policy.Rate:
		return v.t("rate", i18n.Number(int64(x.Requests), v.lang), x.Per.In(v.lang), i18n.Number(int64(x.Burst), v.lang))
	case policy.Truncation:
		return v.t("truncation", x.IPv4, x.IPv6)
	case map[string]bool:
		var on []string
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if x[key] {
				on = append(on, key)
			}
		}
		return strings.Join(append(on, "")[:max(len(on), 1)], ", ")
	case policy.Settings:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, key+": "+v.plain(x[key]))
		}
		return strings.Join(parts, ", ")
	case []policy.Forward:
		var to []string
		for _, f := range x {
			to = append(to, v.names.Recipient(f.Recipient)+" ("+f.Protocol+")")
		}
		return strings.Join(to, ", ")
	}
	return fmt.Sprint(value)
}

// rule says that part of a rule which changed.
func (v *voice) rule(r *policy.Rule, key string) string {
	if r == nil {
		return ""
	}
	switch key {
	case "retention.keep":
		return v.names.Keep(r)
	case "retention.every":
		if r.Every.IsZero() {
			return v.t("keep.at-once")
		}
		return v.t("keep.every", r.Every.Dative(v.lang))
	case "retention.unless":
		if r.Unless == "" {
			return v.t("keep.always")
		}
		return v.t("keep.unless", r.Unless)
	case "retention.notify":
		if r.Notify == nil {
			return v.t("keep.untold")
		}
		if r.Notify.Of != "" {
			return v.t("keep.told-of", r.Notify.Before.Dative(v.lang), strings.Join(r.Notify.To, ", "), r.Notify.Of)
		}
		return v.t("keep.told", r.Notify.Before.Dative(v.lang), strings.Join(r.Notify.To, ", "))
	case "retention.reason":
		return v.plain(r.Reason)
	}
	if r.Keep.IsZero() {
		return v.t("keep.rule-at-once", v.names.Keep(r), v.word("then", string(r.Then)))
	}
	return v.t("keep.rule", v.names.Keep(r), v.word("then", string(r.Then)))
}

// moment names the moment from which a rule counts.
func (v *voice) moment(a *policy.Activity, x verdict) string {
	r := x.new
	if r == nil {
		r = x.old
	}
	return v.names.Moment(a, r.From)
}
