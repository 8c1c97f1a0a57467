package center

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/i18n"
)

// noticePage shows one version of the notice.
type noticePage struct {
	page
	Article template.HTML
	Hash    string
	Old     bool
	Since   string
	Folds   bool // chapters of it are folded
}

const folded, unfolded = `<details class="chapter">`, `<details class="chapter" open>`

// unfold opens every chapter for who asks for all: to print in a browser that leaves
// out what is folded, or to read on.
func (p *noticePage) unfold(r *http.Request) {
	if r.URL.Query().Get("show") == "all" {
		p.Article = template.HTML(strings.ReplaceAll(string(p.Article), folded, unfolded))
	}
	p.Folds = strings.Contains(string(p.Article), folded)
}

// notice shows the one in force.
func (c *Center) notice(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "notice.link")
	p.Here = "/privacy"
	n := e.notices[p.Lang]
	w.Header().Set("Cache-Control", "no-cache")
	view := noticePage{page: p, Article: article(n), Hash: n.Hash}
	view.unfold(r)
	return show(w, http.StatusOK, "notice", p.Lang, view)
}

// version shows a notice that is or was in force, as it was published; with
// .txt the authoritative text, whose SHA-256 is the hash.
func (c *Center) version(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "notice.link")
	hash, plain := strings.CutSuffix(r.PathValue("hash"), ".txt")
	published, current, err := c.find(r, e, hash)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	if plain {
		access.Protect(w.Header())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Language", published.Language)
		io.WriteString(w, published.Text) // a reader who left needs no answer
		return nil
	}
	p.Here = r.URL.Path
	p.Languages = nil // a version is in its own language only
	view := noticePage{page: p, Article: article(published), Hash: hash, Old: !current, Since: p.Date(published.At)}
	view.unfold(r)
	return show(w, http.StatusOK, "notice", p.Lang, view)
}

// article is a notice to be set into a page. It was made by this program, or an
// earlier one, and published with its hash; it is stored as HTML so that it reads
// as it read then.
func article(n consent.Notice) template.HTML { return template.HTML(n.HTML) }

// find finds a notice by its hash: one of the edition, or an earlier one.
func (c *Center) find(r *http.Request, e *edition, hash string) (n consent.Notice, current bool, err error) {
	for _, lang := range e.languages {
		if x := e.notices[lang]; x.Hash == hash {
			return x, true, nil
		}
	}
	n, err = c.Consent.Notice(r.Context(), hash)
	if err != nil {
		return n, false, fmt.Errorf("find the notice: %w", err)
	}
	return n, false, nil
}

// versionsPage lists every version ever in force.
type versionsPage struct {
	page
	Versions []listedVersion
}

type listedVersion struct {
	Hash, Short, Version, Language, LanguageName, Since string
}

func (c *Center) versions(w http.ResponseWriter, r *http.Request) error {
	p, _ := c.open(r, "versions.title")
	all, err := c.Consent.Notices(r.Context())
	if err != nil {
		return fmt.Errorf("list the notices: %w", err)
	}
	view := versionsPage{page: p}
	for _, n := range all {
		view.Versions = append(view.Versions, listedVersion{
			Hash: n.Hash, Short: short(n.Hash), Version: i18n.Day(n.Version, p.Lang), Language: n.Language,
			LanguageName: p.Language(n.Language), Since: p.Date(n.At),
		})
	}
	w.Header().Set("Cache-Control", "no-cache")
	return show(w, http.StatusOK, "versions", p.Lang, view)
}

// short is enough of a hash for an eye to compare.
func short(hash string) string { return hash[:min(12, len(hash))] }
