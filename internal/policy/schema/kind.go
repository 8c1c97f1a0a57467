package schema

import (
	"maps"
	"slices"
	"strings"

	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// sorted returns the kinds that an entry can be of, by name.
func sorted(v policy.Vocabulary) []*policy.Kind {
	kinds := []*policy.Kind{external}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if k := v[name]; !k.External && (!k.BuiltIn || len(k.Default) > 0) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// external is the kind that no vocabulary holds: the entry brings its words.
var external = &policy.Kind{
	Name: policy.External, External: true,
	Title: policy.Text{"en": "Done in another system"}, About: policy.Text{"en": "Declared in notice and register; Kept does not perform it."},
}

// kindNames are the words for kind.
func kindNames(v policy.Vocabulary) object {
	var names, meanings []string
	for _, k := range sorted(v) {
		names, meanings = append(names, k.Name), append(meanings, about(k))
	}
	return oneOf(names, meanings)
}

// about says what a kind is, in one line.
func about(k *policy.Kind) string {
	text := k.Title.In("en")
	if more := k.About.In("en"); more != "" {
		text += ": " + more
	}
	if k.Planned {
		text += " This build declares it and does not run it."
	}
	return text
}

// entryOf is an entry that bears the name of a kind: it is of that kind unless
// it says otherwise.
func entryOf(k *policy.Kind) object {
	return object{
		"description": about(k),
		"allOf": []any{
			ref("activity"), ref("by-kind"),
			object{"if": object{"not": object{"required": []any{"kind"}}}, "then": ref("kind-" + k.Name)},
		},
	}
}

// kindOf is what a kind adds to an activity: its fields, moments and settings.
func kindOf(k *policy.Kind) object {
	properties := object{"settings": settingsOf(k)}
	if !k.External {
		data := ref("data-" + k.Name)
		properties["data"] = oneOrMore(data)
		properties["recipients"] = object{"additionalProperties": object{"anyOf": []any{oneOrMore(data), object{"const": "all"}}}}
		properties["retention"] = object{"items": object{"properties": ruleOf(k, data)}}
	} else {
		properties["data"] = externalData()
	}
	if len(k.OnlyBases) > 0 && !k.Exempt {
		properties["basis"] = object{"enum": anys(k.OnlyBases)}
	}
	o := object{"properties": properties}
	if !k.BuiltIn {
		required := []any{"purpose", "data"} // and basis, unless it is done for somebody else
		if k.External {
			required = append(required, "title", "people")
		}
		o["required"] = required
	}
	return o
}

func ruleOf(k *policy.Kind, data object) object {
	var moments, meanings []string
	for _, m := range k.Moments {
		moments, meanings = append(moments, m.Name), append(meanings, m.Title.In("en"))
	}
	from := oneOf(moments, meanings)
	o := object{"data": oneOrMore(data), "from": from, "unless": from}
	if !k.Anonymises {
		o["then"] = object{"enum": []any{policy.Delete, policy.Restrict}}
	}
	return o
}

// externalData are categories of the taxonomy, or maps that describe a field.
func externalData() object {
	categories := terms(taxonomy.Categories())
	return oneOrMore(object{"anyOf": []any{categories, object{"type": "object"}}})
}

func settingsOf(k *policy.Kind) object {
	return partsOf(k.Settings)
}

func partsOf(specs []policy.SettingSpec) object {
	properties, required := object{}, []any{}
	for _, spec := range specs {
		s := settingForm(spec)
		s["description"] = strings.TrimSpace(spec.Title.In("en"))
		properties[spec.Name] = s
		if spec.Required {
			required = append(required, spec.Name)
		}
	}
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// settingForm is the form of a setting's value; a test holds the types against
// the reader's.
func settingForm(s policy.SettingSpec) object {
	switch s.Type {
	case policy.SettingBool:
		return object{"type": "boolean"}
	case policy.SettingInt:
		return object{"type": "integer", "minimum": 0, "maximum": 1e9}
	case policy.SettingPercent:
		return object{"type": "string", "pattern": `^[0-9.]+ *%$`, "examples": []any{"5%"}}
	case policy.SettingPeriod:
		return beside("period")
	case policy.SettingString:
		return wordOf(s)
	case policy.SettingStrings:
		return object{"type": "array", "items": wordOf(s)}
	case policy.SettingText:
		return beside("words")
	case policy.SettingRate:
		return rate()
	case policy.SettingTruncation:
		return truncation()
	case policy.SettingForward:
		return forward(s)
	case policy.SettingFlags:
		return flags(s)
	case policy.SettingRecipient:
		return beside("text")
	case policy.SettingRecipients, policy.SettingDepartments:
		return oneOrMore(ref("text"))
	case policy.SettingGroup:
		return partsOf(s.Parts)
	case policy.SettingTexts:
		return object{"type": "object", "propertyNames": object{"pattern": "^[a-z0-9-]{1,40}$"}, "additionalProperties": beside("words")}
	}
	return nil
}

func wordOf(s policy.SettingSpec) object {
	if len(s.Keys) > 0 {
		return oneOf(s.Keys, nil)
	}
	return beside("text")
}

func rate() object {
	count := object{"type": "integer", "minimum": 1}
	return object{
		"type": "object", "required": []any{"requests", "per"}, "additionalProperties": false,
		"properties": object{"requests": count, "per": ref("period"), "burst": object{"type": "integer", "minimum": 0}},
	}
}

func truncation() object {
	return object{
		"type": "object", "required": []any{"ipv4", "ipv6"}, "additionalProperties": false,
		"properties": object{
			"ipv4": object{"type": "integer", "minimum": 0, "maximum": 24},
			"ipv6": object{"type": "integer", "minimum": 0, "maximum": 64},
		},
	}
}

func forward(s policy.SettingSpec) object {
	return object{"type": "object", "additionalProperties": object{
		"type": "object", "required": []any{"protocol"},
		"properties": object{"protocol": wordOf(s)}, "additionalProperties": ref("text"),
	}}
}

func flags(s policy.SettingSpec) object {
	properties := object{}
	for _, key := range s.Keys {
		properties[key] = object{"type": "boolean"}
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}
