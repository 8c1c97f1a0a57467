package notice

import (
	"slices"
	"strings"

	"kept/internal/policy"
)

// overview answers what, when and why in one table, for each activity and each
// service (Art. 12(1): concise, easily accessible).
func (w *writer) overview() Section {
	s := w.section(2, "overview")
	t := &Table{Head: []string{w.t("overview.what"), w.t("overview.data"), w.t("overview.when"), w.t("overview.why")}}
	own, service := w.activityRows()
	t.Rows = slices.Concat(own, w.serviceRows(), service)
	s.table(t)
	return s
}

// activityRows are the rows of what the policy itself declares, and of what Kept
// does beside it to serve that.
func (w *writer) activityRows() (own, service [][]Para) {
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		why := w.purpose(a) + " · " + w.grounds(a)
		if len(a.OnBehalfOf) > 0 {
			why = w.purpose(a) + " · " + w.t("overview.behalf", unstopped(a.OnBehalfOf.In(w.lang)))
		}
		row := []Para{link(w.title(a), "#"+activityID(a)), say(w.brief(a, a.Data)), say(strings.Join(w.when(a, true), "; ")), say(why)}
		if a.Words().BuiltIn {
			service = append(service, row)
		} else {
			own = append(own, row)
		}
	}
	return own, service
}

func (w *writer) serviceRows() (rows [][]Para) {
	for i := range w.p.Services {
		x := &w.p.Services[i]
		rows = append(rows, []Para{link(w.service(x), "#services"), say(w.loaded(x)), say(w.whenLoaded(x)), say(w.whyLoaded(x))})
	}
	return rows
}

// brief names data, of sets the name alone: what is in them stands in the
// activity's own part.
func (w *writer) brief(a *policy.Activity, refs []policy.Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = w.datum(a.Words(), r.Name)
		for _, s := range a.Words().Sets {
			if s.Name == r.Name {
				names[i] = or(s.Title.In(w.lang), names[i])
			}
		}
	}
	return strings.Join(names, ", ")
}

// when says at which moment data is collected: as the kind and its fields say
// it, else as their sources tell. In brief, the moments alone.
func (w *writer) when(a *policy.Activity, brief bool) (says []string) {
	add := func(text string) {
		if text != "" && !slices.Contains(says, text) {
			says = append(says, text)
		}
	}
	if a.Basis == policy.Consent && len(a.OnBehalfOf) == 0 && !restsElsewhere(a) {
		add(w.t("when.consent"))
	}
	add(unstopped(a.Words().When.In(w.lang)))
	moments, fields := w.whenApart(a)
	if len(a.Words().When) == 0 && len(moments) == 0 {
		for _, source := range w.sourcesOf(a) {
			add(w.whenSource(a, source, len(says) == 0))
		}
	}
	for _, at := range moments {
		if brief {
			add(at)
		} else {
			add(w.t("when.apart", strings.Join(fields[at], ", "), at))
		}
	}
	return says
}

// whenApart returns the moments at which single fields are collected, in their
// order, and the fields of each.
func (w *writer) whenApart(a *policy.Activity) (moments []string, fields map[string][]string) {
	fields = map[string][]string{}
	for _, f := range a.Words().Fields {
		if at := unstopped(f.When.In(w.lang)); at != "" && a.Has(f.Name) {
			if fields[at] == nil {
				moments = append(moments, at)
			}
			fields[at] = append(fields[at], or(f.Title.In(w.lang), spoken(f.Name)))
		}
	}
	return moments, fields
}

// whenSource says when data from a source comes. What is derived comes about
// along with the rest.
func (w *writer) whenSource(a *policy.Activity, source string, alone bool) string {
	switch {
	case source == "derived" && !alone:
		return ""
	case source == "device" && a.Words().External:
		return w.t("when.use")
	}
	return w.t("when." + source)
}

func (w *writer) whenLoaded(s *policy.Service) string {
	if s.NeedsConsent() {
		return w.t("when.consent") + "; " + w.t("when.loaded")
	}
	return w.t("when.loaded")
}

// whyLoaded is what a service is for, and why it may load.
func (w *writer) whyLoaded(s *policy.Service) string {
	if !s.NeedsConsent() {
		return strings.Join(present(unstopped(s.Reason.In(w.lang)), w.t("group.necessary")), " · ")
	}
	var about string
	if g := w.p.Group(s.Group); g != nil {
		about = unstopped(g.About.In(w.lang))
	}
	return strings.Join(present(or(about, w.group(s.Group)), w.basisName(policy.Consent)), " · ")
}

// present drops what is empty.
func present(words ...string) []string {
	return slices.DeleteFunc(words, func(s string) bool { return s == "" })
}
