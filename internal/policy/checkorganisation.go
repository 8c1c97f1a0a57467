package policy

import (
	"slices"

	"kept/internal/policy/taxonomy"
)

// organisation checks what is said of the organisation itself.
func (c *checker) organisation() {
	c.protection()
	c.departments()
	c.holds()
	c.controller()
}

func (c *checker) protection() {
	if len(c.p.Measures) == 0 && !c.p.keys.has("measures") && !c.partial {
		c.report("K701", Pos{Line: 1, Column: 1}, "nothing is said of what protects the data")
	}
	seen := map[string]bool{}
	for i := range c.p.Measures {
		m := &c.p.Measures[i]
		if m.Key == "" {
			c.translated(m.Title, m.keys.of("title", m.At), "a measure")
			continue
		}
		if _, known := taxonomy.Measure(m.Key); !known {
			c.reportFix("K702", m.At, didYouMean(m.Key, taxonomy.Keys(taxonomy.Measures())), "there is no measure %s", quoted(m.Key))
		} else if seen[m.Key] {
			c.report("K111", m.At, "the measures have %s twice", m.Key)
		}
		seen[m.Key] = true
	}
}

// departments checks who inside sees what.
func (c *checker) departments() {
	if c.partial {
		return
	}
	var known []string
	for _, d := range c.p.Departments {
		known = append(known, d.Key)
		c.translated(d.Title, d.keys.of("title", d.At), "title of department "+d.Key)
	}
	used := map[string]bool{}
	for i := range c.p.Activities {
		a := &c.p.Activities[i]
		for _, ref := range a.Access {
			used[ref.Name] = true
			if !slices.Contains(known, ref.Name) {
				c.reportFix("K703", ref.At, didYouMean(ref.Name, known), "activity %s is open to the department %s, which is not declared", a.Key, quoted(ref.Name))
			}
		}
		a.Settings.departments(a.Words().Settings, used)
	}
	for _, d := range c.p.Departments {
		if !used[d.Key] {
			c.report("K704", d.At, "no activity is open to the department %s", d.Key)
		}
	}
}

// departments notes the departments that settings name.
func (s Settings) departments(specs []SettingSpec, used map[string]bool) {
	for _, spec := range specs {
		switch spec.Type {
		case SettingDepartments:
			for _, key := range s.Strings(spec.Name) {
				used[key] = true
			}
		case SettingGroup:
			s.Group(spec.Name).departments(spec.Parts, used)
		}
	}
}

// holds checks what may keep data longer.
func (c *checker) holds() {
	for i := range c.p.Holds {
		h := &c.p.Holds[i]
		c.translated(h.Reason, h.keys.of("reason", h.At), "reason of hold "+h.Key)
		if h.Law == "" && !h.keys.has("law") {
			c.report("K705", h.At, "hold %s names no law", h.Key)
		}
		if longest, ok := c.rules.LongestHold(); ok && h.Longest.Longer(longest.Keep) {
			c.report("K706", h.keys.of("longest", h.At), "hold %s may last %s; %s", h.Key, h.Longest.In("en"), longest.Why)
		}
	}
}

// controller checks what people are told of who answers for the processing.
func (c *checker) controller() {
	who := &c.p.Controller
	if who.keys == nil {
		return // missing, which was said
	}
	if who.Authority == nil && !who.keys.has("authority") {
		c.report("K708", who.At, "the supervisory authority is not named")
	}
	jurisdiction := c.p.Notice.Jurisdiction
	if who.Representative == nil && !who.keys.has("representative") && jurisdiction != "" && !c.rules.InEEA(jurisdiction) {
		c.report("K709", who.At, "the law of %s applies, outside the EEA, and no representative in the Union is named", jurisdiction)
	}
	if who.Officer != nil || who.keys.has("officer") {
		return
	}
	for i := range c.p.Activities {
		if a := &c.p.Activities[i]; a.wantsOfficer() {
			c.report("K707", who.At, "no data protection officer is named, although activity %s may ask for one", a.Key)
			return
		}
	}
}

// wantsOfficer reports whether an entry is of the sort that Art. 37(1)(c) and
// Art. 35(3) GDPR name. How large it is, a file cannot tell.
func (a *Activity) wantsOfficer() bool {
	return a.Decision != nil && a.Decision.Kind == "decision" || len(a.protected(taxonomy.Article9, taxonomy.Article10)) > 0
}
