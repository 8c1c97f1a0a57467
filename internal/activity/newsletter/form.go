package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// Statement is the text that somebody agrees to who signs up, with the version
// by which it is known which text that was.
type Statement struct{ Text, Version string }

// statement words what a sign-up consents to. What the policy says of the
// contents bounds it; without a word on them they are what the company does.
func (n *Newsletter) statement(a *policy.Activity, lang string) Statement {
	p := n.env.Policy()
	text := i18n.T(lang, "newsletter.consent", p.Controller.Name, n.contents(a, lang)) + measuring(a, lang)
	if topics := topicsOf(a); len(topics) > 0 {
		text += " " + i18n.T(lang, "newsletter.consent.topics", strings.Join(titles(topics, nil, lang), ", "))
	}
	mailbox := n.env.Mail.AddressOf(n.mailbox(a)).Mail
	if mailbox == "" { // no mail comes in here: the people behind it read theirs
		mailbox = p.Controller.Email
	}
	text += " " + i18n.T(lang, "newsletter.consent.end", mailbox)
	sum := sha256.Sum256([]byte(lang + "\n" + text))
	return Statement{Text: text, Version: hex.EncodeToString(sum[:8])}
}

// measuring words what is measured, a sentence for what is kept of a person and
// one for what is only counted; empty for nothing. Nobody is asked for what does
// not happen, and whoever was not asked is not measured later.
func measuring(a *policy.Activity, lang string) (text string) {
	var kept, counted []string
	for _, m := range strings.Fields(measuredBy(a)) {
		if a.Has(m) {
			kept = append(kept, m)
		} else {
			counted = append(counted, m)
		}
	}
	if len(kept) > 0 {
		text += " " + i18n.T(lang, "newsletter.consent."+strings.Join(kept, "-"))
	}
	if len(counted) > 0 {
		text += " " + i18n.T(lang, "newsletter.consent.counted."+strings.Join(counted, "-"))
	}
	return text
}

// shown returns the statement of a version that is in force, in whichever
// language; false if it is none.
func (n *Newsletter) shown(a *policy.Activity, version string) (s Statement, lang string, ok bool) {
	for _, lang := range i18n.Languages() {
		if s := n.statement(a, lang); s.Version == version {
			return s, lang, true
		}
	}
	return s, "", false
}
