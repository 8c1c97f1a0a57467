package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kept/internal/policy/rules"
)

// basis checks that an entry has what its legal basis asks for.
func (c *checker) basis(a *Activity, kind *Kind) {
	at := a.keys.of("basis", a.At)
	switch a.Basis {
	case LegitimateInterests:
		if len(a.Interest) == 0 && !a.keys.has("interest") {
			c.report("K204", at, "activity %s rests on legitimate interests and names none", a.Key)
		}
	case LegalObligation:
		if a.Law == "" && !a.keys.has("law") {
			c.report("K205", at, "activity %s rests on a legal obligation and names no law", a.Key)
		}
	}
	if _, exempt := c.exempt(a); kind != nil && a.Basis != "" && len(kind.OnlyBases) > 0 && !slices.Contains(kind.OnlyBases, a.Basis) && !(exempt && kind.Exempt) {
		c.reportFix("K206", at, "one of: "+joined(kind.OnlyBases), "activity %s cannot run on the basis %s", a.Key, a.Basis)
	}
	if a.Basis != "" && a.Basis != LegitimateInterests && a.keys.has("interest") {
		c.report("K212", a.keys["interest"], "activity %s names an interest but rests on %s", a.Key, a.Basis)
	}
	if a.Basis != "" && !a.Basis.byLaw() && a.keys.has("law") {
		c.report("K212", a.keys["law"], "activity %s names a law but rests on %s", a.Key, a.Basis)
	}
	if a.Explicit && a.Basis != Consent {
		c.report("K212", a.keys.of("explicit", a.At), "activity %s asks for express consent but rests on %s", a.Key, cmp.Or(string(a.Basis), "none"))
	}
	if a.Provision.Required != "" && len(a.Provision.Consequence) == 0 {
		c.report("K608", a.keys.of("provision", a.At), "activity %s says that its data must be given, not what follows if it is not", a.Key)
	}
	if kind != nil {
		c.knownData(a.Provision.Data, kind, "the provision of activity "+a.Key)
		c.heldData(a, a.Provision.Data, kind, "the provision names")
	}
}

// consentKeys checks the keys that only a consent gives a meaning.
func (c *checker) consentKeys(a *Activity, kind *Kind) {
	if a.Basis != Consent {
		if a.Basis != "" && a.Group != "" {
			c.report("K209", a.keys.of("group", a.At), "activity %s has the group %s but rests on %s", a.Key, quoted(a.Group), a.Basis)
		}
		if a.Basis != "" && a.keys.has("on_withdrawal") {
			c.report("K210", a.keys["on_withdrawal"], "activity %s says what a withdrawal does but rests on %s", a.Key, a.Basis)
		}
		return
	}
	if a.OnWithdrawal == Anonymise && kind != nil && !kind.Anonymises {
		c.report("K211", a.keys.of("on_withdrawal", a.At), "the kind %s cannot anonymise, so a withdrawal has to delete", a.Kind)
	}
	switch {
	case len(a.Cookies) == 0 && (kind != nil && kind.External && a.Group == "" || len(a.OnBehalfOf) > 0):
		// asked for where the other system, or the customer, takes the data
	case kind != nil && kind.Asks:
		if a.Group != "" {
			c.reportFix("K209", a.keys.of("group", a.At), "remove group", "activity %s asks for consent where its data is given, not in the banner by the group %s", a.Key, quoted(a.Group))
		}
	case a.Group == "" && !a.keys.has("group"):
		c.report("K201", a.keys.of("basis", a.At), "activity %s rests on consent and belongs to no group", a.Key)
	case a.Group == Essential:
		c.report("K202", a.keys["group"], "activity %s rests on consent, and %s cannot be refused or withdrawn", a.Key, Essential)
	case a.Group != "":
		c.knownGroup(a.Group, a.keys.of("group", a.At), "activity "+a.Key)
	}
}

func (c *checker) knownGroup(group string, at Pos, who string) {
	if known := c.p.groupKeys(); !slices.Contains(known, group) && !c.partial {
		c.reportFix("K203", at, didYouMean(group, known), "%s belongs to the unknown group %s", who, quoted(group))
	}
}

// groups checks the groups that the file declares.
func (c *checker) groups() {
	used := c.p.usedGroups()
	for i := range c.p.Groups {
		g := &c.p.Groups[i]
		if g.keys == nil {
			continue // a standard group
		}
		if g.Key == Essential {
			c.report("K213", g.At, "%s is no group that a visitor could refuse", Essential)
		} else if !used[g.Key] && !c.partial {
			c.report("K214", g.At, "no entry belongs to the group %s", g.Key)
		}
	}
	for i := range c.p.Services {
		s := &c.p.Services[i]
		if c.p.Group(s.Key) != nil || s.Key == Essential {
			c.report("K215", s.At, "%s is the name of a service and of a group", s.Key)
		}
	}
}

// activityCookies checks the terminal storage of an activity.
func (c *checker) activityCookies(a *Activity, kind *Kind) {
	_, exempt := c.exempt(a)
	allowed := exempt || rules.Below(a.Purpose, Essential)
	for i := range a.Cookies {
		cookie := &a.Cookies[i]
		switch {
		case allowed || a.Basis == Consent:
		case a.Basis != "":
			c.report("K207", cookie.At, "activity %s stores %s in the browser on the basis %s", a.Key, quoted(cookie.Name), a.Basis)
		case len(a.OnBehalfOf) > 0:
			c.report("K207", cookie.At, "activity %s stores %s in the browser for somebody else, and nobody is asked", a.Key, quoted(cookie.Name))
		}
		c.cookie(cookie, "activity "+a.Key)
	}
	if kind == nil {
		return
	}
	for _, name := range kind.Cookies {
		if !a.keys.broken("cookies") && !slices.ContainsFunc(a.Cookies, func(x Cookie) bool { return x.MatchesCookie(name) }) {
			c.reportFix("K506", a.keys.of("cookies", a.At), "add {name: "+name+", lifetime: …} to the cookies of "+a.Key,
				"the kind %s stores %s in the browser, and activity %s does not declare it", a.Kind, name, a.Key)
		}
	}
}

func joined[W ~string](words []W) string {
	var s []string
	for _, w := range words {
		s = append(s, fmt.Sprint(w))
	}
	return strings.Join(s, ", ")
}
