package policy

import (
	"kept/internal/policy/source"
)

func (m *mapping) recipient(key string) Recipient {
	m.require("name", "country", "role")
	r := Recipient{
		At:      m.at,
		Key:     key,
		Name:    m.text("name"),
		Address: m.text("address"),
		Country: m.checked("country", "K124", validCountry),
		Role: Role(m.oneOf("role", string(Processor), string(Hosting), string(ThirdParty), string(JointController),
			string(Affiliate), string(PublicAuthority))),
		Category:    m.words("category"),
		Storage:     m.list("storage", "K124", validCountry),
		Notice:      m.checked("notice", "K123", validURL),
		Objection:   m.checked("objection", "K123", validURL),
		Requests:    m.checked("requests", "K122", validEmail),
		OwnPurposes: m.words("own_purposes"),
		Via:         m.list("via", "K120", validName),
		Hosts:       m.list("hosts", "K121", validHost),
		keys:        m.keys,
	}
	if a := m.inner("agreement", "the agreement with "+key); a != nil {
		a.require("kind")
		r.Agreement = &Agreement{
			At: a.at, Kind: a.oneOf("kind", "dpa", "arrangement"), Since: a.checked("since", "K117", validDate),
			Essence: a.words("essence"), keys: a.keys,
		}
		a.close()
	}
	m.maps("transfers", "a transfer of "+key, func(t *mapping) {
		r.Transfers = append(r.Transfers, t.transfer())
	})
	m.close()
	return r
}

func (m *mapping) transfer() Transfer {
	m.require("to", "safeguard")
	t := Transfer{
		At:        m.at,
		To:        m.checked("to", "K124", validCountry),
		Safeguard: m.oneOf("safeguard", "adequacy", "scc", "bcr", "explicit-consent"),
		Framework: m.text("framework"),
		Checked:   m.checked("checked", "K117", validDate),
		Copy:      m.text("copy"),
		Risk:      m.words("risk"),
		keys:      m.keys,
	}
	m.close()
	return t
}

func (m *mapping) service(key string) Service {
	m.require("recipient", "group")
	s := Service{
		At:        m.at,
		Key:       key,
		Name:      m.words("name"),
		Recipient: m.text("recipient"),
		Group:     m.text("group"),
		Hosts:     m.list("hosts", "K121", validHost),
		Cookies:   m.cookies(),
		Data:      m.refs("data"),
		Reason:    m.words("reason"),
		keys:      m.keys,
	}
	m.close()
	return s
}

func (m *mapping) cookies() []Cookie {
	var found []Cookie
	m.maps("cookies", "a cookie of "+m.what, func(c *mapping) {
		c.require("name")
		cookie := Cookie{
			At:       c.at,
			Name:     c.checked("name", "K511", validCookie),
			Lifetime: c.period("lifetime"),
			Session:  c.truth("session"),
			Storage:  c.oneOf("storage", "cookie", "local-storage", "session-storage", "indexed-db"),
			Purpose:  c.words("purpose"),
			keys:     c.keys,
		}
		if !cookie.Session {
			c.require("lifetime")
		}
		if cookie.Storage == "" {
			cookie.Storage = "cookie"
		}
		c.close()
		found = append(found, cookie)
	})
	return found
}

// activity reads an entry. Which keys it must have depends on its kind: Check
// knows that.
func (m *mapping) activity(key string) Activity {
	a := Activity{
		At:           m.at,
		Key:          key,
		Kind:         m.text("kind"),
		Title:        m.words("title"),
		Purpose:      m.text("purpose"),
		Basis:        m.basis(),
		Explicit:     m.truth("explicit"),
		Law:          m.text("law"),
		Interest:     m.words("interest"),
		Group:        m.text("group"),
		Cookies:      m.cookies(),
		Recipients:   m.deliveries(),
		OnWithdrawal: Action(m.oneOf("on_withdrawal", string(Delete), string(Anonymise))),
		settings:     m.value("settings"),
		Dataset:      m.text("dataset"),
		People:       m.list("people", "K120", validName),
		OnBehalfOf:   m.words("on_behalf_of"),
		Also:         m.grounds(),
		Access:       m.refs("access"),
		Decision:     m.decision(),
		Origin:       m.words("origin"),
		keys:         m.keys,
	}
	a.Data, a.Described = m.data()
	a.Moments = m.moments()
	if a.Kind == "" {
		a.Kind = key
	}
	m.maps("retention", "a retention rule of "+key, func(r *mapping) {
		a.Retention = append(a.Retention, r.rule())
	})
	if p := m.inner("provision", "the provision of "+key); p != nil {
		a.Provision = Provision{Required: p.oneOf("required", "statute", "contract", "needed"), Data: p.refs("data"), Consequence: p.words("consequence")}
		a.keys["provision/consequence"] = p.keys.of("consequence", p.at)
		p.close()
	}
	m.close()
	return a
}

func (m *mapping) basis() Basis {
	return Basis(m.oneOf("basis", string(Consent), string(Contract), string(LegalObligation),
		string(VitalInterests), string(PublicTask), string(LegitimateInterests)))
}

func (m *mapping) grounds() []Ground {
	var found []Ground
	m.maps("also", "a further basis of "+m.what, func(g *mapping) {
		g.require("basis", "for")
		found = append(found, Ground{
			At: g.at, Basis: g.basis(), For: g.words("for"), Interest: g.words("interest"), Law: g.text("law"), keys: g.keys,
		})
		g.close()
	})
	return found
}

func (m *mapping) decision() *Decision {
	d := m.inner("decision", "the decision of "+m.what)
	if d == nil {
		return nil
	}
	d.require("kind")
	found := &Decision{
		At: d.at, Kind: d.oneOf("kind", "decision", "profiling"), Logic: d.words("logic"), Consequences: d.words("consequences"),
		Ground: d.oneOf("ground", "contract", "law", "explicit-consent"), keys: d.keys,
	}
	d.close()
	return found
}

// data reads a list of names; a map in it describes a field in place.
func (m *mapping) data() (names []Ref, described []Field) {
	m.items("data", FormItems, func(item *source.Node) {
		_, split := unquotedPort(item)
		if item.Kind != source.Map || split {
			names = append(names, m.ref("data", item)...)
			return
		}
		f := m.open(item, item.Pos, "data of "+m.what)
		f.require("category")
		field := Field{
			Name: f.checked("name", "K120", validName), Category: f.text("category"), Title: f.words("title"),
			Source: f.oneOf("source", "person", "device", "derived", "third-party"),
		}
		f.close()
		if field.Name == "" {
			field.Name = field.Category
		}
		if field.Name == "" {
			m.keys.breaks("data")
			return
		}
		m.keys["described/"+field.Name] = item.Pos
		m.keys["title/"+field.Name] = f.keys.of("title", item.Pos)
		names, described = append(names, Ref{At: item.Pos, Name: field.Name}), append(described, field)
	})
	return names, described
}

// moments reads a map of moments with what they are called.
func (m *mapping) moments() []Moment {
	var found []Moment
	node := m.value("moments")
	m.outline.form("moments", FormTexts)
	if node == nil {
		return nil
	}
	named := m.open(node, m.keys["moments"], "moments of "+m.what)
	for _, e := range node.Entries {
		if named.entries[e.Key].Pos != e.Pos {
			continue // the second of a double, reported
		}
		if err := validName(e.Key); err != nil {
			m.report("K120", e.Pos, "%s %v", quoted(e.Key), err)
			continue
		}
		m.keys["moments/"+e.Key] = e.Pos
		found = append(found, Moment{Name: e.Key, Title: named.words(e.Key)})
	}
	return found
}

// deliveries reads the map of recipients with the fields that each gets.
func (m *mapping) deliveries() []Delivery {
	var found []Delivery
	node := m.value("recipients")
	if node == nil {
		return nil
	}
	named := m.open(node, m.keys["recipients"], "recipients of "+m.what)
	for _, e := range node.Entries {
		if named.entries[e.Key].Pos == e.Pos {
			d := Delivery{At: e.Pos, Recipient: e.Key, Fields: named.refs(e.Key)}
			d.broken = named.keys.broken(e.Key)
			found = append(found, d)
		}
	}
	return found
}

func (m *mapping) rule() Rule {
	m.require("from", "keep", "then")
	r := Rule{
		At:     m.at,
		Data:   m.refs("data"),
		From:   m.text("from"),
		Keep:   m.period("keep"),
		Then:   Action(m.oneOf("then", string(Delete), string(Anonymise), string(Restrict))),
		Every:  m.period("every"),
		Until:  m.oneOf("until", EndOfYear),
		Unless: m.text("unless"),
		Reason: m.words("reason"),
		keys:   m.keys,
	}
	if n := m.inner("notify", "notify"); n != nil {
		n.require("before", "to")
		r.Notify = &Notify{At: n.at, Before: n.period("before"), Of: n.text("of")}
		r.Notify.to = n.refs("to")
		for _, ref := range r.Notify.to {
			r.Notify.To = append(r.Notify.To, ref.Name)
		}
		n.close()
	}
	m.close()
	return r
}

// settingsAt returns the settings of an activity as a map, empty if none.
func (r *reporter) settingsAt(a *Activity) *mapping {
	node := a.settings
	if node == nil {
		node = &source.Node{Kind: source.Map}
	}
	return r.open(node, a.keys.of("settings", a.At), "settings of "+a.Key)
}
