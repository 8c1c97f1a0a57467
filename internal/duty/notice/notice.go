package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"html/template"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// Notice is one notice in one language. It never changes once built.
type Notice struct {
	Lang     string
	Title    string
	Version  string // the declared version
	Sections []Section

	text string
}

// Build writes the notice of p in lang. ms are the manifests of every kind that
// p's activities name; a kind without a manifest is described by the policy's
// own words alone. Build does not change p.
func Build(p *policy.Policy, ms []manifest.Manifest, lang string) Notice {
	n := Notice{Lang: lang, Version: p.Notice.Version}
	n.text = n.plain()
	return n
}

// HTML returns the notice as an article to be set into a page. It holds no
// script, no style and no address of another host but those that the policy
// names.
func (n Notice) HTML() template.HTML { return n.html() }

// Text returns the authoritative plain text, UTF-8 with a final newline.
func (n Notice) Text() string { return n.text }

// Markdown returns the notice as CommonMark with tables as GitHub writes them.
func (n Notice) Markdown() string { return n.markdown() }

// Hash returns the SHA-256 of Text in hexadecimal: the same text in another
// language is another notice.
func (n Notice) Hash() string {
	sum := sha256.Sum256([]byte(n.text))
	return hex.EncodeToString(sum[:])
}
