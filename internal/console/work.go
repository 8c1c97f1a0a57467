package console

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy/period"
)

// causes are what errors of jobs come down to, by words that they hold: the first
// that fits. The words come from the Go libraries and from what other servers say.
var causes = []struct {
	word  string
	holds []string
}{
	{"due.unreachable", []string{"connection refused", "no such host", "timeout", "deadline exceeded", "unreachable", "connection reset", "broken pipe", "eof"}},
	{"due.untrusted", []string{"certificate", "x509", "tls:"}},
	{"due.unpermitted", []string{"the policy", "refused by", "not declared"}},
	{"due.full", []string{"no space left", "disk full", "database is locked", "too many connections"}},
}

// Because says in the page's language what an error comes down to. Its own words are
// in the language of programs, and stand behind it.
func (p *page) Because(text string) string {
	text = strings.ToLower(text)
	for _, c := range causes {
		for _, h := range c.holds {
			if strings.Contains(text, h) {
				return p.T(c.word)
			}
		}
	}
	return p.T("due.unclear")
}

// Work names a kind of job in words; one that has none keeps its own name.
func (p *page) Work(kind string) string {
	if key := "work." + kind; i18n.Has("console." + key) {
		return p.T(key)
	}
	return kind
}

// Length is a period in words.
func (p *page) Length(iso string) string {
	length, err := period.Parse(iso)
	if err != nil {
		return iso
	}
	return length.In(p.Lang)
}

// Said is what a room says in English beside its code - what a row is, what an audit
// found - in the page's language.
func (p *page) Said(english string) string {
	return i18n.Sentence(p.Lang, english, func(term string) (string, bool) {
		length, err := period.Parse(term)
		return length.In(p.Lang), err == nil
	})
}
