package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Statement is the text that somebody agrees to who signs up, with the version
// by which it is known which text that was.
type Statement struct{ Text, Version string }

// statement words what a sign-up consents to. What the policy says of the
// contents bounds it; without a word on them they are what the company does.
func (n *Newsletter) statement(a *policy.Activity, lang string) Statement {
	p := n.env.Policy()
	contents := a.Settings.Text("contents").In(lang)
	if contents == "" {
		contents = i18n.T(lang, "newsletter.contents")
	}
	text := i18n.T(lang, "newsletter.consent", p.Controller.Name, contents)
	for _, m := range []string{"opens", "clicks"} {
		if a.Settings.Flag("measure", m) && a.Has(m) && measures(m) {
			text += " " + i18n.T(lang, "newsletter.consent."+m)
		}
	}
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

// measures reports whether the room keeps what a measure counts. Nobody is asked
// for what does not happen, and whoever was not asked is not measured later: the
// proof says which text they agreed to.
func measures(field string) bool {
	m := Manifest()
	return slices.ContainsFunc(m.Tables, func(t manifest.Table) bool { return len(t.Storing(field)) > 0 })
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
