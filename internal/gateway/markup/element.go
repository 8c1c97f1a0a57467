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

// What the HTML standard says of elements (HTML, 13.1.2, 13.2.4.2, 13.2.6.5).
var (
	// rawText elements hold no markup up to their end tag. plaintext has none;
	// noscript is one where scripts run.
	rawText = names("script style textarea title xmp iframe noembed noframes noscript plaintext")

	// specials are the special elements that can be open inside a body, without
	// raw text, void elements and the parts of tables.
	specials = names(`address applet article aside blockquote button center dd details dir div dl dt fieldset
		figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup li listing main marquee menu nav object ol p pre
		search section select summary table template ul`)

	// breakouts end foreign content.
	breakouts = names(`b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li
		listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var`)

	tableParts = names("caption col colgroup tbody td tfoot th thead tr")

	closesParagraph = names(`address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption
		figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section summary
		table ul xmp`)

	// headOnly elements do not begin a body.
	headOnly = names("html head meta title link base basefont bgsound script style noscript noframes template")

	mathText = names("mi mo mn ms mtext")
	svgDoors = names("foreignobject desc title")
)

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
		return svgDoors[name]
	}
	if name != "annotation-xml" {
		return mathText[name]
	}
	encoding := t.get("encoding")
	return strings.EqualFold(encoding, "text/html") || strings.EqualFold(encoding, "application/xhtml+xml")
}

// breaksOut reports whether a start tag ends foreign content.
func breaksOut(t *tag) bool {
	if string(t.name) == "font" {
		return t.has("color") || t.has("face") || t.has("size")
	}
	return breakouts[string(t.name)]
}
