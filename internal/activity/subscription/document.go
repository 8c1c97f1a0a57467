package subscription

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"kept/internal/fault"
	"kept/internal/store"
)

// The kinds of document.
const (
	kindTerms     = "terms"
	kindAgreement = "agreement"
)

// Document is what a customer agrees to: paragraphs below headings. It is kept as text
// under the hash of that text.
type Document struct {
	ID      string
	Kind    string
	Version string
	Lang    string
	Title   string
	Text    string // "## " begins a heading, "- " an item
}

// add appends a section.
func (d *Document) add(heading string, lines ...string) {
	d.Text += "\n## " + heading + "\n"
	for _, l := range lines {
		d.Text += l + "\n"
	}
}

// seal names the document by what it says.
func (d *Document) seal() *Document {
	d.Text = d.Title + "\n" + d.Text
	sum := sha256.Sum256([]byte(d.Lang + "\n" + d.Text))
	d.ID = hex.EncodeToString(sum[:])
	return d
}

// Block is a part of a document: a heading, a paragraph or items.
type Block struct {
	Heading, Paragraph string
	Items              []string
}

// Blocks are the parts of the document behind its title.
func (d *Document) Blocks() (all []Block) {
	_, text, _ := strings.Cut(d.Text, "\n")
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		heading, isHeading := strings.CutPrefix(line, "## ")
		item, isItem := strings.CutPrefix(line, "- ")
		last := len(all) - 1
		switch {
		case line == "":
		case isHeading:
			all = append(all, Block{Heading: heading})
		case isItem && last >= 0 && all[last].Items != nil:
			all[last].Items = append(all[last].Items, item)
		case isItem:
			all = append(all, Block{Items: []string{item}})
		default:
			all = append(all, Block{Paragraph: line})
		}
	}
	return all
}

// Plain is the document as text.
func (d *Document) Plain() string { return strings.ReplaceAll(d.Text, "\n## ", "\n") }

// Terms are the price list's terms in a language, nil if it has none.
func (o *Office) Terms(lang string) *Document {
	t := o.Book().Terms
	if t.Version == "" {
		return nil
	}
	d := &Document{Kind: kindTerms, Version: t.Version, Lang: lang, Title: or(t.Title.In(lang), o.titleOfTerms(lang)), Text: "\n" + t.Text.In(lang) + "\n"}
	return d.seal()
}

func (o *Office) titleOfTerms(lang string) string {
	s := Subscription{Language: lang}
	return o.words(&s, "terms.title", o.env.Policy().Controller.Name)
}

// current are the documents that an order agrees to now.
func (o *Office) current(lang string) (all []*Document) {
	for _, d := range []*Document{o.Terms(lang), o.Agreement(lang)} {
		if d != nil {
			all = append(all, d)
		}
	}
	return all
}

// keepDocuments stores what is agreed to, as it is shown now, and returns its ids.
func (o *Office) keepDocuments(ctx context.Context, tx *store.Tx, lang string) (terms, agreement string, err error) {
	for _, d := range o.current(lang) {
		_, err := tx.ExecContext(ctx, "insert into subscription_document (id, kind, version, language, text, at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
			d.ID, d.Kind, d.Version, d.Lang, d.Text, store.At(o.now()))
		if err != nil {
			return "", "", store.Classify(err)
		}
		if d.Kind == kindTerms {
			terms = d.ID
		} else {
			agreement = d.ID
		}
	}
	return terms, agreement, nil
}

// Document returns one that somebody agreed to, or that is shown now.
func (o *Office) Document(ctx context.Context, id string) (*Document, error) {
	for _, lang := range []string{"de", "en"} {
		for _, d := range o.current(lang) {
			if d.ID == id {
				return d, nil
			}
		}
	}
	d := &Document{ID: id}
	err := store.Classify(o.env.DB.QueryRowContext(ctx, "select kind, version, language, text from subscription_document where id = $1", id).Scan(&d.Kind, &d.Version, &d.Lang, &d.Text))
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.NotFound, "there is no such document")
		}
		return nil, err
	}
	d.Title, _, _ = strings.Cut(d.Text, "\n")
	return d, nil
}
