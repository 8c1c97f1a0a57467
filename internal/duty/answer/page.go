package answer

import (
	"bufio"
	"context"
	"io"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/i18n"
)

// shownRows is how many rows of a table the readable page shows; all of them are
// in the table's own file.
const shownRows = 500

// page is index.html: what a person reads first.
func (b *bundle) page(ctx context.Context) error {
	return b.file("index.html", "text/html; charset=utf-8", "page", func(w io.Writer) error {
		out := bufio.NewWriter(w)
		head, err := b.head(ctx)
		if err != nil {
			return err
		}
		head.Nothing = b.rows == 0
		r := &reader{bundle: b, page: rights.NewPage(out, b.Lang, head, b.cover())}
		if err := b.Stream(ctx, b.Person, b.Right, r.row); err != nil {
			return err
		}
		r.flush()
		if err := r.page.End(); err != nil {
			return err
		}
		return out.Flush()
	})
}

// cover is the letter, and what else is in the package: a file each, and one line
// for the many of a folder.
func (b *bundle) cover() (c rights.Cover) {
	for _, p := range strings.Split(strings.ReplaceAll(b.Letter, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			c.Letter = append(c.Letter, p)
		}
	}
	folders := map[string]bool{}
	for _, f := range b.files {
		name := f.Name
		if folder, _, ok := strings.Cut(name, "/"); ok {
			if name = folder + "/"; folders[name] {
				continue
			}
			folders[name] = true
		}
		c.Files = append(c.Files, rights.File{Name: name, About: i18n.T(b.lang(), "answer.file."+f.about)})
	}
	c.Files = append(c.Files, rights.File{Name: "manifest.json", About: i18n.T(b.lang(), "answer.file.list")})
	return c
}

func (b *bundle) lang() string { return i18n.Match(b.Lang, i18n.Languages()) }

// reader gathers the rows of one sheet, as many as are shown.
type reader struct {
	*bundle
	page *rights.Page
	at   int // place among the sheets
	last *rights.Sheet
	rows [][]any
	left int64
}

func (r *reader) row(s *rights.Sheet, row []any) error {
	if s != r.last {
		r.flush()
		r.last = s
	}
	if len(r.rows) < shownRows {
		r.rows = append(r.rows, row)
	} else {
		r.left++
	}
	return nil
}

func (r *reader) flush() {
	if r.last == nil {
		return
	}
	t := r.last.Table
	t.Rows, t.Total = r.rows, int64(len(r.rows))+r.left
	more := ""
	if r.left > 0 && r.at < len(r.sheets) {
		more = i18n.T(r.lang(), "answer.more", i18n.Number(r.left, r.lang()), r.sheets[r.at].csv)
	}
	r.page.Table(r.last.Activity, t, more)
	r.at++
	r.rows, r.left, r.last = nil, 0, nil
}
