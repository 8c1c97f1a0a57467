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
	w := &agreement{o.env.Policy(), lang}
	on := w.ordered()
	if len(on) == 0 {
		return nil
	}
	d := &Document{Kind: kindAgreement, Version: w.p.Notice.Version, Lang: lang, Title: w.t("title")}
	d.add(w.t("parties"), w.t("parties.text", w.party()))
	d.add(w.t("subject"), append([]string{w.t("subject.text")}, w.each(on, w.subject)...)...)
	d.add(w.t("data"), w.each(on, w.data)...)
	d.add(w.t("people"), w.each(on, w.people)...)
	d.add(w.t("duties"), w.points("duties", "instructions", "confidential", "security", "rights", "help", "breach", "proof", "unlawful")...)
	d.add(w.t("sub"), append([]string{w.t("sub.text")}, w.sub(on)...)...)
	d.add(w.t("measures"), append([]string{w.t("measures.text")}, w.measures()...)...)
	d.add(w.t("end"), append([]string{w.t("end.text")}, w.each(on, w.periods)...)...)
	d.add(w.t("customer"), w.t("customer.text"))
	d.add(w.t("form"), w.t("form.text", w.p.Notice.Version))
	return d.seal()
}

// agreement is one that is being worded.
type agreement struct {
	p    *policy.Policy
	lang string
}

func (w *agreement) t(key string, args ...any) string {
	return i18n.T(w.lang, "subscription.agreement."+key, args...)
}

// ordered are the activities that are done on behalf of customers.
func (w *agreement) ordered() (on []*policy.Activity) {
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.OnBehalfOf) > 0 {
			on = append(on, a)
		}
	}
	return on
}

// party is the controller of the policy, here the processor.
func (w *agreement) party() string {
	c := w.p.Controller
	text := strings.Join(someOf(c.Name, c.Address, c.Email, c.Phone), ", ")
	if c.Officer != nil {
		text += ". " + w.t("officer", strings.Join(someOf(c.Officer.Name, c.Officer.Email), ", "))
	}
	return text
}

func (w *agreement) each(on []*policy.Activity, say func(*policy.Activity) string) (lines []string) {
	for _, a := range on {
		if s := say(a); s != "" {
			lines = append(lines, "- "+w.title(a)+": "+s)
		}
	}
	return lines
}

func (w *agreement) title(a *policy.Activity) string {
	return or(a.Title.In(w.lang), a.Words().Title.In(w.lang))
}

func (w *agreement) subject(a *policy.Activity) string { return a.Words().About.In(w.lang) }

func (w *agreement) data(a *policy.Activity) string {
	var names []string
	for _, f := range a.Fields() {
		names = append(names, w.field(a, f))
	}
	return strings.Join(names, ", ")
}

func (w *agreement) field(a *policy.Activity, name string) string {
	k := a.Words()
	if i := slices.IndexFunc(k.Fields, func(f policy.Field) bool { return f.Name == name }); i >= 0 {
		return k.Fields[i].Title.In(w.lang)
	}
	return name
}

func (w *agreement) people(a *policy.Activity) string {
	keys := a.People
	if len(keys) == 0 {
		keys = a.Words().People
	}
	var names []string
	for _, key := range keys {
		if term, ok := taxonomy.Subject(key); ok {
			names = append(names, term.In(w.lang))
		}
	}
	return strings.Join(names, ", ")
}

func (w *agreement) points(section string, keys ...string) (lines []string) {
	for _, k := range keys {
		lines = append(lines, "- "+w.t(section+"."+k))
	}
	return lines
}

// sub are the further processors that get data of these activities: name, address,
// what for, and what protects a transfer.
func (w *agreement) sub(on []*policy.Activity) (lines []string) {
	for i := range w.p.Recipients {
		r := &w.p.Recipients[i]
		gets := func(a *policy.Activity) bool {
			return slices.ContainsFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == r.Key })
		}
		if !r.Role.OnOrder() || !slices.ContainsFunc(on, gets) {
			continue
		}
		line := "- " + strings.Join(someOf(r.Name, r.Address, i18n.Country(r.Country, w.lang), r.Category.In(w.lang)), ", ")
		for _, t := range r.Transfers {
			line += "; " + w.t("transfer", i18n.Country(t.To, w.lang), w.t("safeguard."+t.Safeguard))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return []string{w.t("sub.none")}
	}
	return lines
}

func (w *agreement) measures() (lines []string) {
	for _, m := range w.p.Measures {
		lines = append(lines, "- "+m.Title.In(w.lang))
	}
	return lines
}

// periods says when what ends.
func (w *agreement) periods(a *policy.Activity) string {
	var parts []string
	for i := range a.Retention {
		r := &a.Retention[i]
		if r.Then != policy.Delete {
			continue
		}
		what := w.t("all")
		if len(r.Data) > 0 {
			var names []string
			for _, f := range r.Fields(a) {
				names = append(names, w.field(a, f))
			}
			what = strings.Join(names, ", ")
		}
		when := w.t("at-once")
		if !r.Keep.IsZero() {
			when = r.Keep.In(w.lang)
		}
		parts = append(parts, w.t("period", what, when, w.moment(a, r.From)))
	}
	return strings.Join(parts, "; ")
}

func (w *agreement) moment(a *policy.Activity, name string) string {
	k := a.Words()
	if i := slices.IndexFunc(k.Moments, func(m policy.Moment) bool { return m.Name == name }); i >= 0 {
		return k.Moments[i].Title.In(w.lang)
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
