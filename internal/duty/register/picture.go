package register

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
)

// PictureStyle is the style sheet of the picture. Its classes are its own, so
// that it does not touch a page that the picture stands in.
const PictureStyle = `.kept-picture{--paper:#fffefb;--box:#f5f3ee;--ink:#1d1c1a;--quiet:#5d5a54;--line:#a39e93;--accent:#14566b;--abroad:#9a3b12;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif}
@media(prefers-color-scheme:dark){.kept-picture{--paper:#191a1b;--box:#232526;--ink:#eceae5;--quiet:#aaa69d;--line:#77746d;--accent:#8fcbdd;--abroad:#f0a578}}
@media print{.kept-picture{--paper:#fff;--box:#fff;--ink:#000;--quiet:#333;--line:#777;--accent:#14566b;--abroad:#9a3b12}}
.kept-picture .paper{fill:var(--paper)}
.kept-picture .box{fill:var(--box);stroke:var(--line)}
.kept-picture text{fill:var(--ink)}
.kept-picture .head{font-size:17px;font-weight:600}
.kept-picture .group{font-size:13px;fill:var(--quiet)}
.kept-picture .name{font-size:14.5px;font-weight:600}
.kept-picture .small{font-size:12.5px;fill:var(--quiet)}
.kept-picture .mark{font-size:12.5px;fill:var(--abroad)}
.kept-picture .way{fill:none;stroke:var(--line);stroke-width:1.3}
.kept-picture .abroad{stroke:var(--abroad);stroke-width:1.6;stroke-dasharray:7 4}
.kept-picture .onward{stroke-width:1.3}
.kept-picture .tip{fill:var(--line)}
.kept-picture .tip-abroad{fill:var(--abroad)}
`

// writeSVG writes a picture of who gets what from where: people, activities and
// recipients by country, with the ways between them. It needs no script and no
// font, and follows the reader's choice of light and dark.
func (r *Record) writeSVG(w io.Writer) error {
	if _, err := io.WriteString(w, r.picture()); err != nil {
		return fmt.Errorf("write the picture of the record: %w", err)
	}
	return nil
}

// PictureSize is how wide and how high the picture is, for a page that leaves
// room for it before it is loaded.
func (r *Record) PictureSize() (width, height int) {
	return int(pictureWidth), int(math.Round(r.draw().bottom()))
}

// bottom is where the paper ends, below the legend.
func (d *drawing) bottom() float64 { return d.height + 62 }

// canvas collects the parts of the picture.
type canvas struct {
	strings.Builder
	r *Record
}

func (r *Record) picture() string {
	d := r.draw()
	c := &canvas{r: r}
	bottom := d.bottom()
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" class="kept-picture" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-labelledby="kept-picture-title kept-picture-desc" lang="%s">`+"\n",
		pictureWidth, bottom, pictureWidth, bottom, html.EscapeString(r.Language))
	fmt.Fprintf(c, `<title id="kept-picture-title">%s</title>`+"\n"+`<desc id="kept-picture-desc">%s</desc>`+"\n",
		html.EscapeString(r.say("picture.title", oneLine(r.Controller.Name))), html.EscapeString(r.Describe()))
	fmt.Fprintf(c, "<style>%s</style>\n", PictureStyle)
	c.WriteString(`<defs>` + arrow("", "tip") + arrow("-abroad", "tip-abroad") + "</defs>\n")
	fmt.Fprintf(c, `<rect class="paper" width="%.0f" height="%.0f"/>`+"\n", pictureWidth, bottom)
	c.heads(d)
	for _, e := range d.edges {
		c.way(e)
	}
	for _, column := range [][]*stack{d.people, d.middle, d.outside} {
		for _, s := range column {
			c.stack(s)
		}
	}
	c.legend(d)
	c.WriteString("</svg>\n")
	return c.String()
}

func arrow(name, class string) string {
	return fmt.Sprintf(`<marker id="kept-tip%s" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path class="%s" d="M0 .5 8 4 0 7.5z"/></marker>`, name, class)
}

func (c *canvas) text(class string, x, y float64, says string) {
	fmt.Fprintf(c, `<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, html.EscapeString(says))
}

func (c *canvas) heads(d *drawing) {
	if len(d.people) > 0 {
		c.text("head", peopleX, 38, c.r.say("picture.people"))
	}
	c.text("head", middleX, 38, c.r.say("picture.activities"))
	c.text("head", outsideX, 38, c.r.say("picture.recipients"))
	if len(d.outside) == 0 {
		c.text("small", outsideX, firstY+headSpace, c.r.say("picture.nobody"))
	}
	c.WriteString("\n")
}

func (c *canvas) stack(s *stack) {
	if s.head != "" && len(s.boxes) > 0 {
		class := "group"
		if s.third {
			class = "group mark"
		}
		c.text(class, s.boxes[0].x, s.boxes[0].y-8, s.head)
		c.WriteString("\n")
	}
	for _, b := range s.boxes {
		c.box(b)
	}
}

func (c *canvas) box(b *box) {
	fmt.Fprintf(c, `<g><title>%s</title><rect class="box" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4"/>`, html.EscapeString(oneLine(b.tip)), b.x, b.y, b.w, b.h)
	y := b.y + boxPad + nameLine - 4.5
	for _, line := range b.name {
		c.text("name", b.x+textX, y, line)
		y += nameLine
	}
	y -= nameLine - smallLine
	for _, line := range b.says {
		c.text("small", b.x+textX, y, line)
		y += smallLine
	}
	for _, line := range b.mark {
		c.text("mark", b.x+textX, y, line)
		y += smallLine
	}
	c.WriteString("</g>\n")
}

// way draws an edge: to the right from column to column, or in an arc beside
// the recipients from one to the next.
func (c *canvas) way(e *edge) {
	class, tip := "way", ""
	if e.onward {
		class += " onward"
	}
	if e.abroad {
		class, tip = class+" abroad", "-abroad"
	}
	x1, x2 := e.from.x+e.from.w, e.to.x
	bend1, bend2 := x1+(x2-x1)*0.45, x2-(x2-x1)*0.45
	if e.onward {
		x2 = e.to.x + e.to.w
		out := min(78, 34+0.1*max(e.y1-e.y2, e.y2-e.y1))
		bend1, bend2 = x1+out, x2+out
	}
	fmt.Fprintf(c, `<path class="%s" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f" marker-end="url(#kept-tip%s)"/>`+"\n", class, x1, e.y1, bend1, e.y1, bend2, e.y2, x2, e.y2, tip)
}

// legend explains the ways that the picture has.
func (c *canvas) legend(d *drawing) {
	x, y := margin, d.height+38
	line := func(class, tip, key string) {
		fmt.Fprintf(c, `<path class="%s" d="M%.1f %.1fh44" marker-end="url(#kept-tip%s)"/>`, class, x, y-4, tip)
		c.text("small", x+54, y, c.r.say(key))
		x += 360
	}
	if len(d.edges) > 0 {
		line("way", "", "picture.legend.near")
	}
	if slices.ContainsFunc(d.edges, func(e *edge) bool { return e.abroad }) {
		line("way abroad", "-abroad", "picture.legend.abroad")
	}
	if slices.ContainsFunc(d.edges, func(e *edge) bool { return e.onward }) {
		c.text("small", x, y, c.r.say("picture.legend.onward"))
	}
	c.WriteString("\n")
}

// Describe says in words what the picture shows.
func (r *Record) Describe() string {
	activities, abroad, countries := 0, []string{}, map[string]bool{}
	for range r.All() {
		activities++
	}
	for _, x := range r.Recipients {
		if x.Country != nil {
			countries[x.Country.Code] = true
		}
		for _, t := range x.Transfers {
			abroad = append(abroad, t.To.Name)
		}
	}
	says := r.say("picture.desc", activities, len(r.Recipients), len(countries))
	if len(abroad) > 0 {
		says += " " + r.say("picture.desc.abroad", strings.Join(unique(abroad), ", "))
	}
	return says
}
