package notice

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// retention is every rule in one table (Art. 13(2)(a)).
func (w *writer) retention() Section {
	s := w.section(2, "retention")
	t := &Table{Head: []string{w.t("retention.what"), w.t("retention.data"), w.t("retention.from"), w.t("retention.keep"), w.t("retention.then")}}
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		for j := range a.Retention {
			r := &a.Retention[j]
			t.Rows = append(t.Rows, []Para{
				link(w.title(a), "#"+activityID(a)), say(w.governed(a, r)), say(w.moment(a, r.From)), say(w.keep(r)), say(w.then(a, r)),
			})
		}
	}
	s.table(t)
	w.holds(&s)
	return s
}

// holds says what may suspend a period: the grounds that the policy names, else
// that there may be such.
func (w *writer) holds(s *Section) {
	if len(w.p.Holds) == 0 {
		s.para(say(w.t("retention.hold")))
		return
	}
	s.para(say(w.t("retention.holds")))
	var list []Para
	for _, h := range w.p.Holds {
		text := unstopped(h.Reason.In(w.lang))
		if h.Law != "" {
			text += " (" + i18n.Law(h.Law, w.lang) + ")"
		}
		if !h.Longest.IsZero() {
			text += ", " + w.t("retention.longest", h.Longest.In(w.lang))
		}
		list = append(list, say(text+"."))
	}
	s.list(list)
}

// governed names the data of a rule. One that names none is for everything that
// no other rule from the same moment names.
func (w *writer) governed(a *policy.Activity, r *policy.Rule) string {
	switch {
	case len(r.Data) > 0:
		return w.brief(a, r.Data)
	case len(r.Fields(a)) == len(a.Fields()):
		return w.t("retention.all")
	}
	return w.t("retention.rest")
}

// limit is how long a rule keeps data, and from when.
func (w *writer) limit(a *policy.Activity, r *policy.Rule) string {
	return w.t("retention.limit", w.keep(r), w.moment(a, r.From))
}

// keep is the length of a rule's period.
func (w *writer) keep(r *policy.Rule) string {
	length := r.Keep.In(w.lang)
	if r.Keep.IsZero() {
		length = w.t("retention.at-once")
	}
	if r.Until == policy.EndOfYear {
		length += ", " + w.t("retention.end-of-year")
	}
	return length
}

// then is what follows, with the rhythm, the exception, the notification and
// the reason where there are any.
func (w *writer) then(a *policy.Activity, r *policy.Rule) string {
	says := []string{w.t("then." + string(r.Then))}
	if !r.Every.IsZero() {
		says = append(says, w.t("retention.every", r.Every.Dative(w.lang)))
	}
	if r.Unless != "" {
		says = append(says, w.t("retention.unless", w.moment(a, r.Unless)))
	}
	if n := r.Notify; n != nil && n.Of == r.From {
		says = append(says, w.t("retention.notify-occasion", n.Before.In(w.lang)))
	} else if n != nil && n.Of != "" {
		says = append(says, w.t("retention.notify-of", n.Before.In(w.lang), w.moment(a, n.Of)))
	} else if n != nil {
		says = append(says, w.t("retention.notify", n.Before.In(w.lang)))
	}
	if reason := r.Reason.In(w.lang); reason != "" {
		says = append(says, w.t("retention.reason", unstopped(reason)))
	}
	return strings.Join(says, "; ")
}

// rules are an activity's rules as lines of its own part.
func (w *writer) rules(a *policy.Activity) []Para {
	var says []Para
	for i := range a.Retention {
		r := &a.Retention[i]
		key := "retention.line"
		if r.Keep.IsZero() {
			key = "retention.line-at-once"
		}
		says = append(says, say(w.t(key, w.governed(a, r), w.limit(a, r), w.then(a, r))))
	}
	return says
}
