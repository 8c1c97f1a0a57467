package retain

import (
	"slices"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
)

// voice says what people are told, in their language.
type voice struct {
	lang       string
	controller policy.Controller
	zone       *time.Location // in which the controller counts days
}

// voice speaks a language for who is in charge now.
func (s *Sweeper) voice(lang string) voice {
	p := s.Policy()
	return voice{i18n.Match(lang, i18n.Languages()), p.Controller, p.Zone()}
}

// day writes a day as the controller counts it.
func (v voice) day(t time.Time) string { return i18n.DateIn(t, v.zone, v.lang) }

func (v voice) t(key string, args ...any) string { return i18n.T(v.lang, "retain."+key, args...) }

// letter words the announcement of what counts from one time about one person.
func (s *Sweeper) letter(some []warning, r Reach, now time.Time) mail.Message {
	v := s.voice(r.Lang)
	first := some[0]
	parts := []string{v.t("told.greeting")}
	if first.term.Notify.Of != "" {
		parts = append(parts, v.occasion(first, now))
	}
	parts = append(parts, v.ends(some)...)
	if stays := v.stays(some); stays != "" {
		parts = append(parts, stays)
	}
	parts = append(parts, v.ways(r)...)
	parts = append(parts, v.controller.Name)
	m := v.message(first, v.t("told.title", v.day(soonest(some))), parts)
	m.Why = v.t("told.why", first.term.Notify.Before.In(v.lang))
	return m
}

// message is a mail about what ends, which leaves although the person objected to
// mails: it is owed to them.
func (v voice) message(about warning, title string, parts []string) mail.Message {
	m := mail.Message{
		Activity: about.cover.activity.Key, Subject: about.subject, Lang: v.lang, Owed: true,
		Title: title, Text: strings.Join(parts, "\n\n"), Stop: v.t("told.stop"),
		Thread: "told/" + about.subject,
	}
	if v.controller.Email != "" {
		m.ReplyTo = mail.Address{Name: v.controller.Name, Mail: v.controller.Email}
	}
	return m
}

// occasion says what the announcement counts back from: a trial that expires.
func (v voice) occasion(w warning, now time.Time) string {
	key := "told.comes"
	if !w.counted.After(now) {
		key = "told.came"
	}
	return v.t(key, i18n.Begins(v.moment(w)), v.day(w.counted))
}

func (v voice) moment(w warning) string {
	kind := &w.cover.manifest.Kind
	name := countedOf(w.term.Rule)
	i := slices.IndexFunc(kind.Moments, func(m policy.Moment) bool { return m.Name == name })
	return kind.Moments[i].Title.In(v.lang)
}

// ends says, by the day and what happens on it, what ends: one line for each entry
// of the policy.
func (v voice) ends(some []warning) (parts []string) {
	type what struct {
		on     string
		action policy.Action
	}
	lines := map[what][]string{}
	var order []what
	for _, w := range some {
		k := what{v.day(w.term.over(w.from)), w.term.Then}
		line := "- " + v.entry(w) + ": " + v.data(w)
		if lines[k] == nil {
			order = append(order, k)
		}
		if !slices.Contains(lines[k], line) {
			lines[k] = append(lines[k], line)
		}
	}
	for _, k := range order {
		parts = append(parts, v.t("told."+string(k.action), k.on)+"\n"+strings.Join(lines[k], "\n"))
	}
	return parts
}

// soonest is when the first of it ends.
func soonest(some []warning) (first time.Time) {
	for _, w := range some {
		if end := w.term.over(w.from); first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

func (v voice) entry(w warning) string {
	if title := w.cover.activity.Title.In(v.lang); title != "" {
		return title
	}
	return w.cover.manifest.Kind.Title.In(v.lang)
}

// data names what the rule ends.
func (v voice) data(w warning) string {
	if len(w.term.Data) > 0 {
		return v.names(w, w.term.Rule)
	}
	for _, t := range w.cover.terms {
		if len(t.Data) > 0 {
			return v.t("told.rest")
		}
	}
	return v.t("told.all")
}

func (v voice) names(w warning, r *policy.Rule) string {
	kind := &w.cover.manifest.Kind
	var names []string
	for _, ref := range r.Data {
		title := ref.Name
		if i := slices.IndexFunc(kind.Sets, func(s policy.Set) bool { return s.Name == ref.Name }); i >= 0 {
			title = kind.Sets[i].Title.In(v.lang)
		} else if i := slices.IndexFunc(kind.Fields, func(f policy.Field) bool { return f.Name == ref.Name }); i >= 0 {
			title = kind.Fields[i].Title.In(v.lang)
		}
		names = append(names, title)
	}
	return strings.Join(names, ", ")
}

// stays says what is kept longer, and why if the policy says it.
func (v voice) stays(some []warning) string {
	var lines []string
	for _, w := range some {
		for _, t := range w.cover.all {
			if t.Then != policy.Delete || len(t.Data) == 0 || !t.Keep.Longer(w.term.Keep) {
				continue
			}
			line := v.t("told.kept", v.names(w, t.Rule), t.Keep.In(v.lang))
			if reason := t.Reason.In(v.lang); reason != "" {
				line += " (" + reason + ")"
			}
			if !slices.Contains(lines, "- "+line) {
				lines = append(lines, "- "+line)
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return v.t("told.stays") + "\n" + strings.Join(lines, "\n")
}

// ways says how the end can be prevented, and how it can be had at once.
func (v voice) ways(r Reach) (parts []string) {
	if r.Prevent != "" {
		parts = append(parts, v.t("told.prevent")+"\n"+r.Prevent)
	}
	if r.Hasten != "" {
		return append(parts, v.t("told.hasten")+"\n"+r.Hasten)
	}
	return append(parts, v.t("told.write", v.controller.Email))
}
