package gateway

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"kept/internal/gateway/markup"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// StandIn implements markup.Gate: it says what is missing and who would receive
// what, and offers to load it. It consists of phrasing content only, so that it
// may stand wherever the element stood, and needs no inline style or script.
func (g *gate) StandIn(h markup.Held) string {
	v := g.visit
	_, key := v.admission.admits(h.Host)
	s := standIn{lang: v.speak(h.Language), held: h, register: v.admission.register}
	if key != "" {
		s.service = s.policy.Service(key)
	}
	return s.markup()
}

// StandIn returns what says of a service, in lang, what is missing and who would
// receive what, for pages served elsewhere; empty for a service that needs no
// consent. Its buttons belong to no form.
func (g *Gateway) StandIn(lang, service string) string {
	r := g.current()
	s := r.policy.Service(service)
	if s == nil || !s.NeedsConsent() {
		return ""
	}
	return (&standIn{register: r, lang: lang, service: s}).markup()
}

// standIn is what takes the place of one element.
type standIn struct {
	*register
	lang    string
	held    markup.Held
	service *policy.Service // nil: nothing declares the host
}

// wording is what a stand-in says, in HTML: the same for all of one service.
type wording struct{ title, text, buttons string }

type wordingKey struct {
	lang, service string
	framed        bool
}

func (s *standIn) markup() string {
	w := s.wording()
	var b strings.Builder
	b.WriteString(`<span class="kept-held`)
	if s.held.Class != "" {
		b.WriteString(" " + ascii(html.EscapeString(s.held.Class)))
	}
	if s.held.Style != "" {
		b.WriteString(`" style="` + ascii(html.EscapeString(s.held.Style)))
	}
	b.WriteString(`" lang="` + s.lang + `" role="group" aria-label="` + w.title + `">` + s.size() + `<span class="kept-held-text"><strong>` + w.title + `</strong> `)
	if s.held.Title != "" {
		b.WriteString(`<em>` + ascii(html.EscapeString(s.held.Title)) + `</em> `)
	}
	b.WriteString(`<span>` + w.text + `</span> ` + w.buttons + `</span></span>`)
	return b.String()
}

// wording returns the words of the stand-in, made once for each service.
func (s *standIn) wording() wording {
	if s.service == nil {
		return wording{title: ascii(s.t("held.unknown", s.held.Host)), text: ascii(s.t("held.undeclared"))}
	}
	key := wordingKey{s.lang, s.service.Key, s.held.Framed}
	if w, ok := s.wordings.Load(key); ok {
		return w.(wording)
	}
	w := wording{title: ascii(html.EscapeString(s.name())), text: ascii(s.receives()), buttons: ascii(s.buttons())}
	s.wordings.Store(key, w)
	return w
}

func (s *standIn) t(key string, args ...any) string {
	return html.EscapeString(i18n.T(s.lang, "gateway."+key, args...))
}

// name says what the service is and whose.
func (s *standIn) name() string {
	own, recipient := s.service.Title(s.lang), s.recipient()
	if own != recipient {
		return i18n.T(s.lang, "gateway.held.from", own, recipient)
	}
	return recipient
}

func (s *standIn) recipient() string {
	if r := s.policy.Recipient(s.service.Recipient); r != nil {
		return r.Name
	}
	return s.held.Host
}

// receives says who gets what once the element loads, and where it goes (Art.
// 13(1)(e), (f); the risk of Art. 49(1)(a) before the consent).
func (s *standIn) receives() string {
	text := s.t("held.receives", s.recipient())
	r := s.policy.Recipient(s.service.Recipient)
	if r == nil {
		return text
	}
	var abroad []string
	for _, t := range r.Transfers {
		if country := i18n.Country(t.To, s.lang); !slices.Contains(abroad, country) {
			abroad = append(abroad, country)
		}
	}
	if len(abroad) > 0 {
		text += " " + s.t("held.abroad", i18n.List(abroad, s.lang))
	}
	for _, t := range r.Transfers {
		if risk := t.Risk.In(s.lang); risk != "" {
			text += " " + html.EscapeString(risk)
		}
	}
	return text
}

// buttons offer to load the element. Inside a framed document the page's form
// cannot be reached, and what nothing declares nobody can consent to.
func (s *standIn) buttons() string {
	if s.service == nil || s.held.Framed {
		return ""
	}
	key := html.EscapeString(s.service.Key)
	button := func(name, text string) string {
		return `<button type="submit" form="` + formID + `" name="` + name + `" value="` + key + `">` + text + `</button> `
	}
	return `<span class="kept-held-choice">` + button("once", s.t("held.once")) + button("allow", s.t("held.allow")) +
		`<a href="/privacy">` + s.t("held.notice") + `</a></span>`
}

// Sizes of elements that name none, in CSS pixels (HTML, 15.4.3).
const defaultWidth, defaultHeight = "300", "150"

// size takes as much room as the element did. A drawing has dimensions even
// where the site's policy forbids style attributes.
func (s *standIn) size() string {
	w, h := length(s.held.Width, defaultWidth), length(s.held.Height, defaultHeight)
	return `<svg class="kept-held-size" width="` + w + `" height="` + h + `" aria-hidden="true"></svg>`
}

// length returns a dimension attribute in digits, as a percentage if it is one.
func length(value, otherwise string) string {
	value = strings.TrimSpace(value)
	digits := value[:len(value)-len(strings.TrimLeft(value, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil || n > 100_000 {
		return otherwise
	}
	if strings.HasPrefix(strings.TrimLeft(value[len(digits):], ".0123456789"), "%") {
		return digits + "%"
	}
	return strconv.Itoa(n)
}
