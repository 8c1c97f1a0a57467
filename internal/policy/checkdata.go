package policy

import (
	"slices"
	"strings"
)

// data checks the fields that an entry lists, and that each has an end.
func (c *checker) data(a *Activity, kind *Kind) {
	if !kind.External && len(a.Described) == 0 {
		c.knownData(a.Data, kind, "activity "+a.Key)
	}
	c.doubles(a.Data, kind, "data of activity "+a.Key)
	var endless []string
	for _, f := range a.order {
		if len(a.RulesFor(f)) == 0 {
			endless = append(endless, f)
		}
	}
	switch {
	case len(endless) == 0, a.keys.broken("retention"):
	case len(a.Retention) == 0 && !a.keys.has("retention"):
		c.report("K304", a.keys.of("data", a.At), "activity %s does not say how long its data is kept", a.Key)
	default:
		c.report("K304", a.keys.of("retention", a.At), "no rule of activity %s ends %s", a.Key, strings.Join(endless, ", "))
	}
	for _, ref := range a.Data {
		if set := kind.set(ref.Name); set != nil {
			c.whole(a, set)
		}
	}
}

// knownData reports names that the kind does not know.
func (c *checker) knownData(refs []Ref, kind *Kind, who string) {
	for _, ref := range refs {
		if kind.field(ref.Name) == nil && kind.set(ref.Name) == nil {
			c.reportFix("K301", ref.At, didYouMean(ref.Name, kind.dataNames()), "%s names %s, which the kind %s does not hold", who, quoted(ref.Name), kind.Name)
		}
	}
}

// doubles reports fields that a list names twice, alone or in a set.
func (c *checker) doubles(refs []Ref, kind *Kind, list string) {
	seen := map[string]string{}
	for _, ref := range refs {
		for _, f := range kind.fieldsOf([]Ref{ref}) {
			if before, twice := seen[f]; twice {
				c.report("K302", ref.At, "%s holds %s twice: in %s and in %s", list, f, before, ref.Name)
				break
			}
			seen[f] = ref.Name
		}
	}
}

// whole checks that the fields of a set end together.
func (c *checker) whole(a *Activity, set *Set) {
	for _, f := range set.Fields[1:] {
		first, other := a.RulesFor(set.Fields[0]), a.RulesFor(f)
		if !slices.Equal(first, other) {
			at := a.keys.of("retention", a.At)
			for _, r := range append(first, other...) {
				if slices.Contains(first, r) != slices.Contains(other, r) {
					at = r.At
					break
				}
			}
			c.report("K311", at, "%s belongs together, but %s and %s end by different rules", set.Name, set.Fields[0], f)
			return
		}
	}
}

// deliveries checks who gets which fields of an entry.
func (c *checker) deliveries(a *Activity, kind *Kind) {
	for i := range a.Recipients {
		d := &a.Recipients[i]
		c.knownRecipient(d.Recipient, d.At, "activity "+a.Key)
		if len(d.Fields) == 0 && !d.broken {
			c.report("K411", d.At, "activity %s gives %s no field", a.Key, d.Recipient)
		}
		if kind == nil {
			continue
		}
		hosts := c.hosts(d.Recipient)
		switch {
		case !hosts && !kind.Delivers && !kind.External:
			c.report("K410", d.At, "the kind %s gives nothing to anybody, so %s gets nothing", a.Kind, d.Recipient)
		case !hosts && d.whole:
			c.report("K423", d.At, "activity %s gives %s all its data, and %[2]s hosts nothing", a.Key, d.Recipient)
		}
		c.knownData(d.Fields, kind, "activity "+a.Key)
		for _, ref := range d.Fields {
			for _, f := range kind.fieldsOf([]Ref{ref}) {
				if !a.Has(f) {
					c.report("K409", ref.At, "%s is to get %s, which activity %s does not hold", d.Recipient, f, a.Key)
				}
			}
		}
		if !a.restsOn(Consent) {
			c.consentTransfer(d.Recipient, d.At, "activity "+a.Key)
		}
	}
	c.forwards(a, kind)
}

// hosts reports whether a recipient is one on whose machines data lies. Of one
// that is not declared nothing else is said.
func (c *checker) hosts(key string) bool {
	r := c.p.Recipient(key)
	return r != nil && r.Role == Hosting
}

// forwards checks that what an entry forwards has a receiver with fields and a
// host.
func (c *checker) forwards(a *Activity, kind *Kind) {
	if kind == nil {
		return
	}
	for _, spec := range kind.Settings {
		for _, f := range a.Settings.Forwards(spec.Name) {
			named := slices.ContainsFunc(a.Recipients, func(d Delivery) bool { return d.Recipient == f.Recipient })
			if !named {
				c.report("K416", f.At, "activity %s forwards to %s and names no field that %[2]s may have", a.Key, f.Recipient)
				continue
			}
			if r := c.p.Recipient(f.Recipient); r != nil && len(r.Hosts) == 0 && !c.hasServiceHost(r.Key) {
				c.report("K419", f.At, "activity %s forwards to %s, for which no host is declared", a.Key, r.Key)
			}
		}
	}
}

func (c *checker) hasServiceHost(recipient string) bool {
	return slices.ContainsFunc(c.p.Services, func(s Service) bool { return s.Recipient == recipient && len(s.Hosts) > 0 })
}
