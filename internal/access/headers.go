package access

import "net/http"

// pagePolicy lets a page load its own style and pictures and send its own forms,
// and nothing else: no script runs on it, and nobody frames it.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// Protect sets the headers of every page of Kept's own, at both doors.
// Same-origin is the strictest referrer policy under which browsers still name
// the origin of a form.
func Protect(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Add("Vary", "Accept-Language")
}

// Scripted lets a page that Protect has bound run the scripts of its own door, and
// nothing more.
func Scripted(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy+"; script-src 'self'")
}

// Asking lets a page that Protect has bound ask for consent as the site's pages do, and
// tell this door what was agreed to.
func Asking(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy+"; script-src 'self'; connect-src 'self'")
}

// Framing lets a page that Protect has bound show documents of its own door in a
// frame, a preview for instance.
func Framing(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy+"; frame-src 'self'")
}

// Personal keeps an answer out of every store and index.
func Personal(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
}
