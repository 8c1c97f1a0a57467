package center

import (
	"context"
	"sync"
	"time"

	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// edition is what follows from one policy and is made once: its notices, what
// it asks consent for, and the banners. It never changes.
type edition struct {
	policy    *policy.Policy
	languages []string // that pages are offered in, the first is the default
	notices   map[string]consent.Notice
	pieces    sync.Map // showing → pieces, made when first shown
}

// edition returns what belongs to the policy in force.
func (c *Center) edition() *edition {
	p := c.Policy()
	if e := c.current.Load(); e != nil && e.policy == p {
		return e
	}
	e := &edition{policy: p}
	for _, lang := range p.Notice.Languages {
		if lang == i18n.German || lang == i18n.English {
			e.languages = append(e.languages, lang)
		}
	}
	if len(e.languages) == 0 {
		e.languages = []string{i18n.English}
	}
	var err error
	if e.notices, err = c.published(p); err == nil {
		c.current.Store(e)
	}
	for _, lang := range e.languages {
		if _, found := e.notices[lang]; !found {
			e.notices[lang] = worded(p, lang)
		}
	}
	return e
}

// patience is how long an edition waits for the store. It is made when a policy
// comes into force, not for each request.
const patience = 2 * time.Second

// published returns the notices of p as they were published, by language. What
// people were shown holds: a program that words things differently today goes on
// showing the text that p came into force with, until another policy does. The
// map is never nil.
func (c *Center) published(p *policy.Policy) (map[string]consent.Notice, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	found := map[string]consent.Notice{}
	all, err := c.Consent.Notices(ctx) // the newest first
	if err != nil {
		return found, err
	}
	for _, n := range all {
		if _, newer := found[n.Language]; newer || n.PolicyHash != p.Hash {
			continue
		}
		if n, err = c.Consent.Notice(ctx, n.Hash); err != nil {
			return found, err
		}
		found[n.Language] = n
	}
	return found, nil
}

// worded is the notice of p in the words of this program.
func worded(p *policy.Policy, lang string) consent.Notice {
	n := notice.Build(p, lang)
	return consent.Notice{Hash: n.Hash(), PolicyHash: p.Hash, Version: n.Version, Language: lang, HTML: string(n.Folded()), Text: n.Text()}
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
	return e.notices[e.language(lang, "")].Hash
}
