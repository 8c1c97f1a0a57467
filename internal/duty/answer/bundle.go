package answer

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"kept/internal/duty/rights"
)

// bundle is a package under way.
type bundle struct {
	*Packer
	Package
	zip    *zip.Writer
	made   time.Time
	files  []entry
	names  map[string]int
	rows   int64
	masked int64
	sheets []*seen
}

// entry is a file of the package, as manifest.json lists it.
type entry struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	about  string // key of the words for people
}

// seen is a sheet that the first reading met.
type seen struct {
	*rights.Sheet
	rows int64
	csv  string // name of its file
}

func newBundle(p *Packer, pkg Package, w io.Writer, made time.Time) *bundle {
	return &bundle{Packer: p, Package: pkg, zip: zip.NewWriter(w), made: made, names: map[string]int{}}
}

// write writes the files one after the other. Data is read once for each format,
// since the files of a ZIP cannot be written side by side, and keeping it would
// take memory, or a disk on which it lies in the clear.
func (b *bundle) write(ctx context.Context) error {
	parts := []func(context.Context) error{b.json, b.schema, b.tables}
	parts = append(parts, b.cards, b.calendar, b.letters)
	if b.Right == rights.Access {
		parts = append(parts, b.receipts)
	}
	parts = append(parts, b.letter, b.page, b.list)
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return b.zip.Close()
}

// file writes one file of the package.
func (b *bundle) file(name, mime, about string, write func(w io.Writer) error) error {
	w, err := b.begin(name, mime, about)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.end()
	return nil
}

// part is a file that is being written.
type part struct {
	*counted
	entry *entry
}

func (b *bundle) begin(name, mime, about string) (*part, error) {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: stamp(b.made)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b.files = append(b.files, entry{Name: name, Type: mime, about: about})
	return &part{&counted{w: w, sum: sha256.New()}, &b.files[len(b.files)-1]}, nil
}

// end notes size and sum. It is called before the next file begins.
func (p *part) end() { p.entry.Size, p.entry.SHA256 = p.n, hex.EncodeToString(p.sum.Sum(nil)) }

var unsafe = regexp.MustCompile(`[^a-z0-9_]+`)

// named returns a file name in folder for words that may come from anywhere, each
// once.
func (b *bundle) named(folder, ending string, words ...string) string {
	var all []string
	for _, w := range words {
		if w = strings.Trim(unsafe.ReplaceAllString(strings.ToLower(w), "-"), "-"); w != "" {
			all = append(all, w[:min(len(w), 60)])
		}
	}
	name := folder + "/" + strings.Join(all, ".")
	b.names[name]++
	if n := b.names[name]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return name + ending
}

// letter is the text of the letter, if there is one.
func (b *bundle) letter(context.Context) error {
	if b.Letter == "" {
		return nil
	}
	return b.file("letter.txt", "text/plain; charset=utf-8", "letter", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.ReplaceAll(strings.ToValidUTF8(b.Letter, "\uFFFD"), "\r\n", "\n")+"\n")
		return err
	})
}

// receipts are the person's consents with their proofs.
func (b *bundle) receipts(ctx context.Context) error {
	if b.Consent == nil {
		return nil
	}
	for _, who := range b.Person.Subjects {
		decisions, err := b.Consent.Decisions(ctx, who)
		if err != nil {
			return err
		}
		for _, x := range decisions {
			receipt, err := b.Consent.Receipt(ctx, x.ID)
			if err != nil {
				return fmt.Errorf("receipt: %w", err)
			}
			err = b.file(b.named("receipts", ".json", x.At.UTC().Format(time.DateOnly), x.ID), "application/json", "receipt", func(w io.Writer) error {
				_, err := w.Write(receipt)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// list is manifest.json: every file before it, with its sum.
func (b *bundle) list(context.Context) error {
	listed := struct {
		Schema string       `json:"schema"`
		Made   time.Time    `json:"made"`
		Right  rights.Right `json:"right"`
		Case   string       `json:"case,omitempty"`
		Rows   int64        `json:"rows"`
		Masked int64        `json:"masked"`
		Files  []entry      `json:"files"`
	}{ListSchema, b.made, b.Right, b.Case, b.rows, b.masked, append([]entry(nil), b.files...)}
	return b.file("manifest.json", "application/json", "list", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(listed)
	})
}

// ListSchema identifies the form of manifest.json.
const ListSchema = "https://kept.dev/schema/package/1"
