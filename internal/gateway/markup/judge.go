package markup

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// edit replaces raw[from:to] of the current tag. Edits stand in order.
type edit struct {
	from, to int
	text     string
}

// mark takes the place of an attribute that is held. It has a value, lest a "="
// that follows give one to the attribute before.
const mark = `data-kept-held=""`

// kind is what an attribute's value means to a browser.
type kind byte

const (
	harmless kind = iota
	address       // a URL that is loaded
	images        // a srcset
	css           // declarations
	words         // URLs separated by white space
	archive       // URLs separated by white space or commas

	// What these mean depends on the element.
	linked    // href
	paint     // an SVG presentation attribute: CSS too
	document  // srcdoc
	animated  // values that an animation gives to another attribute
	meta      // content of a meta element
	parameter // value of a param element
	only      // a URL, on one element
)

// kinds are the attributes that can make a browser load (HTML, "Attributes";
// SVG 2, "Linking" and "Property index").
var kinds = func() map[string]kind {
	m := map[string]kind{}
	for k, list := range map[kind]string{
		address:   "src poster background lowsrc dynsrc formaction classid codebase code",
		images:    "srcset imagesrcset",
		css:       "style",
		words:     "ping attributionsrc",
		archive:   "archive",
		linked:    "href xlink:href",
		paint:     "fill stroke filter mask clip-path cursor marker marker-start marker-mid marker-end",
		document:  "srcdoc",
		animated:  "to from by values",
		meta:      "content",
		parameter: "value",
		only:      "data action manifest",
	} {
		for name := range names(list) {
			m[name] = k
		}
	}
	return m
}()

// kindOf returns what the attribute called name means on t: never linked nor
// only.
func kindOf(t *tag, name []byte) kind {
	k := kinds[string(name)]
	switch k {
	case linked:
		return hrefKind(t, name)
	case paint:
		return on(t.foreign != inHTML, paint)
	case document:
		return on(string(t.name) == "iframe", document)
	case animated:
		return on(t.foreign != inHTML && strings.Contains(strings.ToLower(t.get("attributename")), "href"), animated)
	case meta:
		return on(string(t.name) == "meta", meta)
	case parameter:
		return on(string(t.name) == "param", parameter)
	case only:
		element := string(t.name)
		switch string(name) {
		case "data":
			return on(element == "object", address)
		case "action":
			return on(element == "form", address)
		}
		return on(element == "html", address)
	}
	return k
}

func on(yes bool, k kind) kind {
	if yes {
		return k
	}
	return harmless
}

// hrefKind tells what href means on t: a link is followed, not loaded.
func hrefKind(t *tag, name []byte) kind {
	switch string(t.name) {
	case "a":
		return harmless
	case "base":
		return address
	case "link":
		return on(Loads(t.get("rel")), address)
	}
	return on(t.foreign == inSVG || string(name) != "href", address)
}

// judge notes the edits that take out of a start tag what is held back. It
// reports true if the whole element is to be left out, a stand-in written.
func (r *Rewriter) judge(t *tag) bool {
	r.extra = ""
	var main Held // the held reference that the element is about
	admitted := false
	for i := range t.attrs {
		a := &t.attrs[i]
		k := kindOf(t, a.name)
		if k == harmless {
			continue
		}
		host, held := r.judgeAttribute(t, a, k)
		switch {
		case held && about(t, a):
			main = Held{Host: host, Element: string(t.name), Attribute: string(a.name)}
		case !held && (k == address || k == images) && len(a.value) > 0:
			admitted = true
		}
	}
	if t.traits&isMedia != 0 {
		r.followMedia(t, main, admitted)
	}
	if len(r.edits) == 0 {
		return false
	}
	if main.Element != "" && !admitted && r.standIn(t, main) {
		return true
	}
	r.prefix(t, r.extra)
	return false
}

// about reports whether a says what the element t shows or runs.
func about(t *tag, a *attribute) bool {
	switch string(a.name) {
	case "src", "data":
		return true
	case "srcset":
		return string(t.name) == "img"
	}
	return false
}

// judgeAttribute notes the edit of one attribute and returns the host of what
// was held.
func (r *Rewriter) judgeAttribute(t *tag, a *attribute, k kind) (host string, held bool) {
	if local(a.value, k) {
		return "", false
	}
	return r.judgeValue(t, a, k)
}

// local reports in a glance that a value names no host; most do not.
func local(value []byte, k kind) bool {
	switch k {
	case address:
		return len(value) == 0 || len(value) > 1 && value[0] == '/' && value[1] > ' ' && value[1] != '/' && value[1] != '\\' && value[1] != '&'
	case images:
		return bytes.IndexByte(value, ':') < 0 && bytes.IndexByte(value, '&') < 0 && bytes.IndexByte(value, '\\') < 0 && !bytes.Contains(value, []byte("//"))
	case css, paint:
		return bytes.IndexByte(value, '(') < 0 && bytes.IndexByte(value, '\\') < 0 && bytes.IndexByte(value, '&') < 0 && bytes.IndexByte(value, '@') < 0
	}
	return len(value) == 0
}

func (r *Rewriter) judgeValue(t *tag, a *attribute, k kind) (host string, held bool) {
	value := decode(a.value)
	base := string(t.name) == "base"
	check := func(url string) bool {
		h, yes := r.holdsURL(url)
		if base && h != "" {
			yes = !r.o.Gate.Home(h)
		}
		if yes {
			host, held = h, true
			r.note(h, string(t.name), string(a.name))
		}
		return yes
	}
	with, changed := "", false
	switch k {
	case address:
		changed = check(value)
	case images:
		with, changed = admittedImages(value, check)
	case words:
		with, changed = admittedWords(value, "", check)
	case archive:
		with, changed = admittedWords(value, ",", check)
	case css, paint:
		with, changed = inertStyle(value, check)
	case document:
		with, changed = r.judgeDocument(value)
	case animated:
		changed = slices.ContainsFunc(strings.Split(value, ";"), check)
	case meta:
		with, changed = r.judgeMeta(t, value, check)
	case parameter:
		changed = namesAddress(t.get("name")) && check(value)
	}
	if changed {
		text := mark
		if with != "" {
			text = writeAttribute(string(a.name), with)
		}
		r.edits = append(r.edits, edit{a.start, a.end, text})
		if held {
			r.extra = cmp.Or(r.extra, instead(t, a))
		}
	}
	return host, held
}

func namesAddress(param string) bool {
	switch strings.ToLower(param) {
	case "src", "movie", "filename", "url", "data", "code":
		return true
	}
	return false
}

// judgeMeta returns what the content of a meta element is to be.
func (r *Rewriter) judgeMeta(t *tag, content string, held func(string) bool) (string, bool) {
	switch strings.ToLower(strings.Trim(t.get("http-equiv"), spaces)) {
	case "refresh":
		return "", held(RefreshTarget(content))
	case "content-security-policy":
		with := r.o.Gate.Policy(content)
		return with, with != content
	}
	return "", false
}

// maxDocuments bounds documents in documents; deeper ones are left out.
const maxDocuments = 4

// judgeDocument rewrites the document in a srcdoc attribute.
func (r *Rewriter) judgeDocument(src string) (string, bool) {
	if r.depth >= maxDocuments {
		return "", true
	}
	var out strings.Builder
	inner := New(&out, Options{Gate: r.o.Gate, Limit: r.o.Limit})
	inner.depth, inner.language = r.depth+1, r.language
	inner.Write([]byte(src)) // a builder takes everything
	inner.Close()
	return out.String(), out.String() != src
}

// instead returns the attribute that keeps t from doing something else now that
// a is gone, empty if it does nothing.
func instead(t *tag, a *attribute) string {
	switch string(a.name) {
	case "src", "href", "xlink:href":
		if string(t.name) == "script" { // its content would run
			return ` type="kept/held"`
		}
	case "action": // the page itself would get the data; such a form sends nothing
		return ` method="dialog"`
	case "formaction":
		return ` formmethod="dialog"`
	}
	return ""
}

// prefix writes text right after the tag's name: of duplicate attributes
// browsers use the first.
func (r *Rewriter) prefix(t *tag, text string) {
	if text == "" {
		return
	}
	r.edits = append(r.edits, edit{})
	copy(r.edits[1:], r.edits)
	r.edits[0] = edit{t.nameEnd, t.nameEnd, text}
}

// holdsURL reports whether url is held back, and its host.
func (r *Rewriter) holdsURL(url string) (string, bool) {
	host, remote := Host(url)
	return host, remote && !r.o.Gate.Admits(host)
}

// holds is holdsURL as a function that notes what it holds.
func (r *Rewriter) holds(element, attribute string) func(string) bool {
	return func(url string) bool {
		host, held := r.holdsURL(url)
		if held {
			r.note(host, element, attribute)
		}
		return held
	}
}

func (r *Rewriter) note(host, element, attribute string) {
	r.o.Gate.Note(Held{Host: host, Element: element, Attribute: attribute, Language: r.language, Framed: r.depth > 0})
}

// number reads the leading number of a length as browsers do, -1 if it has none.
func number(length string) int {
	length = strings.TrimLeft(length, spaces)
	end := 0
	for end < len(length) && length[end] >= '0' && length[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(length[:end])
	if err != nil {
		return -1
	}
	return n
}
