package register

import (
	"strings"

	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// Build makes the record of p in lang. Build does not change p.
func Build(p *policy.Policy, lang string) *Record {
	b := builder{p: p, names: notice.NewNames(p, lang), lang: lang}
	r := &Record{
		Format: FormatName, Language: lang,
		Policy:     Version{Version: p.Notice.Version, Hash: p.Hash, Jurisdiction: p.Notice.Jurisdiction, Languages: some(p.Notice.Languages)},
		Controller: Party{Name: p.Controller.Name, Address: p.Controller.Address, Email: p.Controller.Email, Phone: p.Controller.Phone, URL: p.Controller.URL},
		Activities: []Activity{}, Commissions: []Commission{},
	}
	r.Representative, r.Officer = partyOf(p.Controller.Representative), partyOf(p.Controller.Officer)
	if a := p.Controller.Authority; a != nil {
		r.Authority = &Authority{Name: a.Name, URL: a.URL}
	}
	b.activities(r)
	r.Recipients, r.Joint = b.recipients(), b.joint()
	r.Departments, r.Measures, r.Holds = b.departments(), b.measures(), b.holds()
	r.Storage = b.storage()
	return r
}

// builder knows the policy and the language.
type builder struct {
	p     *policy.Policy
	names notice.Names
	lang  string
}

// say returns the record's words called key.
func (b builder) say(key string, args ...any) string { return words(b.lang, key, args...) }

// named gives a key of the language its words; the empty key has none.
func (b builder) named(section, key string) Named {
	if key == "" {
		return Named{}
	}
	return Named{Key: key, Name: b.say(section + key)}
}

// words returns the record's words called key.
func words(lang, key string, args ...any) string { return i18n.T(lang, "register."+key, args...) }

// activities sorts what is done into the two parts of Art. 30.
func (b builder) activities(r *Record) {
	at := map[string]int{}
	for i := range b.p.Activities {
		a := b.activity(&b.p.Activities[i])
		if a.OnBehalfOf == "" {
			r.Activities = append(r.Activities, a)
			continue
		}
		n, seen := at[a.OnBehalfOf]
		if !seen {
			n = len(r.Commissions)
			at[a.OnBehalfOf] = n
			r.Commissions = append(r.Commissions, Commission{Controller: a.OnBehalfOf})
		}
		r.Commissions[n].Activities = append(r.Commissions[n].Activities, a)
	}
	for i := range b.p.Services {
		r.Activities = append(r.Activities, b.embed(&b.p.Services[i]))
	}
}

func (b builder) departments() []Named {
	all := []Named{}
	for _, d := range b.p.Departments {
		all = append(all, Named{Key: d.Key, Name: or(d.Title.In(b.lang), spoken(d.Key))})
	}
	return all
}

func (b builder) measures() []Named {
	all := []Named{}
	for _, m := range b.p.Measures {
		all = append(all, Named{Key: m.Key, Name: or(m.Title.In(b.lang), spoken(m.Key))})
	}
	return all
}

func (b builder) holds() []Hold {
	all := []Hold{}
	for _, h := range b.p.Holds {
		x := Hold{Key: h.Key, Reason: h.Reason.In(b.lang), Law: i18n.Law(h.Law, b.lang)}
		says := []string{or(x.Reason, spoken(h.Key))}
		if h.Law != "" {
			says = append(says, x.Law)
		}
		if !h.Longest.IsZero() {
			x.Longest = h.Longest.String()
			says = append(says, b.say("hold.longest", h.Longest.In(b.lang)))
		}
		x.Says = strings.Join(says, ", ")
		all = append(all, x)
	}
	return all
}

func (b builder) category(key string) Term {
	t, known := taxonomy.Category(key)
	return b.term(key, t, known)
}

func (b builder) use(key string) Term {
	t, known := taxonomy.Use(key)
	return b.term(key, t, known)
}

func (b builder) person(key string) Term {
	t, known := taxonomy.Subject(key)
	return b.term(key, t, known)
}

// term is a key as t, what the taxonomy found for it; a key that is not known
// there speaks for itself.
func (b builder) term(key string, t taxonomy.Term, known bool) Term {
	if !known {
		return Term{Key: key, Name: spoken(key)}
	}
	x := Term{Key: key, Name: t.In(b.lang)}
	if t.Fides() != key {
		x.Fideslang = t.Fides()
	}
	return x
}

func partyOf(c *policy.Contact) *Party {
	if c == nil {
		return nil
	}
	return &Party{Name: c.Name, Address: c.Address, Email: c.Email, Phone: c.Phone, External: c.External}
}

// spoken makes a key readable where nobody gave it a name.
func spoken(key string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(key) }

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// some is list, never nil: JSON shows an empty list as one.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
