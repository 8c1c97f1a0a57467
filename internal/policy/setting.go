package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kept/internal/policy/period"
	"kept/internal/policy/source"
)

// resolve gives an entry's settings their values: what the file says, else what
// the kind has as its default.
func (c *checker) resolve(a *Activity, kind *Kind) {
	a.Settings = c.settings(a, "", c.settingsAt(a), kind.Settings)
}

// settings reads a map of settings: those of an entry, or of a group in them,
// whose name and a dot is the prefix.
func (c *checker) settings(a *Activity, prefix string, written *mapping, specs []SettingSpec) Settings {
	found := Settings{}
	for _, spec := range specs {
		if spec.Default != nil {
			found[spec.Name] = spec.Default
		}
		node := written.value(spec.Name)
		if node == nil {
			if spec.Required {
				c.report("K128", written.at, "activity %s lacks the setting %s", a.Key, prefix+spec.Name)
			}
			continue
		}
		value, problem := settingReaders[spec.Type](c, node, spec, a)
		if problem != "" {
			c.report("K127", written.keys[spec.Name], "setting %s of %s %s", prefix+spec.Name, a.Key, problem)
			continue
		}
		found[spec.Name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(written.entries)) {
		if !slices.Contains(written.asked, name) {
			c.reportFix("K126", written.keys[name], didYouMean(name, written.asked), "the kind %s has no setting %s", a.Kind, quoted(prefix+name))
		}
	}
	return found
}

// settingReader returns a setting's value, or what is wrong with it as the end
// of a sentence.
type settingReader func(c *checker, n *source.Node, spec SettingSpec, a *Activity) (value any, problem string)

var settingReaders map[SettingType]settingReader

func init() { // a group reads its parts through the same table
	settingReaders = map[SettingType]settingReader{
		SettingBool:        readBool,
		SettingInt:         readInt,
		SettingPercent:     readPercent,
		SettingPeriod:      readPeriod,
		SettingString:      readString,
		SettingStrings:     readStrings,
		SettingText:        readText,
		SettingRate:        readRate,
		SettingTruncation:  readTruncation,
		SettingForward:     readForward,
		SettingFlags:       readFlags,
		SettingRecipients:  readRecipients,
		SettingRecipient:   readRecipient,
		SettingDepartments: readDepartments,
		SettingGroup:       readGroup,
		SettingTexts:       readTexts,
	}
}

func readBool(_ *checker, n *source.Node, _ SettingSpec, _ *Activity) (any, string) {
	if n.Kind != source.Truth {
		return nil, "must be true or false, not " + n.Kind.String()
	}
	return strings.EqualFold(n.Scalar, "true"), ""
}

func readInt(_ *checker, n *source.Node, _ SettingSpec, _ *Activity) (any, string) {
	i, ok := whole(n)
	if !ok {
		return nil, "must be a whole number of 0 or more"
	}
	return i, ""
}

// whole reads a number of 0 to a thousand million.
func whole(n *source.Node) (int, bool) {
	if n == nil || n.Kind != source.Number {
		return 0, false
	}
	i, err := strconv.Atoi(n.Scalar)
	return i, err == nil && i >= 0 && i <= 1e9
}

func readPercent(_ *checker, n *source.Node, _ SettingSpec, _ *Activity) (any, string) {
	const wanted = "must be a share like 5%"
	digits, ok := strings.CutSuffix(n.Scalar, "%")
	if n.Kind != source.Text || !ok {
		return nil, wanted
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || !(share >= 0 && share <= 100) {
		return nil, wanted + ", from 0% to 100%"
	}
	return share / 100, ""
}

func readPeriod(_ *checker, n *source.Node, _ SettingSpec, _ *Activity) (any, string) {
	p, err := period.Parse(n.Scalar)
	if err != nil {
		return nil, "is " + err.Error()
	}
	return p, ""
}

func readString(_ *checker, n *source.Node, spec SettingSpec, _ *Activity) (any, string) {
	if n.Kind != source.Text && n.Kind != source.Number {
		return nil, "must be text, not " + n.Kind.String()
	}
	if len(spec.Keys) > 0 && !slices.Contains(spec.Keys, n.Scalar) {
		return nil, "must be one of " + strings.Join(spec.Keys, ", ")
	}
	return n.Scalar, ""
}

func readStrings(_ *checker, n *source.Node, spec SettingSpec, _ *Activity) (any, string) {
	if n.Kind != source.List {
		return nil, "must be a list of words, not " + n.Kind.String()
	}
	found := []string{}
	for _, item := range n.Items {
		s, problem := readString(nil, item, spec, nil)
		if problem != "" {
			return nil, "lists a value that " + problem
		}
		found = append(found, s.(string))
	}
	for _, key := range spec.Keys {
		if spec.All && !slices.Contains(found, key) {
			return nil, "must list each of " + strings.Join(spec.Keys, ", ")
		}
	}
	return found, ""
}

func readRecipients(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	found, problem := readStrings(c, n, spec, a)
	if problem != "" {
		return nil, problem
	}
	for _, key := range found.([]string) {
		c.knownRecipient(key, n.Pos, "setting "+spec.Name+" of activity "+a.Key)
	}
	return found, ""
}

func readRecipient(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	found, problem := readString(c, n, spec, a)
	if problem != "" {
		return nil, problem
	}
	c.knownRecipient(found.(string), n.Pos, "setting "+spec.Name+" of activity "+a.Key)
	return found, ""
}

func readText(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	if n.Kind != source.Map {
		return nil, "must be given by language, not as " + n.Kind.String()
	}
	t := Text{}
	for _, e := range n.Entries {
		if !slices.Contains(Languages, e.Key) || e.Value.Kind != source.Text {
			return nil, "must be text by language: " + strings.Join(Languages, ", ")
		}
		t[e.Key] = e.Value.Scalar
	}
	c.translated(t, n.Pos, fmt.Sprintf("setting %s of %s", spec.Name, a.Key))
	return t, ""
}

// plainName is what a name that the operator gives may be made of: it stands in
// addresses and files.
const plainName = "abcdefghijklmnopqrstuvwxyz0123456789-"

// readTexts reads texts that the file gives names.
func readTexts(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	if n.Kind != source.Map {
		return nil, "must be a map of names to texts, not " + n.Kind.String()
	}
	var found []Named
	for _, e := range n.Entries {
		if strings.Trim(e.Key, plainName) != "" || len(e.Key) > 40 {
			return nil, "names " + quoted(e.Key) + "; a name is at most 40 small letters, digits and hyphens"
		}
		text, problem := readText(c, e.Value, SettingSpec{Name: spec.Name + "." + e.Key}, a)
		if problem != "" {
			return nil, "has the name " + e.Key + ", whose text " + problem
		}
		found = append(found, Named{Name: e.Key, Text: text.(Text)})
	}
	return found, ""
}

func readDepartments(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	found, problem := readStrings(c, n, spec, a)
	if problem != "" {
		return nil, problem
	}
	for _, key := range found.([]string) {
		if c.p.Department(key) == nil && !c.partial {
			return nil, "names the department " + quoted(key) + ", which is not declared"
		}
	}
	return found, ""
}

// readGroup reads settings that belong together.
func readGroup(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	if n.Kind != source.Map {
		return nil, "must be a map of settings, not " + n.Kind.String()
	}
	return c.settings(a, spec.Name+".", c.open(n, n.Pos, "setting "+spec.Name+" of "+a.Key), spec.Parts), ""
}

func readRate(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	const wanted = "must be like {requests: 50, per: 1 second, burst: 200}"
	if n.Kind != source.Map {
		return nil, wanted
	}
	m := c.open(n, n.Pos, "setting "+spec.Name+" of "+a.Key)
	requests, counted := whole(m.value("requests"))
	per := m.period("per")
	burst, bursts := whole(m.value("burst"))
	m.close()
	if !counted || requests == 0 || per.IsZero() || m.keys.has("burst") && !bursts {
		return nil, wanted
	}
	return Rate{Requests: requests, Per: per, Burst: max(burst, requests)}, ""
}

func readTruncation(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	const wanted = "must be like {ipv4: 16, ipv6: 48}, the leading bits that stay"
	if n.Kind != source.Map {
		return nil, wanted
	}
	m := c.open(n, n.Pos, "setting "+spec.Name+" of "+a.Key)
	v4, is4 := whole(m.value("ipv4"))
	v6, is6 := whole(m.value("ipv6"))
	m.close()
	switch {
	case !is4 || !is6:
		return nil, wanted
	case v4 > 24 || v6 > 64:
		return nil, "leaves an address that still leads to one connection: at most 24 bits of IPv4 and 64 of IPv6 may stay"
	}
	return Truncation{IPv4: v4, IPv6: v6}, ""
}

func readForward(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	if n.Kind != source.Map {
		return nil, "must be a map of recipients, like {google: {protocol: …}}"
	}
	var found []Forward
	for _, e := range n.Entries {
		m := c.open(e.Value, e.Pos, "setting "+spec.Name+" of "+a.Key+" for "+e.Key)
		f := Forward{At: e.Pos, Recipient: e.Key, Options: map[string]string{}}
		f.Protocol = m.oneOf("protocol", spec.Keys...)
		m.require("protocol")
		for _, option := range slices.Sorted(maps.Keys(m.entries)) {
			if option != "protocol" {
				f.Options[option] = m.text(option)
			}
		}
		found = append(found, f)
	}
	return found, ""
}

func readFlags(c *checker, n *source.Node, spec SettingSpec, a *Activity) (any, string) {
	wanted := "must be true or false for each of " + strings.Join(spec.Keys, ", ")
	if n.Kind != source.Map {
		return nil, wanted
	}
	flags := map[string]bool{}
	if standard, ok := spec.Default.(map[string]bool); ok {
		maps.Copy(flags, standard)
	}
	m := c.open(n, n.Pos, "setting "+spec.Name+" of "+a.Key)
	for _, key := range spec.Keys {
		node := m.value(key)
		if node == nil {
			continue
		}
		if node.Kind != source.Truth {
			return nil, wanted
		}
		flags[key] = strings.EqualFold(node.Scalar, "true")
	}
	m.close()
	return flags, ""
}
