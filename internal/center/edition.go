package center

import (
	"sync"

	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// edition is what follows from one policy and is made once: its notices, what
// it asks consent for, and the banners. It never changes.
type edition struct {
	policy    *policy.Policy
	languages []string // that pages are offered in, the first is the default
	notices   map[string]notice.Notice
	pieces    sync.Map // showing → pieces, made when first shown
}

// edition returns what belongs to the policy in force.
func (c *Center) edition() *edition {
	p := c.Policy()
	if e := c.current.Load(); e != nil && e.policy == p {
		return e
	}
	e := &edition{policy: p, notices: map[string]notice.Notice{}}
	for _, lang := range p.Notice.Languages {
		if lang == i18n.German || lang == i18n.English {
			e.languages = append(e.languages, lang)
		}
	}
	if len(e.languages) == 0 {
		e.languages = []string{i18n.English}
	}
	for _, lang := range e.languages {
		e.notices[lang] = notice.Build(p, lang)
	}
	c.current.Store(e)
	return e
}

// language returns wanted if the edition speaks it, else what an
// Accept-Language header likes best.
func (e *edition) language(wanted, accept string) string {
	for _, lang := range e.languages {
		if lang == wanted {
			return lang
		}
	}
	return i18n.Match(accept, e.languages)
}

// NoticeHash names the notice that is in force, in the language that a page in
// lang is asked in: forms that stand on pages say what their reader was shown.
func (c *Center) NoticeHash(lang string) string {
	e := c.edition()
	return e.notices[e.language(lang, "")].Hash()
}
