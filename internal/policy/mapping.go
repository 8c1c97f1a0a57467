package policy

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/policy/period"
	"kept/internal/policy/source"
)

// mapping reads one map of the file. Each accessor asks for a key, reports a
// value of the wrong form, and returns the zero value then; close reports the
// keys that nobody asked for. So the keys of the language are written once,
// where they are read.
type mapping struct {
	*reporter
	at      Pos
	what    string // what the map is, for people: activity access-log
	hollow  bool   // it is no map, which was reported
	entries map[string]source.Entry
	asked   []string
	keys    places
	outline *outline // nil unless the language itself is being read, see Language
}

// open reads node as a map; one that is no map is reported and counts as empty.
func (r *reporter) open(node *source.Node, at Pos, what string) *mapping {
	m := &mapping{reporter: r, at: at, what: what, entries: map[string]source.Entry{}, keys: places{}, outline: r.outlines[node]}
	if node.Kind != source.Map {
		m.hollow = true
		if node.Kind != source.Unread {
			r.report("K113", at, "%s must be a map (key: value), not %s", what, node.Kind)
		}
		return m
	}
	for _, e := range node.Entries {
		if first, twice := m.entries[e.Key]; twice {
			r.report("K111", e.Pos, "%s has %s twice; the first stands in line %d", what, e.Key, first.Line)
			continue
		}
		m.entries[e.Key] = e
		m.keys[e.Key] = e.Pos
	}
	return m
}

// value returns the value of key, nil if the map has none that can be read.
func (m *mapping) value(key string) *source.Node {
	m.asked = append(m.asked, key)
	m.outline.asks(key)
	e, ok := m.entries[key]
	if !ok {
		return nil
	}
	if e.Value.Kind == source.Unread {
		m.keys.breaks(key)
		return nil
	}
	return e.Value
}

// require reports the keys that are missing.
func (m *mapping) require(keys ...string) {
	if m.outline != nil {
		m.outline.requires(keys)
		return
	}
	for _, key := range keys {
		if !m.hollow && !m.keys.has(key) {
			m.keys.breaks(key)
			m.reportFix("K112", m.at, fmt.Sprintf("add %s to %s", key, m.what), "%s lacks %s", m.what, key)
		}
	}
}

// close reports every key that is not part of the language. What one of them was
// probably meant to be counts as there: that it is missing is said already.
func (m *mapping) close() {
	for key, e := range m.entries {
		if !slices.Contains(m.asked, key) {
			if meant := nearest(key, m.asked); meant != "" && !m.keys.has(meant) {
				m.keys.breaks(meant)
			}
			m.reportFix("K114", e.Pos, m.meant(key), "%s has the unknown key %s", m.what, quoted(key))
		}
	}
}

// meant is the remedy for a key that is not part of the language.
func (m *mapping) meant(key string) string {
	fix := didYouMean(key, m.asked)
	if fix == "" && slices.Contains(m.asked, "settings") {
		return "a setting of the kind stands under settings; look the key up in the reference, or remove it"
	}
	return fix
}

// wrong reports that the value of key has another form than wanted.
func (m *mapping) wrong(key string, node *source.Node, wanted string) {
	m.keys.breaks(key)
	m.report("K113", m.keys[key], "%s of %s must be %s, not %s", key, m.what, wanted, node.Kind)
}

// unfit reports that the value of key, or one of its list, has a form that the
// key does not take. The problem goes on after the value.
func (m *mapping) unfit(code, key string, at Pos, value, remedy, problem string) {
	m.keys.breaks(key)
	m.reportFix(code, at, remedy, "%s of %s: %s %s", key, m.what, quoted(value), problem)
}

// text reads a value of one line or several.
func (m *mapping) text(key string) string {
	node := m.value(key)
	m.outline.form(key, FormText)
	if node == nil {
		return ""
	}
	if node.Kind != source.Text && node.Kind != source.Number {
		m.wrong(key, node, "text")
		return ""
	}
	s := strings.TrimSpace(node.Scalar)
	if s == "" {
		m.keys.breaks(key)
		m.report("K113", m.keys[key], "%s of %s is empty", key, m.what)
	}
	return s
}

// checked reads text that must pass valid, whose error is a clause: is no …
func (m *mapping) checked(key, code string, valid func(string) error) string {
	s := m.text(key)
	m.outline.check(key, code)
	if s == "" {
		return ""
	}
	if err := valid(s); err != nil {
		m.unfit(code, key, m.entries[key].Value.Pos, s, "", err.Error())
		return ""
	}
	return s
}

// oneOf reads a word that is one of words.
func (m *mapping) oneOf(key string, words ...string) string {
	s := m.text(key)
	m.outline.words(key, words)
	if s != "" && !slices.Contains(words, s) {
		m.unfit("K116", key, m.entries[key].Value.Pos, s, didYouMean(s, words), "is no word that stands here")
		return ""
	}
	return s
}

// truth reads true or false.
func (m *mapping) truth(key string) bool {
	node := m.value(key)
	m.outline.form(key, FormTruth)
	if node == nil {
		return false
	}
	if node.Kind != source.Truth {
		m.wrong(key, node, "true or false")
		return false
	}
	return strings.EqualFold(node.Scalar, "true")
}

// period reads a length of time.
func (m *mapping) period(key string) period.Period {
	s := m.text(key)
	m.outline.form(key, FormPeriod)
	if s == "" {
		return period.Period{}
	}
	p, err := period.Parse(s)
	if err != nil {
		m.unfit("K115", key, m.entries[key].Value.Pos, s, "", "is "+err.Error())
	}
	return p
}

// words reads text by language.
func (m *mapping) words(key string) Text {
	node := m.value(key)
	m.outline.form(key, FormWords)
	if node == nil {
		return nil
	}
	if node.Kind != source.Map {
		m.keys.breaks(key)
		m.report("K118", m.keys[key], "%s of %s must be given by language, not as %s", key, m.what, node.Kind)
		return nil
	}
	texts := m.open(node, m.keys[key], key+" of "+m.what)
	t := Text{}
	for _, lang := range Languages {
		if s := texts.text(lang); s != "" {
			t[lang] = s
		}
	}
	for _, e := range node.Entries {
		if e.Value.Kind == source.Nothing && !slices.Contains(Languages, e.Key) {
			texts.asked = append(texts.asked, e.Key)
			m.reportFix("K114", e.Pos, "put the whole text in quotes: within braces a comma ends it", "%s of %s goes on behind a comma", key, m.what)
		}
	}
	texts.close()
	return t
}

// refs reads a list of names; a single name stands for a list of one.
func (m *mapping) refs(key string) []Ref {
	var found []Ref
	m.items(key, FormNames, func(item *source.Node) { found = append(found, m.ref(key, item)...) })
	return found
}

// items reads a list item by item; a single text stands for a list of one. Of
// FormItems, an item may be a map as well.
func (m *mapping) items(key string, form Form, read func(item *source.Node)) {
	node := m.value(key)
	m.outline.form(key, form)
	if m.outline != nil && form == FormItems {
		read(m.within(key, form))
	}
	if node == nil {
		return
	}
	switch node.Kind {
	case source.Text:
		read(node)
	case source.List:
		for _, item := range node.Items {
			read(item)
		}
	default:
		m.wrong(key, node, "a list of names")
	}
}

// ref reads an item of the list under key as a name; none if it is not one.
func (m *mapping) ref(key string, item *source.Node) []Ref {
	name := strings.TrimSpace(item.Scalar)
	if (item.Kind == source.Text || item.Kind == source.Number) && name != "" {
		return []Ref{{At: item.Pos, Name: name}}
	}
	m.keys.breaks(key)
	switch host, split := unquotedPort(item); {
	case split:
		m.reportFix("K113", item.Pos, fmt.Sprintf("write %q, with the quotes", host), "%s of %s: YAML reads a map in %s, since it stands without quotes", key, m.what, quoted(host))
	case item.Kind != source.Unread:
		m.report("K113", item.Pos, "%s of %s lists names, not %s", key, m.what, item.Kind)
	}
	return nil
}

// unquotedPort recognises a host with a port that YAML took apart at the colon,
// as it does within braces.
func unquotedPort(n *source.Node) (host string, ok bool) {
	if n.Kind != source.Map || len(n.Entries) != 1 || n.Entries[0].Value.Kind != source.Number {
		return "", false
	}
	host = n.Entries[0].Key + ":" + n.Entries[0].Value.Scalar
	return host, validHost(host) == nil
}

// list reads a list of words that must pass valid, and remembers their places.
func (m *mapping) list(key, code string, valid func(string) error) []string {
	var found []string
	refs := m.refs(key)
	m.outline.check(key, code)
	for _, ref := range refs {
		if err := valid(ref.Name); err != nil {
			m.unfit(code, key, ref.At, ref.Name, "", err.Error())
			continue
		}
		m.keys[key+"/"+ref.Name] = ref.At
		found = append(found, ref.Name)
	}
	return found
}

// inner reads a map within this one, nil if there is none.
func (m *mapping) inner(key, what string) *mapping {
	node := m.value(key)
	if m.outline != nil {
		node = m.within(key, FormMap)
	}
	if node == nil {
		return nil
	}
	return m.open(node, m.keys[key], what)
}

// each reads a map of named entries in the order of the file.
func (m *mapping) each(key string, read func(e source.Entry)) {
	node := m.value(key)
	if m.outline != nil {
		read(source.Entry{Key: key, Value: m.within(key, FormEntries)})
		return
	}
	if node == nil {
		return
	}
	named := m.open(node, m.keys[key], key)
	for _, e := range node.Entries {
		if named.entries[e.Key].Pos != e.Pos {
			continue // the second of a double, reported
		}
		if err := validName(e.Key); err != nil {
			m.report("K120", e.Pos, "%s %v", quoted(e.Key), err)
			continue
		}
		read(e)
	}
}

// maps reads a list of maps.
func (m *mapping) maps(key, what string, read func(*mapping)) {
	node := m.value(key)
	if m.outline != nil {
		read(m.open(m.within(key, FormMaps), Pos{}, what))
		return
	}
	if node == nil {
		return
	}
	if node.Kind != source.List {
		m.wrong(key, node, "a list (each item begins with -)")
		return
	}
	for _, item := range node.Items {
		if item.Kind != source.Map {
			m.keys.breaks(key)
			if item.Kind != source.Unread {
				m.report("K113", item.Pos, "%s of %s lists maps, not %s", key, m.what, item.Kind)
			}
			continue
		}
		read(m.open(item, item.Pos, what))
	}
}
