package notice

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

func recipientID(key string) string { return "recipient-" + key }

// recipients names everybody who gets to see data: the departments inside, and
// whoever is outside (Art. 13(1)(e), (f)).
func (w *writer) recipients() []Section {
	s := w.section(2, "recipients")
	if len(w.p.Recipients) == 0 {
		s.para(say(w.t("recipients.none")))
	} else {
		s.para(say(w.t("recipients.about")))
	}
	all := append([]Section{s}, w.departments()...)
	for i := range w.p.Recipients {
		all = append(all, w.recipientPart(&w.p.Recipients[i]))
	}
	return all
}

// departments says which of them sees what; no part unless an activity says so.
func (w *writer) departments() []Section {
	var t terms
	for _, d := range w.p.Departments {
		var sees []string
		for i := range w.p.Activities {
			a := &w.p.Activities[i]
			if slices.ContainsFunc(a.Access, func(r policy.Ref) bool { return r.Name == d.Key }) {
				sees = append(sees, w.title(a))
			}
		}
		t.add(w.department(d.Key), say(strings.Join(sees, ", ")))
	}
	if len(t) == 0 {
		return nil
	}
	s := w.section(3, "departments")
	s.para(say(w.t("departments.about")))
	s.terms(t)
	return []Section{s}
}

func (w *writer) recipientPart(r *policy.Recipient) Section {
	s := Section{ID: recipientID(r.Key), Level: 3, Title: w.recipient(r.Key)}
	var t terms
	t.add(w.t("recipient.category"), say(r.Category.In(w.lang)))
	t.add(w.t("recipient.role"), w.role(r)...)
	t.add(w.t("recipient.address"), say(r.Address))
	t.add(w.t("recipient.country"), say(i18n.Country(r.Country, w.lang)))
	t.add(w.t("recipient.storage"), say(w.countries(r.Storage)))
	t.add(w.t("recipient.gets"), w.receives(r.Key)...)
	t.add(w.t("recipient.transfers"), w.transfers(r)...)
	t.add(w.t("recipient.via"), w.chain(r))
	if own := r.OwnPurposes.In(w.lang); own != "" {
		t.add(w.t("recipient.own"), say(own), say(w.t("recipient.own-answers", w.recipient(r.Key))))
	}
	t.add(w.t("recipient.notice"), address(r.Notice))
	t.add(w.t("recipient.objection"), address(r.Objection))
	s.terms(t)
	return s
}

// address is a link that shows where it leads; nil for none.
func address(url string) Para {
	if url == "" {
		return nil
	}
	return link(url, url)
}

// role is what the recipient is under the GDPR, and the contract that binds it.
func (w *writer) role(r *policy.Recipient) []Para {
	says := []Para{say(w.t("role." + string(r.Role)))}
	if r.Agreement != nil {
		text := w.t("agreement." + r.Agreement.Kind)
		if since := r.Agreement.Since; since != "" {
			text = w.t("agreement.since", text, i18n.Day(since, w.lang))
		}
		says = append(says, say(text+"."))
		if essence := r.Agreement.Essence.In(w.lang); essence != "" {
			says = append(says, say(w.t("agreement.essence")+" "+essence))
		}
	}
	if r.Role == policy.JointController {
		says = append(says, say(w.t("role.joint-rights")))
	}
	return says
}

// receives lists by activity and service what a recipient gets.
func (w *writer) receives(key string) []Para {
	var says []Para
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		for _, d := range a.Recipients {
			if d.Recipient == key {
				says = append(says, Para{{Text: w.title(a), Href: "#" + activityID(a)}, {Text: ": " + w.handed(a, d, w.data)}})
			}
		}
	}
	for i := range w.p.Services {
		if s := &w.p.Services[i]; s.Recipient == key {
			says = append(says, Para{{Text: w.service(s), Href: "#services"}, {Text: ": " + w.loaded(s)}})
		}
	}
	for _, r := range w.p.Recipients {
		if slices.Contains(r.Via, key) {
			says = append(says, say(w.t("recipient.chained", w.recipient(r.Key))))
		}
	}
	return says
}

func (w *writer) chain(r *policy.Recipient) Para {
	var p Para
	for i, key := range r.Via {
		if i > 0 {
			p = append(p, Span{Text: ", "})
		}
		p = append(p, Span{Text: w.recipient(key), Href: "#" + recipientID(key)})
	}
	return p
}

func (w *writer) countries(codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = i18n.Country(code, w.lang)
	}
	return strings.Join(names, ", ")
}
