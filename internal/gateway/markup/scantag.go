package markup

// scanTag handles the tag at the start of b; it returns false if b does not
// hold all of it.
func (r *Rewriter) scanTag(b []byte) bool {
	n := r.readTag(b)
	switch {
	case n == 0 && len(b) <= r.o.Limit:
		return false
	case n == 0:
		r.beginLongTag(b)
	case n > r.o.Limit:
		r.beginLongTag(b[:n])
		r.endLongTag()
	case r.tag.end:
		r.endTag(&r.tag)
	default:
		r.startTag(&r.tag)
	}
	return true
}

// beginLongTag leaves out a tag that exceeds the limit.
func (r *Rewriter) beginLongTag(b []byte) {
	if r.holding == styleSheetSVG {
		r.settle()
	}
	r.insert(emptyComment)
	r.raw = string(r.tag.name)
	r.gap = inName
	for _, c := range b[r.tag.nameEnd:] {
		r.gap, _ = r.gap.step(c)
	}
	r.state = inLongTag
	r.drop(len(b))
}

func (r *Rewriter) endLongTag() {
	r.state = inText
	switch {
	case r.tag.end: // what it ends must end
		r.leave(r.raw)
		r.writeEnd(r.raw)
	case traitsOf([]byte(r.raw))&isRaw != 0 && !r.foreign() && r.raw != "plaintext":
		r.state, r.script = inDropped, scriptState{}
	}
}

// startTag passes a start tag without what is held back of it.
func (r *Rewriter) startTag(t *tag) {
	if r.holding == styleSheetSVG {
		if !breaksOut(t) { // a style element holds no others
			r.dropTag(len(t.raw))
			return
		}
		r.settle()
	}
	if r.shut(t) {
		r.insert(emptyComment)
		r.dropElement(t)
		return
	}
	r.observe(t)
	if !r.enter(t) {
		r.dropTag(len(t.raw))
		return
	}
	if r.judge(t) {
		r.dropElement(t)
		return
	}
	r.passTag(t)
	switch {
	case string(t.name) == "body" && r.seen.template == 0:
		r.insertBody()
	case t.foreign == inHTML && t.traits&isRaw != 0:
		r.beginRaw(t)
	case t.foreign == inSVG && string(t.name) == "style" && !t.selfClosing:
		r.hold(styleSheetSVG)
	}
}

// passTag passes a tag with the edits that were noted for it.
func (r *Rewriter) passTag(t *tag) {
	if len(r.edits) > 0 {
		r.flush()
		from := 0
		for _, e := range r.edits {
			r.write(t.raw[from:e.from])
			r.write([]byte(e.text))
			from = e.to
		}
		r.write(t.raw[from:])
		r.edits = r.edits[:0]
		r.drop(len(t.raw))
		return
	}
	r.pos += len(t.raw)
}

// dropElement leaves out a start tag in whose place something was written, and
// its content if that is raw text.
func (r *Rewriter) dropElement(t *tag) {
	r.drop(len(t.raw))
	r.edits = r.edits[:0]
	if t.foreign == inHTML && !r.foreign() && t.traits&isRaw != 0 && string(t.name) != "plaintext" {
		r.raw, r.state, r.script = string(t.name), inDropped, scriptState{}
	}
}

// shut reports whether a start tag is left out because browsers disagree on
// what it is where it stands: in a select older ones ignore almost every tag,
// and with it that raw text or SVG begins; so they all do in a frameset.
func (r *Rewriter) shut(t *tag) bool {
	raw := t.traits&isRaw != 0
	switch {
	case r.seen.frames:
		return raw && string(t.name) != "noframes" || isRoot(t)
	case raw && string(t.name) == "plaintext" && r.noScript:
		return !r.foreign()
	case r.seen.choice && !r.foreign():
		return isRoot(t) || raw && string(t.name) != "script" && string(t.name) != "textarea"
	}
	return string(t.name) == "frameset" && r.seen.body
}

// observe notes what a start tag tells of the document and inserts the head's
// snippet before the first content of the body.
func (r *Rewriter) observe(t *tag) {
	if !r.seen.begun {
		r.begin(string(t.name))
	}
	if !r.seen.body && r.seen.template == 0 && t.traits&isHeadOnly == 0 {
		switch string(t.name) {
		case "frameset":
			r.seen.frames = true
			r.insertHead()
		case "body":
			r.seen.body = true
			r.insertHead()
		default:
			r.beginBody()
		}
	}
	if t.traits&isNoted == 0 || r.foreign() {
		return
	}
	switch string(t.name) {
	case "html":
		if r.language == "" {
			r.language = t.get("lang")
		}
	case "template":
		r.seen.template++
	case "select":
		r.seen.choice = !r.seen.choice // a second one ends the first
	case "input":
		r.seen.choice = false
	case "button":
		r.seen.button = true
	case "a":
		r.seen.link = true
	}
}

// endTag passes an end tag.
func (r *Rewriter) endTag(t *tag) {
	if r.skipEnd {
		r.skipEnd = false
		r.drop(len(t.raw))
		return
	}
	if r.holding == styleSheetSVG {
		r.settle()
	}
	if !r.seen.begun {
		r.begin(string(t.name))
	}
	outside := !r.foreign()
	if !outside {
		r.leave(string(t.name))
	}
	if t.traits&isNoted != 0 && !r.foreign() {
		r.observeEnd(string(t.name))
	}
	if outside && len(r.open) > 0 {
		r.leave(string(t.name))
	}
	r.pos += len(t.raw)
	if t.traits&isMedia != 0 {
		r.endMedia(string(t.name))
	}
}

// observeEnd notes what an end tag tells of the document.
func (r *Rewriter) observeEnd(name string) {
	switch name {
	case "head":
		r.insertHead()
	case "body", "html":
		r.beginBody()
	case "template":
		r.seen.template = max(0, r.seen.template-1)
	case "select":
		r.seen.choice = false
	case "button":
		r.seen.button = false
	case "a":
		r.seen.link = false
	}
}

// begin settles at the first tag or text whether the stream is a document.
func (r *Rewriter) begin(name string) {
	r.seen.begun = true
	if r.o.Extent == Unknown {
		r.o.Extent = Fragment
		if r.seen.doctype || name == "html" || name == "head" || name == "body" {
			r.o.Extent = Document
		}
	}
}

// beginBody notes that content of the body comes without a <body> tag.
func (r *Rewriter) beginBody() {
	if !r.seen.body && !r.seen.frames {
		r.seen.body = true
		r.insertHead()
		r.insertBody()
	}
}

func (r *Rewriter) insertHead() {
	if r.o.Extent == Document && !r.seen.head && r.o.Snippet != nil {
		var head string
		head, r.body = r.o.Snippet(r.language)
		r.insert(head)
	}
	r.seen.head = true
}

func (r *Rewriter) insertBody() {
	r.insert(r.body)
	r.body = ""
}
