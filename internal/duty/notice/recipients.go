package notice

import (
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// services lists what pages load from elsewhere; no section if nothing is.
func (w *writer) services() []Section {
	if len(w.p.Services) == 0 {
		return nil
	}
	s := w.section(2, "services")
	s.para(say(w.t("services.about")))
	t := &Table{Head: []string{w.t("services.what"), w.t("services.provider"), w.t("services.data"), w.t("services.group")}}
	for i := range w.p.Services {
		x := &w.p.Services[i]
		t.Rows = append(t.Rows, []Para{
			say(w.service(x)), link(w.recipient(x.Recipient), "#"+recipientID(x.Recipient)), say(w.loaded(x)), say(w.group(x.Group)),
		})
	}
	s.table(t)
	return []Section{s}
}

// loaded names what loading a service tells its provider. An address and what
// the browser says of itself go over with any request.
func (w *writer) loaded(s *policy.Service) string {
	if len(s.Data) == 0 {
		return w.t("services.request")
	}
	names := make([]string, len(s.Data))
	for i, r := range s.Data {
		names[i] = w.pageDatum(r.Name)
	}
	return strings.Join(names, ", ")
}

// pageDatum names a field of a page load.
func (w *writer) pageDatum(name string) string {
	for _, f := range policy.LoadFields() {
		if f.Name == name {
			return f.Title.In(w.lang)
		}
	}
	return spoken(name)
}

func recipientID(key string) string { return "recipient-" + key }

// recipients names everybody outside who gets data (Art. 13(1)(e), (f)).
func (w *writer) recipients() []Section {
	s := w.section(2, "recipients")
	if len(w.p.Recipients) == 0 {
		s.para(say(w.t("recipients.none")))
		return []Section{s}
	}
	s.para(say(w.t("recipients.about")))
	all := []Section{s}
	for i := range w.p.Recipients {
		all = append(all, w.recipientPart(&w.p.Recipients[i]))
	}
	return all
}

func (w *writer) recipientPart(r *policy.Recipient) Section {
	s := Section{ID: recipientID(r.Key), Level: 3, Title: w.recipient(r.Key)}
	var t terms
	t.add(w.t("recipient.role"), say(w.t("role."+string(r.Role))), w.agreement(r))
	t.add(w.t("recipient.address"), say(r.Address))
	t.add(w.t("recipient.country"), say(i18n.Country(r.Country, w.lang)))
	t.add(w.t("recipient.gets"), w.receives(r.Key)...)
	t.add(w.t("recipient.transfers"), w.transfers(r)...)
	t.add(w.t("recipient.via"), w.chain(r))
	if r.Notice != "" {
		t.add(w.t("recipient.notice"), link(r.Notice, r.Notice))
	}
	s.terms(t)
	return s
}

func (w *writer) agreement(r *policy.Recipient) Para {
	if r.Agreement == nil {
		return nil
	}
	text := w.t("agreement." + r.Agreement.Kind)
	if since := r.Agreement.Since; since != "" {
		text = w.t("agreement.since", text, i18n.Day(since, w.lang))
	}
	return say(text + ".")
}

// receives lists by activity and service what a recipient gets.
func (w *writer) receives(key string) []Para {
	var says []Para
	for i := range w.p.Activities {
		a := &w.p.Activities[i]
		for _, d := range a.Recipients {
			if d.Recipient == key {
				says = append(says, say(w.title(a)+": "+w.data(w.kind(a), d.Fields)))
			}
		}
	}
	for i := range w.p.Services {
		if s := &w.p.Services[i]; s.Recipient == key {
			says = append(says, say(w.service(s)+": "+w.loaded(s)))
		}
	}
	for _, r := range w.p.Recipients {
		if slices.Contains(r.Via, key) {
			says = append(says, say(w.t("recipient.chained", w.recipient(r.Key))))
		}
	}
	return says
}

// transfers names the country and the safeguard of each transfer, and where a
// copy of it is to be had (Art. 13(1)(f)).
func (w *writer) transfers(r *policy.Recipient) []Para {
	var says []Para
	for _, t := range r.Transfers {
		text := w.t("transfer", i18n.Country(t.To, w.lang), w.safeguard(t))
		if t.Checked != "" {
			text += " " + w.t("transfer.checked", i18n.Day(t.Checked, w.lang))
		}
		p := say(text)
		switch {
		case strings.HasPrefix(t.Copy, "https://"):
			p = append(p, Span{Text: " " + w.t("transfer.copy-at") + " "}, Span{Text: t.Copy, Href: t.Copy}, Span{Text: "."})
		case strings.Contains(t.Copy, "@"):
			p = append(p, Span{Text: " " + w.t("transfer.copy-from") + " "}, Span{Text: t.Copy, Href: "mailto:" + t.Copy}, Span{Text: "."})
		case t.Safeguard == "scc" || t.Safeguard == "bcr":
			p = append(p, Span{Text: " " + w.t("transfer.copy")})
		}
		if risk := t.Risk.In(w.lang); risk != "" {
			p = append(p, Span{Text: " " + risk})
		}
		says = append(says, p)
	}
	return says
}

func (w *writer) safeguard(t policy.Transfer) string {
	text := w.t("safeguard." + t.Safeguard)
	if t.Framework != "" {
		text += " (" + framework(t.Framework) + ")"
	}
	return text
}

func framework(short string) string {
	if short == "DPF" {
		return "EU-US Data Privacy Framework"
	}
	return short
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
