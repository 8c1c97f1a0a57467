// Package markup takes out of a stream of HTML whatever would make a browser
// load from a host that a Gate does not admit, and leaves every other byte as
// it is.
//
// It is a scanner for "<", not a parser: text, comments, scripts and tags with
// nothing to hold pass through uncopied. What a scanner must know of parsing it
// knows exactly: where raw text ends, where comments end, what is foreign
// content (SVG, MathML), where attributes begin. Where two readings of a page
// are possible (unclosed SVG, raw text inside a select, noscript with and
// without scripts), the scanner does not guess which one a browser takes: it
// writes the missing end tags, or drops the tag, so that one reading is left.
//
// It refuses to touch the text of a page, inline scripts, plain links, and URLs
// without a host; to buffer more than one tag or one style element, each up to
// a bound; and to know what a policy or a service is.
package markup
