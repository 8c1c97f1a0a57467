package markup

import (
	"bytes"
	"io"
)

// Rewriter rewrites one stream of HTML. The bytes may come in pieces cut
// anywhere; what is written does not depend on the cuts.
type Rewriter struct {
	o   Options
	w   io.Writer
	err error

	in   []byte // what is being scanned
	done int    // how much of in is written
	pos  int    // where the scan stands
	rest []byte // the beginning of an unfinished token, kept for the next piece

	state   state
	raw     string // the raw text element the scan is in
	script  scriptState
	gap     gap  // inside a tag that is too long
	skipEnd bool // the end tag that comes belongs to an element left out

	holding holding // what content is kept for
	content []byte  // of an element that is judged as a whole
	tooLong bool    // content exceeds the limit and is left out

	tag     tag
	lowered []byte
	edits   []edit
	extra   string // attributes that the tag needs because one was held

	open     []open
	seen     seen
	body     string // what is to stand at the beginning of the body
	media    media
	language string
	depth    int  // of srcdoc documents around this one
	noScript bool // this is the content of a noscript element
}

// state is what the bytes at the scan's position belong to.
type state byte

const (
	inText      state = iota
	inComment         // up to --> or --!>
	inBogus           // a comment that ends at the first >
	inSection         // <![CDATA[ … ]]>
	inEscaped         // such a section, written as plain text
	inRaw             // raw text
	inScript          // a script
	inDropped         // raw text that is left out, its end tag too
	inLongTag         // a tag that is too long: left out
	inPlaintext       // all the rest
)

// seen is what the stream showed so far.
type seen struct {
	doctype  bool
	begun    bool // a tag or text came
	body     bool // content of a body
	frames   bool // the document is a set of frames
	head     bool // what belongs into the head is in
	choice   bool // a select may be open
	button   bool // a button may be open
	link     bool // an <a> may be open
	template int  // templates open
}

// New returns a rewriter that writes to w.
func New(w io.Writer, o Options) *Rewriter {
	r := &Rewriter{}
	r.Reset(w, o)
	return r
}

// Reset makes r ready for another stream and keeps its buffers.
func (r *Rewriter) Reset(w io.Writer, o Options) {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	*r = Rewriter{
		o: o, w: w, rest: reusable(r.rest), content: reusable(r.content),
		tag: tag{attrs: r.tag.attrs[:0]}, lowered: r.lowered[:0], edits: r.edits[:0], open: r.open[:0],
	}
}

// reusable returns b for use again, unless a large page has made it large.
func reusable(b []byte) []byte {
	if cap(b) > 256<<10 {
		return nil
	}
	return b[:0]
}

// Write implements io.Writer.
func (r *Rewriter) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	in := p
	if len(r.rest) > 0 {
		r.rest = append(r.rest, p...)
		in = r.rest
		if r.inTag(in) && len(in) <= r.o.Limit && bytes.IndexByte(p, '>') < 0 {
			return len(p), nil
		}
	}
	n := r.run(in, false)
	if len(r.rest) > 0 {
		r.rest = r.rest[:copy(r.rest, in[n:])]
	} else {
		r.rest = append(r.rest, in[n:]...)
	}
	return len(p), r.err
}

// Close ends the stream. It does not close the writer below.
func (r *Rewriter) Close() error {
	if r.err != nil {
		return r.err
	}
	r.run(r.rest, true)
	r.end()
	return r.err
}

// inTag reports whether in begins with a tag. One without a ">" need not be
// scanned again.
func (r *Rewriter) inTag(in []byte) bool {
	return r.state == inText && len(in) > 2 && (class[in[1]]&isLetter != 0 || in[1] == '/' && class[in[2]]&isLetter != 0)
}

// run scans in and returns how much of it is settled.
func (r *Rewriter) run(in []byte, final bool) int {
	r.in, r.done, r.pos = in, 0, 0
	for r.pos < len(in) && r.scan(final) && r.err == nil {
	}
	r.flush()
	return r.pos
}

// scan moves over the next part of the input; it returns false if more is
// needed to tell what it is.
func (r *Rewriter) scan(final bool) bool {
	switch r.state {
	case inText:
		return r.scanText(final)
	case inComment:
		return r.scanComment(final)
	case inBogus:
		return r.passThrough(bytes.IndexByte(r.in[r.pos:], '>'), 1)
	case inSection, inEscaped:
		return r.scanSection(final)
	case inLongTag:
		return r.scanLongTag()
	case inPlaintext:
		return r.passThrough(-1, 0)
	}
	return r.scanRaw(final)
}

// passThrough passes up to and with the terminator of size bytes found at n
// from here, or everything if there is none yet.
func (r *Rewriter) passThrough(n, size int) bool {
	if n < 0 {
		r.pos = len(r.in)
		return true
	}
	r.pos += n + size
	r.state = inText
	return true
}

// flush writes what was passed.
func (r *Rewriter) flush() {
	if r.done < r.pos {
		r.write(r.in[r.done:r.pos])
		r.done = r.pos
	}
}

// insert writes text that is not in the stream before what comes next.
func (r *Rewriter) insert(text string) {
	r.flush()
	switch {
	case text == "" || r.err != nil:
	case r.holding == nothing:
		_, r.err = io.WriteString(r.w, text)
	default:
		r.write([]byte(text))
	}
}

// drop leaves out the next n bytes.
func (r *Rewriter) drop(n int) {
	r.flush()
	r.pos += n
	r.done = r.pos
}

// emptyComment takes the place of a tag that is left out, lest what stood
// before and after it make a new tag.
const emptyComment = "<!---->"

// dropTag leaves out a tag of n bytes.
func (r *Rewriter) dropTag(n int) {
	r.insert(emptyComment)
	r.drop(n)
}

// write hands b on, or keeps it while the content of an element is held.
func (r *Rewriter) write(b []byte) {
	switch {
	case r.err != nil || r.tooLong:
	case r.holding == nothing:
		_, r.err = r.w.Write(b)
	case len(r.content)+len(b) > r.o.Limit:
		r.tooLong, r.content = true, r.content[:0]
	default:
		r.content = append(r.content, b...)
	}
}

// end settles what a stream that ends in the middle of something leaves. An
// unfinished tag is none: browsers drop it too.
func (r *Rewriter) end() {
	r.in, r.done, r.pos = nil, 0, 0
	r.settle()
	switch {
	case r.noScript:
		r.seal()
	case r.state == inText:
		if !r.seen.begun {
			r.begin("")
		}
		r.beginBody()
	}
}

// seal writes what ends everything that is open, so that whatever follows the
// stream is read as if it had not been.
func (r *Rewriter) seal() {
	switch r.state {
	case inComment:
		r.insert("-->")
	case inBogus:
		r.insert(">")
	case inSection:
		r.insert("]]>")
	case inScript:
		r.insert(r.script.ending())
	case inRaw:
		r.writeEnd(r.raw)
	}
	r.unwind()
	if r.seen.choice {
		r.writeEnd("select")
	}
}
