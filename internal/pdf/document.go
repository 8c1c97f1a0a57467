package pdf

import (
	"bytes"
	"fmt"
	"time"
)

// Font is one of the standard fonts.
type Font int

// The fonts.
const (
	Regular Font = iota
	Bold
)

// The size of a page in millimetres.
const (
	Width  = 210.0
	Height = 297.0
)

// point is a point in millimetres.
const point = 25.4 / 72

// Document is one that is being written. Places are millimetres from the upper left
// corner of the page, sizes are points.
type Document struct {
	title, author, lang string
	made                time.Time
	pages               []*bytes.Buffer
	used                map[face]map[rune]bool // characters in faces that not every reader has
}

// New begins a document.
func New(title, author, lang string, made time.Time) *Document {
	return &Document{title: title, author: author, lang: lang, made: made.UTC()}
}

// Page begins a page; what follows stands on it.
func (d *Document) Page() { d.pages = append(d.pages, &bytes.Buffer{}) }

// Pages is how many pages there are.
func (d *Document) Pages() int { return len(d.pages) }

// Text writes s from x on, its base line at y.
func (d *Document) Text(x, y float64, f Font, size float64, s string) {
	w := d.page()
	fmt.Fprintf(w, "BT")
	for i, r := range runs(s, f) {
		d.use(r)
		fmt.Fprintf(w, " /F%d %.2f Tf", r.face+1, size)
		if i == 0 {
			fmt.Fprintf(w, " %.3f %.3f Td", x/point, (Height-y)/point)
		}
		fmt.Fprintf(w, " %s Tj", r.show())
	}
	fmt.Fprintf(w, " ET\n")
}

// Right writes s so that it ends at x.
func (d *Document) Right(x, y float64, f Font, size float64, s string) {
	d.Text(x-Length(s, size), y, f, size, s)
}

// Rule draws a thin line.
func (d *Document) Rule(x1, y, x2 float64) {
	fmt.Fprintf(d.page(), "0.5 w %.3f %.3f m %.3f %.3f l S\n", x1/point, (Height-y)/point, x2/point, (Height-y)/point)
}

func (d *Document) page() *bytes.Buffer {
	if len(d.pages) == 0 {
		d.Page()
	}
	return d.pages[len(d.pages)-1]
}

// Bytes is the finished document (PDF 1.4, ISO 32000).
func (d *Document) Bytes() []byte {
	d.page()
	w := &writer{}
	w.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	const first = 6 // objects 1 to 5 are catalog, pages, the two fonts, information
	w.object("<< /Type /Catalog /Pages 2 0 R /Lang %s >>", literal(d.lang))
	var kids bytes.Buffer
	for i := range d.pages {
		fmt.Fprintf(&kids, "%d 0 R ", first+2*i)
	}
	w.object("<< /Type /Pages /Count %d /Kids [%s] >>", len(d.pages), kids.String())
	for _, name := range []string{"Helvetica", "Helvetica-Bold"} {
		w.object("<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>", name)
	}
	w.object("<< /Title %s /Author %s /CreationDate (D:%s) >>", title(d.title), title(d.author), d.made.Format("20060102150405Z"))
	fonts, more := d.fonts(first + 2*len(d.pages))
	for i, p := range d.pages {
		w.object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Resources << /Font << /F1 3 0 R /F2 4 0 R%s >> >> /Contents %d 0 R >>",
			Width/point, Height/point, fonts, first+2*i+1)
		w.object("<< /Length %d >>\nstream\n%sendstream", p.Len(), p.String())
	}
	for _, o := range more {
		w.object("%s", o)
	}
	w.finish()
	return w.Bytes()
}

// writer writes the objects of a file and remembers where each begins.
type writer struct {
	bytes.Buffer
	begins []int
}

func (w *writer) object(format string, args ...any) {
	w.begins = append(w.begins, w.Len())
	fmt.Fprintf(w, "%d 0 obj\n", len(w.begins))
	fmt.Fprintf(w, format, args...)
	w.WriteString("\nendobj\n")
}

// finish writes the table of objects: entries of exactly twenty bytes.
func (w *writer) finish() {
	table := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.begins)+1)
	for _, at := range w.begins {
		fmt.Fprintf(w, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(w, "trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.begins)+1, table)
}
