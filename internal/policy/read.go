package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/policy/source"
)

// version is the version of the language that this package reads.
const version = 1

// Load reads and checks a file. The policy may be partial, or nil, when there
// are mistakes, and must not run then; warnings alone let it run.
func Load(file string, src []byte, v Vocabulary, asOf time.Time) (*Policy, Findings) {
	r := &reporter{file: file, src: src}
	p := r.read()
	if p == nil {
		return nil, r.done()
	}
	r.check(p, v, asOf)
	return p, r.done()
}

// Read reads a file and reports what is wrong with its form: all mistakes at
// once, in the order of the file. The policy may be partial, or nil, when there
// are mistakes. What an entry means is the matter of Check.
func Read(file string, src []byte) (*Policy, Findings) {
	r := &reporter{file: file, src: src}
	p := r.read()
	return p, r.done()
}

func (r *reporter) read() *Policy {
	root, mistakes := source.Parse(r.src)
	r.partial = len(mistakes) > 0
	for _, m := range mistakes {
		r.report(string(m.Fault), m.Pos, "%s", m.Problem)
	}
	if root == nil {
		return nil
	}
	p := &Policy{File: r.file, Source: r.src}
	top := r.open(root, Pos{Line: 1, Column: 1}, "the policy")
	if root.Kind == source.Map {
		top.policy(p)
	}
	p.Hash = p.hash()
	return p
}

// policy reads the top of the file.
func (m *mapping) policy(p *Policy) {
	p.keys, p.partial = m.keys, m.partial
	if !m.partial {
		m.require("kept", "notice", "controller", "activities")
	}
	p.Language = m.version()
	if n := m.inner("notice", "the notice"); n != nil {
		p.Notice = n.notice()
	}
	if n := m.inner("controller", "the controller"); n != nil {
		p.Controller = n.controller()
	}
	m.each("groups", func(e source.Entry) {
		p.Groups = append(p.Groups, m.open(e.Value, e.Pos, "group "+e.Key).group(e.Key))
	})
	m.each("recipients", func(e source.Entry) {
		p.Recipients = append(p.Recipients, m.open(e.Value, e.Pos, "recipient "+e.Key).recipient(e.Key))
	})
	m.each("services", func(e source.Entry) {
		p.Services = append(p.Services, m.open(e.Value, e.Pos, "service "+e.Key).service(e.Key))
	})
	m.each("activities", func(e source.Entry) {
		p.Activities = append(p.Activities, m.open(e.Value, e.Pos, "activity "+e.Key).activity(e.Key))
	})
	p.Cookies = m.cookies()
	m.organisation(p)
	m.close()
}

func (m *mapping) version() int {
	s := m.text("kept")
	if s == "" {
		return 0
	}
	if s != fmt.Sprint(version) {
		m.report("K119", m.entries["kept"].Value.Pos, "this file is in version %s of the language; this program reads version %d", quoted(s), version)
		return 0
	}
	return version
}

func (m *mapping) notice() Notice {
	m.require("version", "languages", "jurisdiction")
	n := Notice{
		At:           m.at,
		Version:      m.noticeVersion(),
		Languages:    m.languages(),
		Jurisdiction: m.checked("jurisdiction", "K124", validCountry),
		Holidays:     m.checked("holidays", "K130", validCalendar),
		Exemptions:   m.list("exemptions", "K120", validName),
		keys:         m.keys,
	}
	if n.Holidays != "" && n.Jurisdiction != "" && !strings.HasPrefix(n.Holidays, n.Jurisdiction) {
		m.report("K130", m.entries["holidays"].Value.Pos, "%s is no part of %s, whose law applies", quoted(n.Holidays), n.Jurisdiction)
	}
	m.close()
	return n
}

// noticeVersion reads any text; one that looks like a date is printed as one, so it
// must be one.
func (m *mapping) noticeVersion() string {
	s := m.text("version")
	if !dateForm.MatchString(s) {
		return s
	}
	if err := validDate(s); err != nil {
		m.unfit("K117", "version", m.entries["version"].Value.Pos, s, "", "looks like a date and "+err.Error())
	}
	return s
}

func (m *mapping) languages() []string {
	var found []string
	for _, ref := range m.refs("languages") {
		if !slices.Contains(Languages, ref.Name) {
			m.report("K603", ref.At, "Kept has no texts in the language %s", quoted(ref.Name))
			continue
		}
		if slices.Contains(found, ref.Name) {
			m.report("K111", ref.At, "languages of the notice has %s twice", ref.Name)
			continue
		}
		found = append(found, ref.Name)
	}
	if node := m.entries["languages"].Value; node != nil && node.Kind == source.List && len(node.Items) == 0 {
		m.report("K113", m.keys["languages"], "languages of the notice is empty")
	}
	return found
}

func (m *mapping) controller() Controller {
	m.require("name", "address", "email")
	c := Controller{
		At:      m.at,
		Name:    m.text("name"),
		Address: m.text("address"),
		Email:   m.checked("email", "K122", validEmail),
		Phone:   m.text("phone"),
		URL:     m.checked("url", "K123", validURL),
		keys:    m.keys,
	}
	if r := m.inner("representative", "the representative in the Union"); r != nil {
		c.Representative = r.contact()
	}
	if o := m.inner("officer", "the data protection officer"); o != nil {
		external := o.truth("external")
		c.Officer = o.contact()
		c.Officer.External = external
	}
	if a := m.inner("authority", "the supervisory authority"); a != nil {
		a.require("name")
		c.Authority = &Authority{At: a.at, Name: a.text("name"), URL: a.checked("url", "K123", validURL)}
		a.close()
	}
	m.close()
	return c
}

func (m *mapping) contact() *Contact {
	c := &Contact{
		At:      m.at,
		Name:    m.text("name"),
		Email:   m.checked("email", "K122", validEmail),
		Phone:   m.text("phone"),
		Address: m.text("address"),
	}
	m.close()
	if !m.hollow && !m.keys.has("email") && !m.keys.has("phone") && !m.keys.has("address") {
		m.report("K606", m.at, "%s cannot be reached: no email, phone or address", m.what)
	}
	return c
}

func (m *mapping) group(key string) Group {
	m.require("title")
	g := Group{At: m.at, Key: key, Title: m.words("title"), About: m.words("about"), keys: m.keys}
	m.close()
	return g
}
