package markup

import "strings"

// set is names as a test of membership.
type set map[string]bool

func names(list string) set {
	s := set{}
	for _, n := range strings.Fields(list) {
		s[n] = true
	}
	return s
}

// traits are what the HTML standard says of elements by their name (HTML,
// 13.1.2, 13.2.4.2, 13.2.6.4, 13.2.6.5).
type traits uint16

const (
	isRaw           traits = 1 << iota // holds no markup up to its end tag; noscript does where scripts run
	isSpecial                          // can be open inside a body and stop the search for an end tag
	breaksForeign                      // ends foreign content
	isTablePart                        // belongs into a table
	closesParagraph                    // ends a paragraph
	isHeadOnly                         // does not begin a body
	isMathText                         // of MathML: its content is HTML
	isSVGDoor                          // of SVG: its content is HTML
	isMedia                            // shows what its sources hold
	isNoted                            // the scan remembers it
)

var traitsByName = func() map[string]traits {
	m := map[string]traits{}
	for trait, list := range map[traits]string{
		isRaw: "script style textarea title xmp iframe noembed noframes noscript plaintext",
		isSpecial: `address applet article aside blockquote button center dd details dir div dl dt fieldset figcaption
			figure footer form h1 h2 h3 h4 h5 h6 header hgroup li listing main marquee menu nav object ol p pre search
			section select summary table template ul`,
		breaksForeign: `b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li
			listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var`,
		isTablePart: "caption col colgroup tbody td tfoot th thead tr",
		closesParagraph: `address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption
			figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section
			summary table ul xmp`,
		isHeadOnly: "html head meta title link base basefont bgsound script style noscript noframes template",
		isMathText: "mi mo mn ms mtext",
		isSVGDoor:  "foreignobject desc title",
		isMedia:    "video audio source",
		isNoted:    "html head body template select input button a",
	} {
		for name := range names(list) {
			m[name] |= trait
		}
	}
	return m
}()

// traitsOf returns the traits of the element called name.
func traitsOf(name []byte) traits { return traitsByName[string(name)] }

func isRoot(t *tag) bool { return string(t.name) == "svg" || string(t.name) == "math" }

func rootSpace(t *tag) namespace {
	if string(t.name) == "svg" {
		return inSVG
	}
	return inMathML
}

// isDoorway reports whether t, in ns, makes an integration point: an element
// whose content is HTML.
func isDoorway(t *tag, ns namespace) bool {
	name := string(t.name)
	if ns == inSVG {
		return t.traits&isSVGDoor != 0
	}
	if name != "annotation-xml" {
		return t.traits&isMathText != 0
	}
	encoding := t.get("encoding")
	return strings.EqualFold(encoding, "text/html") || strings.EqualFold(encoding, "application/xhtml+xml")
}

// breaksOut reports whether a start tag ends foreign content.
func breaksOut(t *tag) bool {
	if string(t.name) == "font" {
		return t.has("color") || t.has("face") || t.has("size")
	}
	return t.traits&breaksForeign != 0
}
