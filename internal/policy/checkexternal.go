package policy

import (
	"slices"

	"kept/internal/policy/taxonomy"
)

// thirdParty is the source of a field that neither the person nor its device gives.
const thirdParty = "third-party"

// external checks what an entry brings itself: what is done in another system
// describes its data and moments, what Kept performs has them from its kind.
func (c *checker) external(a *Activity, kind *Kind) {
	c.origin(a, kind)
	if !kind.External {
		for _, key := range []string{"dataset", "moments"} {
			if a.keys.has(key) {
				c.report("K319", a.keys[key], "activity %s is performed by Kept itself and takes no %s", a.Key, key)
			}
		}
		for _, f := range a.Described {
			c.report("K319", a.keys["described/"+f.Name], "activity %s is performed by Kept itself and takes its data by name: %s has its meaning from the kind", a.Key, f.Name)
		}
		return
	}
	for _, ref := range a.Data {
		c.category(a, ref)
	}
	for _, m := range a.Moments {
		if !a.countsFrom(m.Name) && !a.keys.broken("retention") {
			c.report("K323", a.keys["moments/"+m.Name], "no rule of activity %s counts from %s", a.Key, m.Name)
		}
	}
}

// origin finds data that others send, of an entry that names none of them. What is
// done for a customer is told by the customer.
func (c *checker) origin(a *Activity, kind *Kind) {
	if len(a.Origin) > 0 || len(a.OnBehalfOf) > 0 || a.keys.has("origin") || a.keys.has("on_behalf_of") {
		return
	}
	if kind.External {
		for _, f := range a.Described {
			if f.Source == thirdParty {
				c.unknownOrigin(a, a.keys["described/"+f.Name], f.Name)
			}
		}
		return
	}
	for _, name := range a.order {
		if f := kind.field(name); f.Source == thirdParty {
			c.unknownOrigin(a, a.keys.of("data", a.At), name)
			return // one origin answers for all fields
		}
	}
}

func (c *checker) unknownOrigin(a *Activity, at Pos, field string) {
	c.report("K324", at, "activity %s has %s from somebody else and does not say from whom", a.Key, field)
}

// category reports data of another system that is no data category.
func (c *checker) category(a *Activity, ref Ref) {
	f, known := a.externalField(ref.Name)
	if !known && f.Category != "" {
		c.reportFix("K321", ref.At, didYouMean(f.Category, taxonomy.Keys(taxonomy.Categories())), "activity %s names the unknown data category %s", a.Key, quoted(f.Category))
	}
}

func (a *Activity) countsFrom(moment string) bool {
	return slices.ContainsFunc(a.Retention, func(r Rule) bool { return r.From == moment || r.Unless == moment })
}

// people checks whom an entry says that its data is about.
func (c *checker) people(a *Activity) {
	for _, key := range a.People {
		if _, known := taxonomy.Subject(key); !known && a.keys.has("people") {
			c.reportFix("K322", a.keys.of("people/"+key, a.At), didYouMean(key, taxonomy.Keys(taxonomy.Subjects())), "activity %s is about %s, which is no group of people of the taxonomy", a.Key, quoted(key))
		}
	}
}

// needs finds fields that are held only with a setting which is not there.
func (c *checker) needs(a *Activity, kind *Kind) {
	missing := map[string][]string{}
	for _, name := range a.order {
		if f := kind.field(name); f != nil && f.Needs != "" && !a.keys.broken("settings") && a.Settings[f.Needs] == nil {
			missing[f.Needs] = append(missing[f.Needs], name)
		}
	}
	for setting, fields := range missing {
		c.reportFix("K325", a.keys.of("data", a.At), "add "+setting+" to settings, or remove the fields", "activity %s holds %s without the setting %s", a.Key, named(fields), setting)
	}
}
