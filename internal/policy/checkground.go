package policy

import (
	"slices"
	"strings"

	"kept/internal/policy/rules"
	"kept/internal/policy/taxonomy"
)

// restsOn reports whether an entry, or a part of it, rests on one of bases.
func (a *Activity) restsOn(bases ...Basis) bool {
	return slices.Contains(bases, a.Basis) || slices.ContainsFunc(a.Also, func(g Ground) bool { return slices.Contains(bases, g.Basis) })
}

// named are fields as findings name them.
func named(fields []string) string { return strings.Join(fields, ", ") }

// fieldsBelow returns the fields of an entry that lie below a data category.
func (a *Activity) fieldsBelow(categories ...string) []string {
	return a.fieldsOf(func(category string) bool {
		return slices.ContainsFunc(categories, func(c string) bool { return rules.Below(category, c) })
	})
}

// protected returns the fields of an entry that one of articles protects more
// than others.
func (a *Activity) protected(articles ...taxonomy.Special) []string {
	return a.fieldsOf(func(category string) bool { return slices.Contains(articles, taxonomy.SpecialOf(category)) })
}

// fieldsOf returns the fields of an entry whose data category is one of those
// that is says.
func (a *Activity) fieldsOf(is func(category string) bool) []string {
	var found []string
	for _, name := range a.order {
		if f := a.Words().field(name); f != nil && is(f.Category) {
			found = append(found, name)
		}
	}
	return found
}

// grounds checks the legal bases of an entry against what it does.
func (c *checker) grounds(a *Activity) {
	for i := range a.Also {
		c.furtherGround(a, &a.Also[i])
	}
	if len(a.OnBehalfOf) > 0 && a.Group != "" {
		c.report("K221", a.keys.of("group", a.At), "activity %s is done for somebody else and has the consent group %s", a.Key, a.Group)
	}
	if a.Basis == "" {
		return // missing, or that of the customer for whom it is done
	}
	at := a.keys.of("basis", a.At)
	if special := a.protected(taxonomy.Article9); len(special) > 0 && !a.restsOn(Consent, LegalObligation, VitalInterests, PublicTask) {
		c.report("K216", at, "activity %s holds %s on the basis %s, which cannot carry special categories of data", a.Key, named(special), a.Basis)
	}
	if criminal := a.protected(taxonomy.Article10); len(criminal) > 0 && !a.restsOn(LegalObligation, PublicTask) {
		c.report("K217", at, "activity %s holds %s, and no law is named that allows it", a.Key, named(criminal))
	}
	c.advertising(a, at)
	if r := a.Provision.Required; a.Basis == Consent && (r == "statute" || r == "contract") {
		c.report("K226", a.keys.of("provision", a.At), "activity %s rests on consent and says that its data must be given (%s)", a.Key, r)
	}
}

// furtherGround checks that a ground beside the first has what it asks for.
func (c *checker) furtherGround(a *Activity, g *Ground) {
	at := g.keys.of("basis", g.At)
	switch {
	case g.Basis == LegitimateInterests && len(g.Interest) == 0 && !g.keys.has("interest"):
		c.report("K204", at, "a part of activity %s rests on legitimate interests and names none", a.Key)
	case g.Basis == LegalObligation && g.Law == "" && !g.keys.has("law"):
		c.report("K205", at, "a part of activity %s rests on a legal obligation and names no law", a.Key)
	case g.Basis != "" && g.Basis != LegitimateInterests && g.keys.has("interest"):
		c.report("K212", g.keys["interest"], "a part of activity %s names an interest but rests on %s", a.Key, g.Basis)
	case g.Basis != "" && !g.Basis.byLaw() && g.keys.has("law"):
		c.report("K212", g.keys["law"], "a part of activity %s names a law but rests on %s", a.Key, g.Basis)
	}
}

// byLaw reports whether a law stands behind the basis (Art. 6(3) GDPR).
func (b Basis) byLaw() bool { return b == LegalObligation || b == PublicTask }

// advertising checks what the law on unfair competition asks of mails, and what
// a contract cannot carry.
func (c *checker) advertising(a *Activity, at Pos) {
	mail := rules.Below(a.Purpose, "marketing.communications.email") || rules.Below(a.Purpose, "marketing.communications.sms")
	existing := a.Basis == LegitimateInterests && (a.Kind == External || a.Settings.Bool("existing_customers"))
	switch {
	case mail && !a.restsOn(Consent) && !existing:
		c.report("K218", at, "activity %s advertises by mail on the basis %s", a.Key, a.Basis)
	case rules.Below(a.Purpose, "marketing.advertising") && a.Basis == Contract:
		c.report("K229", at, "activity %s advertises on the basis of a contract", a.Key)
	}
}

// consentOfSettings checks what settings switch on that the law lets run with a
// consent alone, and what lets a consent be proven.
func (c *checker) consentOfSettings(a *Activity, kind *Kind) {
	for _, spec := range kind.Settings {
		at := a.keys.of("settings", a.At)
		if spec.Consent && a.Basis != "" && a.switches(spec) && !a.restsOn(Consent) {
			c.report("K220", at, "activity %s sets %s, for which people must consent, and rests on %s", a.Key, spec.Name, a.Basis)
		}
		if spec.Proof && a.restsOn(Consent) && !a.Settings.Bool(spec.Name) {
			c.report("K219", at, "activity %s sets %s to false, so whoever owns the address has not been seen to consent", a.Key, spec.Name)
		}
	}
}

// switches reports whether an entry makes use of a setting.
func (a *Activity) switches(spec SettingSpec) bool {
	switch v := a.Settings[spec.Name].(type) {
	case nil:
		return false
	case bool:
		return v
	case map[string]bool:
		for _, on := range v {
			if on {
				return true
			}
		}
		return false
	case Settings:
		return len(v) > 0
	}
	return true
}
