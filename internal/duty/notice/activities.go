package notice

import (
	"strings"

	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

func activityID(a *policy.Activity) string { return "activity-" + a.Key }

// activities is a part for each entry of the policy that we answer for.
func (w *writer) activities() []Section {
	var parts []Section
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.OnBehalfOf) == 0 {
			parts = append(parts, w.activity(a))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	s := w.section(2, "activities")
	s.para(say(w.t("activities.about")))
	return append([]Section{s}, parts...)
}

// behalf is what is done for customers: there we are the processor (Art. 28),
// and the notice that binds is theirs. No section if nothing is.
func (w *writer) behalf() []Section {
	var parts []Section
	for i := range w.p.Activities {
		if a := &w.p.Activities[i]; len(a.OnBehalfOf) > 0 {
			parts = append(parts, w.activity(a))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	s := w.section(2, "behalf")
	s.para(say(w.t("behalf.about")))
	return append([]Section{s}, parts...)
}

func (w *writer) activity(a *policy.Activity) Section {
	k := a.Words()
	s := Section{ID: activityID(a), Level: 3, Title: w.title(a)}
	if about := k.About.In(w.lang); about != "" {
		s.para(say(about))
	}
	if k.External {
		s.para(say(w.t("activity.external")))
	}
	var t terms
	if customer := a.OnBehalfOf.In(w.lang); customer != "" {
		t.add(w.t("activity.behalf"), say(w.t("behalf.customer", unstopped(customer))))
	}
	t.add(w.t("activity.purpose"), say(w.purpose(a)))
	t.add(w.t("activity.basis"), w.bases(a)...)
	t.add(w.t("activity.people"), say(w.people(a)))
	t.add(w.t("activity.data"), say(w.data(a, a.Data)))
	t.add(w.t("activity.when"), sayEach(w.when(a, false))...)
	t.add(w.t("activity.source"), say(w.sources(a)))
	t.add(w.t("activity.settings"), w.settings(a, a.Settings, k.Settings)...)
	t.add(w.t("activity.recipients"), w.deliveries(a)...)
	t.add(w.t("activity.access"), say(w.access(a)))
	t.add(w.t("activity.retention"), w.rules(a)...)
	if a.Basis == policy.Consent && len(a.OnBehalfOf) == 0 {
		t.add(w.t("activity.withdrawal"), say(w.t("withdrawal."+string(orAction(a.OnWithdrawal)))))
	}
	t.add(w.t("activity.provision"), w.provided(a)...)
	if a.Decision != nil {
		t.add(w.t("activity."+a.Decision.Kind), w.decision(a)...)
	}
	s.terms(t)
	return s
}

func orAction(a policy.Action) policy.Action {
	if a == "" {
		return policy.Delete
	}
	return a
}

// purpose names what the data is used for, in the words of the taxonomy.
func (w *writer) purpose(a *policy.Activity) string {
	if use, ok := taxonomy.Use(a.Purpose); ok {
		return use.In(w.lang)
	}
	return spoken(a.Purpose)
}

// people names whom the data is about.
func (w *writer) people(a *policy.Activity) string {
	keys := a.People
	if len(keys) == 0 {
		keys = a.Words().People
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = spoken(key)
		if subject, ok := taxonomy.Subject(key); ok {
			names[i] = subject.In(w.lang)
		}
	}
	return strings.Join(names, ", ")
}

// access names the departments that see the data.
func (w *writer) access(a *policy.Activity) string {
	names := make([]string, len(a.Access))
	for i, ref := range a.Access {
		names[i] = w.department(ref.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return w.t("access.only", w.join(names))
}

func (w *writer) department(key string) string {
	if d := w.p.Department(key); d != nil {
		return or(d.Title.In(w.lang), spoken(key))
	}
	return spoken(key)
}

// deliveries says who gets what from the activity.
func (w *writer) deliveries(a *policy.Activity) []Para {
	var says []Para
	for _, d := range a.Recipients {
		says = append(says, Para{
			{Text: w.recipient(d.Recipient), Href: "#" + recipientID(d.Recipient)},
			{Text: ": " + w.handed(a, d, w.brief)},
		})
	}
	return says
}

// handed names what somebody gets of an activity; of a host in one word, if it
// holds all.
func (w *writer) handed(a *policy.Activity, d policy.Delivery, names func(*policy.Activity, []policy.Ref) string) string {
	if d.Whole() {
		return w.t("recipient.all")
	}
	return names(a, d.Fields)
}
