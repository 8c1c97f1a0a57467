package change

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// topOf is the section that a pattern begins with.
func topOf(pattern string) string {
	top, _, _ := strings.Cut(pattern, ".")
	return top
}

// sentence says a line as a whole.
func (c *comparison) sentence(d difference, line Change) string {
	t := func(key string, args ...any) string { return i18n.T(c.lang, "change."+key, args...) }
	v, top := c.voiceOf(line.Kind), topOf(d.pattern)
	label := t("label." + shared(d.pattern))
	if contact := contactOf(d.pattern); contact != "" {
		label = t("label."+contact) + ", " + label
	}
	if !i18n.Has("change.label." + shared(d.pattern)) {
		label = d.pattern // a key that this room does not know yet
	}
	if d.pattern == top && d.item() != "" { // a whole entry
		name := v.entry(top, d.item())
		if line.Kind == Added {
			name += v.about(top, d.item())
		}
		return t("entry."+string(line.Kind), label, name)
	}
	where := label
	if entry := d.entry(); entry != "" {
		where = v.entry(top, entry) + " – " + label
	}
	switch {
	case len(line.Items) > 0 && line.Before == "" && line.After == "" && len(d.side().parts) == 0, line.Kind == Added && len(line.Items) > 0, line.Kind == Removed && len(line.Items) > 0:
		return t("item."+string(line.Kind), c.within(d, where), strings.Join(line.Items, ", ")+c.details(d, line))
	case len(d.names) > 1 && len(line.Items) == 0:
		where = c.within(d, where)
	case len(line.Items) > 0:
		where += ", " + line.Items[0]
	}
	return t("value."+string(line.Kind), where, orDash(line.Before), orDash(line.After))
}

// within adds to where the inner entry that a key belongs to: a cookie, a transfer.
func (c *comparison) within(d difference, where string) string {
	inner := d.names
	if len(inner) > 0 {
		inner = inner[1:]
	}
	if d.item() != "" && len(inner) > 0 {
		inner = inner[:len(inner)-1]
	}
	if len(inner) == 0 {
		return where
	}
	name := inner[0]
	switch {
	case strings.HasPrefix(d.pattern, "activities.recipients"):
		name = c.voiceOf(d.kind()).names.Recipient(name)
	case strings.HasPrefix(d.pattern, "activities.also"):
		name = c.voiceOf(d.kind()).word("basis", name)
	case strings.HasPrefix(d.pattern, "recipients.transfers"):
		name = c.voiceOf(d.kind()).transfer(name)
	}
	return where + " (" + name + ")"
}

// details says what an inner entry holds: the fields that a recipient gets, how
// long a cookie lives.
func (c *comparison) details(d difference, line Change) string {
	v := c.voiceOf(line.Kind)
	var said []string
	for _, p := range d.side().parts {
		below := difference{pattern: d.pattern + "." + p.key, names: append(append([]string(nil), d.names...), p.name), new: &p}
		switch {
		case p.name != "":
			said = append(said, v.item(below))
		case p.key == "lifetime" || p.key == "purpose" || p.key == "framework":
			said = append(said, v.value(below, &p))
		}
	}
	if line.Before+line.After != "" {
		said = append(said, line.Before+line.After)
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// about adds to a whole entry what people have to know of it.
func (v *voice) about(section, key string) string {
	switch section {
	case "activities":
		if a := v.p.Activity(key); a != nil {
			return v.aboutActivity(a)
		}
	case "recipients":
		if r := v.p.Recipient(key); r != nil {
			return " (" + i18n.Country(r.Country, v.lang) + "). " + v.word("role", string(r.Role))
		}
	case "services":
		if s := v.p.Service(key); s != nil {
			return v.t("about.service", v.names.Recipient(s.Recipient), v.names.Group(s.Group))
		}
	}
	return ""
}

func (v *voice) aboutActivity(a *policy.Activity) string {
	var fields []string
	for _, f := range a.Fields() {
		fields = append(fields, v.field(a, f))
	}
	purpose := v.value(difference{pattern: "activities.purpose"}, &part{value: a.Purpose})
	basis := v.word("basis", string(a.Basis))
	if len(a.OnBehalfOf) > 0 {
		basis = v.t("behalf", a.OnBehalfOf.In(v.lang))
	}
	return v.t("about.activity", purpose, basis, strings.Join(fields, ", "))
}
