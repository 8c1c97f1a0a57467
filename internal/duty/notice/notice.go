package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// Notice is one notice in one language. It never changes once built.
type Notice struct {
	Lang     string
	Title    string
	Version  string // the declared version
	Stand    string // the version as a line below the title (MC31)
	Contents string // the heading of the table of contents
	Sections []Section

	text string
}

// Build writes the notice of p, which was checked, in lang. Build does not
// change p.
func Build(p *policy.Policy, lang string) Notice {
	w := &writer{p, lang}
	n := Notice{
		Lang: lang, Title: w.t("title"), Version: p.Notice.Version,
		Stand: w.t("stand", i18n.Day(p.Notice.Version, lang)), Contents: w.t("contents"),
	}
	n.Sections = slices.Concat(
		[]Section{w.summary(), w.controller(), w.overview()},
		w.activities(), w.behalf(), w.services(), w.recipients(),
		[]Section{w.retention()},
		w.cookies(), w.measures(), w.rights(),
		[]Section{w.provision(), w.decisions(), w.complaint(), w.version()},
	)
	n.text = n.plain()
	return n
}

// Chapters are the sections that the table of contents names. It stands after the
// first of all, the summary, and leaves that out.
func (n Notice) Chapters() []Section {
	var all []Section
	for _, s := range n.Sections[1:] {
		if s.Level == 2 {
			all = append(all, s)
		}
	}
	return all
}

// At returns n with the addresses of Kept's own pages made whole, for a reader
// who is not on the site: /privacy/me becomes https://www.example.com/privacy/me
// if that is site. The authoritative text and its hash stay as they are.
func (n Notice) At(site string) Notice {
	site = strings.TrimSuffix(site, "/")
	whole := func(p Para) Para {
		p = slices.Clone(p)
		for i := range p {
			if strings.HasPrefix(p[i].Href, "/") {
				p[i].Href = site + p[i].Href
			}
		}
		return p
	}
	n.Sections = slices.Clone(n.Sections)
	for i := range n.Sections {
		n.Sections[i].Blocks = slices.Clone(n.Sections[i].Blocks)
		for j := range n.Sections[i].Blocks {
			n.Sections[i].Blocks[j] = n.Sections[i].Blocks[j].each(whole)
		}
	}
	return n
}

// Text returns the authoritative plain text, UTF-8 with a final newline.
func (n Notice) Text() string { return n.text }

// Hash returns the SHA-256 of Text in hexadecimal: the same notice in another
// language has another hash.
func (n Notice) Hash() string {
	sum := sha256.Sum256([]byte(n.text))
	return hex.EncodeToString(sum[:])
}
