package markup

// Gate decides for one page what may load.
type Gate interface {
	// Admits reports whether the page may load from host: a lower-case ASCII
	// name, with ":port" unless the port is the scheme's own. The empty host
	// stands for one that cannot be read and is never to be admitted.
	Admits(host string) bool
	// Home reports whether host is the one that the page comes from. No other may
	// become the base of relative URLs, Kept's own among them.
	Home(host string) bool
	// Note is told of each reference that was held back.
	Note(h Held)
	// StandIn returns what takes the place of a visible element that was held
	// back: balanced phrasing content that begins with a span, or "" for nothing.
	StandIn(h Held) string
	// Policy returns what a <meta> Content-Security-Policy is to say.
	Policy(content string) string
}

// Held is a reference that was held back.
type Held struct {
	Host      string // as in Admits
	Element   string // lower-case name of the element
	Attribute string // lower-case name of the attribute; "css" or "json" inside an element

	// Of a visible element, as the page says them; empty where it does not.
	Width, Height, Class, Style, Title string
	// Language of the document, as <html lang> says it.
	Language string
	// Framed is true inside srcdoc, where forms of the page cannot be reached.
	Framed bool
}

// Extent says how much of a document a stream is.
type Extent int

// The extents.
const (
	Fragment Extent = iota // a part, fetched by a script: nothing is inserted
	Document               // a whole document
	Unknown                // a document if it begins like one
)

// Options are what one rewriting needs.
type Options struct {
	Gate   Gate
	Extent Extent
	// Snippet returns what a document gets in addition: head stands at the end of
	// its head, body directly after the <body> tag or before the first content.
	// language is what <html lang> says. Nil adds nothing.
	Snippet func(language string) (head, body string)
	Limit   int // bytes of one tag or one style element; 0 means 4 MiB. What is longer is left out.
}

const defaultLimit = 4 << 20
