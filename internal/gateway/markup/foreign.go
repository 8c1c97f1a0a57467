package markup

// namespace is what an element belongs to.
type namespace byte

const (
	inHTML namespace = iota
	inSVG
	inMathML
)

// role is what an open element means for the tokens that follow it.
type role byte

const (
	plain   role = iota // an SVG or MathML element: what follows is foreign
	root                // <svg> or <math> in HTML, the bottom of a run of foreign elements
	doorway             // an integration point: what follows is HTML again
	special             // an HTML element behind a doorway that keeps it from closing
	cell                // a table cell or caption behind a doorway; goes with its table
)

// open is an element that is open, or may be. Only elements inside <svg> and
// <math> are followed; of HTML behind a doorway only the special ones, which can
// keep an end tag from reaching the doorway (HTML, 13.2.6.4.7, "any other end
// tag"). The list never lacks an element that a browser has open there.
type open struct {
	name string
	role role
	ns   namespace
	// touched says of a doorway that HTML elements were opened behind it, so
	// that a browser's current node need not be the doorway any more.
	touched bool
}

// maxDepth bounds the open elements that are followed; a start tag below is
// dropped.
const maxDepth = 400

// foreign reports whether the next token is foreign content.
func (r *Rewriter) foreign() bool {
	n := len(r.open)
	return n > 0 && r.open[n-1].role <= root
}

// enter follows a start tag that is about to be written, and writes the end tags
// that it takes to be sure where it lands. It reports false for a tag that is to
// be dropped.
func (r *Rewriter) enter(t *tag) bool {
	if len(r.open) == 0 {
		if isRoot(t) {
			r.push(t, root, rootSpace(t))
		}
		return true
	}
	if len(r.open) >= maxDepth {
		return false
	}
	if r.foreign() {
		if !breaksOut(t) {
			r.enterForeign(t)
			return true
		}
		r.leaveRun()
	}
	return r.enterHTML(t)
}

// enterForeign follows a start tag inside SVG or MathML.
func (r *Rewriter) enterForeign(t *tag) {
	top := r.open[len(r.open)-1]
	if top.ns == inMathML && top.name == "annotation-xml" && string(t.name) == "svg" {
		r.push(t, root, inSVG)
		return
	}
	place := plain
	if isDoorway(t, top.ns) {
		place = doorway
	}
	r.push(t, place, top.ns)
}

// enterHTML follows a start tag in HTML, behind a doorway or just after leaving
// foreign content.
func (r *Rewriter) enterHTML(t *tag) bool {
	if len(r.open) == 0 {
		return true
	}
	name := string(t.name)
	door := &r.open[r.door()]
	if door.ns == inMathML && traitsOf([]byte(door.name))&isMathText != 0 && (name == "mglyph" || name == "malignmark") {
		if !door.touched {
			r.push(t, plain, inMathML)
		}
		return !door.touched
	}
	door.touched = true
	switch {
	case t.traits&isTablePart != 0:
		r.enterTablePart(t)
	case isRoot(t):
		r.push(t, root, rootSpace(t))
	case t.traits&isSpecial != 0:
		r.enterSpecial(t)
	}
	return true
}

func (r *Rewriter) enterSpecial(t *tag) {
	name := string(t.name)
	top := r.open[len(r.open)-1]
	switch {
	case top.role == special && top.name == "p" && t.traits&closesParagraph != 0:
		r.open = r.open[:len(r.open)-1]
	case name == "table" && r.inTable():
		r.writeEnd("table") // a table outside of a cell closes the one around
		r.open = r.open[:r.behindDoor("table")]
	}
	r.push(t, special, inHTML)
}

// enterTablePart follows the start tag of a row, a cell or another part of a
// table behind a doorway. Without a table there, one around the SVG would take
// it, so the SVG is left first.
func (r *Rewriter) enterTablePart(t *tag) {
	table := r.behindDoor("table")
	if table < 0 {
		r.unwind()
		return
	}
	if !r.inTemplate(table) {
		r.open = r.open[:table+1]
	}
	if name := string(t.name); name == "td" || name == "th" || name == "caption" {
		r.push(t, cell, inHTML)
	}
}

// inTable reports whether the innermost thing behind the doorway that bears on
// tables is a table, not a cell or a template.
func (r *Rewriter) inTable() bool {
	table := r.behindDoor("table")
	if table < 0 || r.inTemplate(table) {
		return false
	}
	for _, o := range r.open[table:] {
		if o.role == cell {
			return false
		}
	}
	return true
}

func (r *Rewriter) inTemplate(above int) bool { return r.behindDoor("template") > above }

func (r *Rewriter) push(t *tag, place role, ns namespace) {
	t.foreign = ns
	if ns != inHTML && t.selfClosing {
		return
	}
	r.open = append(r.open, open{name: string(t.name), role: place, ns: ns})
}

// leave follows an end tag that is about to be written.
func (r *Rewriter) leave(name string) {
	switch {
	case len(r.open) == 0:
	case r.foreign():
		r.leaveForeign(name)
	case traitsOf([]byte(name))&isTablePart != 0:
		r.leaveTablePart(name)
	default:
		r.leaveHTML(name)
	}
}

// leaveHTML follows an end tag behind a doorway.
func (r *Rewriter) leaveHTML(name string) {
	if i := r.behindDoor(name); i >= 0 {
		if name == "table" || name == "template" { // these take along what is open inside
			r.open = r.open[:i]
			return
		}
		r.open = append(r.open[:i], r.open[i+1:]...)
		return
	}
	door := r.door()
	switch {
	case r.open[door].name == name:
		r.closeDoor()
		r.open = r.open[:door]
	case r.inRun(name):
		r.closeDoor()
		r.writeEnd(r.open[door].name)
		r.open = r.open[:door]
		r.leaveForeign(name)
	case name == "table" || name == "template":
		r.unwind() // one around the SVG would close
	}
}

func (r *Rewriter) leaveTablePart(name string) {
	table := r.behindDoor("table")
	switch {
	case table < 0:
		r.unwind()
	case !r.inTemplate(table):
		r.open = r.open[:table+1]
	}
}

// leaveForeign follows an end tag inside SVG or MathML: it closes the nearest
// element of its name. One that names none would act on the HTML around, so the
// run is left first.
func (r *Rewriter) leaveForeign(name string) {
	for i := len(r.open) - 1; i >= 0 && r.open[i].role <= doorway; i-- {
		if r.open[i].name == name {
			r.open = r.open[:i]
			return
		}
		if r.open[i].touched {
			break
		}
	}
	r.closeRun()
	r.leave(name)
}

// door returns the index of the innermost doorway. There is one whenever
// elements are followed and the next token is HTML.
func (r *Rewriter) door() int {
	i := len(r.open) - 1
	for r.open[i].role != doorway {
		i--
	}
	return i
}

// behindDoor returns the index of the innermost HTML element called name that
// may be open behind the innermost doorway, -1 if there is none.
func (r *Rewriter) behindDoor(name string) int {
	for i := len(r.open) - 1; r.open[i].role != doorway; i-- {
		if r.open[i].name == name {
			return i
		}
	}
	return -1
}

// inRun reports whether the run of foreign elements that the innermost doorway
// belongs to has one called name.
func (r *Rewriter) inRun(name string) bool {
	for i := r.door(); ; i-- {
		if r.open[i].name == name {
			return true
		}
		if r.open[i].role == root {
			return false
		}
	}
}

// runStart returns the index of the root of the current run.
func (r *Rewriter) runStart() int {
	i := len(r.open) - 1
	for r.open[i].role != root {
		i--
	}
	return i
}

// leaveRun forgets the foreign elements that a tag breaks out of, up to the
// doorway it stands behind or to HTML.
func (r *Rewriter) leaveRun() {
	for r.foreign() {
		r.open = r.open[:len(r.open)-1]
	}
}

// closeRun writes end tags that close the current run, its root included.
func (r *Rewriter) closeRun() {
	start := r.runStart()
	for i := len(r.open) - 1; i >= start; i-- {
		if r.open[i].name == r.open[start].name {
			r.writeEnd(r.open[i].name)
		}
	}
	r.open = r.open[:start]
}

// closeDoor writes end tags for the HTML elements that may be open behind the
// innermost doorway, so that its own end tag is certain to close it.
func (r *Rewriter) closeDoor() {
	door := r.door()
	for i := len(r.open) - 1; i > door; i-- {
		if r.open[i].role == special {
			r.writeEnd(r.open[i].name)
		}
	}
	r.open = r.open[:door+1]
}

// unwind writes end tags that leave every open SVG and MathML element.
func (r *Rewriter) unwind() {
	for len(r.open) > 0 {
		if r.foreign() {
			r.closeRun()
			continue
		}
		r.closeDoor()
		door := len(r.open) - 1
		r.writeEnd(r.open[door].name)
		r.open = r.open[:door]
	}
}

func (r *Rewriter) writeEnd(name string) { r.insert("</" + name + ">") }
