package issue

import "kept/internal/i18n"

// Problem is why a source makes no letter, or what of it was left out.
type Problem struct{ Code, Detail string }

func problem(code, detail string) *Problem { return &Problem{code, detail} }

// Error implements error, in English.
func (p *Problem) Error() string { return p.In(i18n.English) }

// In says the problem in a language.
func (p *Problem) In(lang i18n.Lang) string {
	return i18n.T(lang, "newsletter.issue."+p.Code, p.Detail)
}
