package subscription

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// Agreement words, from the policy in force, the agreement under which the controller
// processes data for a customer (Art. 28(3) GDPR). It names no customer: whoever agrees
// to it is the other party. Nil if the policy does nothing on behalf of customers.
func (o *Office) Agreement(lang string) *Document {
	g := &agreement{o.env.Policy(), lang}
	on := g.ordered()
	if len(on) == 0 {
		return nil
	}
	d := &Document{Kind: kindAgreement, Version: g.p.Notice.Version, Lang: lang, Title: g.t("title")}
	d.add(g.t("parties"), g.t("parties.text", g.party()))
	d.add(g.t("subject"), append([]string{g.t("subject.text")}, g.each(on, g.subject)...)...)
	d.add(g.t("data"), g.each(on, g.data)...)
	d.add(g.t("people"), g.each(on, g.people)...)
	d.add(g.t("duties"), g.points("duties", "instructions", "confidential", "security", "rights", "help", "breach", "proof", "unlawful")...)
	d.add(g.t("sub"), append([]string{g.t("sub.text")}, g.sub(on)...)...)
	d.add(g.t("measures"), append([]string{g.t("measures.text")}, g.measures()...)...)
	d.add(g.t("end"), append([]string{g.t("end.text")}, g.each(on, g.periods)...)...)
	d.add(g.t("customer"), g.t("customer.text"))
	d.add(g.t("form"), g.t("form.text", g.p.Notice.Version))
	return d.seal()
}

// agreement is one that is being worded.
type agreement struct {
	p    *policy.Policy
	lang string
}

func (g *agreement) t(key string, args ...any) string {
	return i18n.T(g.lang, "subscription.agreement."+key, args...)
}

// ordered are the activities that are done on behalf of customers.
func (g *agreement) ordered() (on []*policy.Activity) {
	for i := range g.p.Activities {
		if a := &g.p.Activities[i]; len(a.OnBehalfOf) > 0 {
			on = append(on, a)
		}
	}
	return on
}

// party is the controller of the policy, here the processor.
func (g *agreement) party() string {
	c := g.p.Controller
	text := strings.Join(someOf(c.Name, c.Address, c.Email, c.Phone), ", ")
	if c.Officer != nil {
		text += ". " + g.t("officer", strings.Join(someOf(c.Officer.Name, c.Officer.Email), ", "))
	}
	return text
}

func (g *agreement) each(on []*policy.Activity, say func(*policy.Activity) string) (lines []string) {
	for _, a := range on {
		if s := say(a); s != "" {
			lines = append(lines, "- "+g.title(a)+": "+s)
		}
	}
	return lines
}

func (g *agreement) title(a *policy.Activity) string {
	return or(a.Title.In(g.lang), a.Words().Title.In(g.lang))
}

func (g *agreement) subject(a *policy.Activity) string { return a.Words().About.In(g.lang) }

func (g *agreement) data(a *policy.Activity) string {
	var names []string
	for _, f := range a.Fields() {
		names = append(names, g.field(a, f))
	}
	return strings.Join(names, ", ")
}

func (g *agreement) field(a *policy.Activity, name string) string {
	k := a.Words()
	if i := slices.IndexFunc(k.Fields, func(f policy.Field) bool { return f.Name == name }); i >= 0 {
		return k.Fields[i].Title.In(g.lang)
	}
	return name
}

func (g *agreement) people(a *policy.Activity) string {
	keys := a.People
	if len(keys) == 0 {
		keys = a.Words().People
	}
	var names []string
	for _, key := range keys {
		if term, ok := taxonomy.Subject(key); ok {
			names = append(names, term.In(g.lang))
		}
	}
	return strings.Join(names, ", ")
}

func (g *agreement) points(section string, keys ...string) (lines []string) {
	for _, k := range keys {
		lines = append(lines, "- "+g.t(section+"."+k))
	}
	return lines
}

// sub are the further processors that get data of these activities: name, address,
// what for, and what protects a transfer.
func (g *agreement) sub(on []*policy.Activity) (lines []string) {
	for i := range g.p.Recipients {
		r := &g.p.Recipients[i]
		gets := func(a *policy.Activity) bool {
			return slices.ContainsFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == r.Key })
		}
		if !r.Role.OnOrder() || !slices.ContainsFunc(on, gets) {
			continue
		}
		line := "- " + strings.Join(someOf(r.Name, r.Address, i18n.Country(r.Country, g.lang), r.Category.In(g.lang)), ", ")
		for _, t := range r.Transfers {
			line += "; " + g.t("transfer", i18n.Country(t.To, g.lang), g.t("safeguard."+t.Safeguard))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return []string{g.t("sub.none")}
	}
	return lines
}

func (g *agreement) measures() (lines []string) {
	for _, m := range g.p.Measures {
		lines = append(lines, "- "+m.Title.In(g.lang))
	}
	return lines
}

// periods says when what ends.
func (g *agreement) periods(a *policy.Activity) string {
	var parts []string
	for i := range a.Retention {
		r := &a.Retention[i]
		if r.Then != policy.Delete {
			continue
		}
		what := g.t("all")
		if len(r.Data) > 0 {
			var names []string
			for _, f := range r.Fields(a) {
				names = append(names, g.field(a, f))
			}
			what = strings.Join(names, ", ")
		}
		when := g.t("at-once")
		if !r.Keep.IsZero() {
			when = r.Keep.In(g.lang)
		}
		parts = append(parts, g.t("period", what, when, g.moment(a, r.From)))
	}
	return strings.Join(parts, "; ")
}

func (g *agreement) moment(a *policy.Activity, name string) string {
	k := a.Words()
	if i := slices.IndexFunc(k.Moments, func(m policy.Moment) bool { return m.Name == name }); i >= 0 {
		return k.Moments[i].Title.In(g.lang)
	}
	return name
}

func someOf(all ...string) (some []string) {
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
