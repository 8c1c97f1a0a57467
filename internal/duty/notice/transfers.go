package notice

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// transfers names the country and the safeguard of each transfer, where a copy
// of it is to be had (Art. 13(1)(f)), and the risk that remains where consent
// alone carries it (Art. 49(1)(a)).
func (w *writer) transfers(r *policy.Recipient) []Para {
	var says []Para
	for _, t := range r.Transfers {
		text := w.t("transfer", i18n.Country(t.To, w.lang), w.safeguard(t))
		if t.Checked != "" {
			text += " " + w.t("transfer.checked", i18n.Day(t.Checked, w.lang))
		}
		p := append(say(text), w.copyOf(t)...)
		if risk := t.Risk.In(w.lang); risk != "" {
			p = append(p, Span{Text: " " + w.t("transfer.risk") + " " + risk})
		}
		says = append(says, p)
	}
	return says
}

// copyOf says where a copy of the safeguard is to be had.
func (w *writer) copyOf(t policy.Transfer) Para {
	switch {
	case strings.HasPrefix(t.Copy, "https://"):
		return Para{{Text: " " + w.t("transfer.copy-at") + " "}, {Text: t.Copy, Href: t.Copy}, {Text: "."}}
	case strings.Contains(t.Copy, "@"):
		return Para{{Text: " " + w.t("transfer.copy-from") + " "}, {Text: t.Copy, Href: "mailto:" + t.Copy}, {Text: "."}}
	case t.Copy != "":
		return say(" " + w.t("transfer.copy-from") + " " + unstopped(t.Copy) + ".")
	case t.Safeguard == "scc" || t.Safeguard == "bcr":
		return say(" " + w.t("transfer.copy"))
	}
	return nil
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
