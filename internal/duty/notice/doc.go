// Package notice writes the privacy notice (Art. 13 and 14 GDPR) from what the
// policy and the manifests say, in German and English.
//
// A notice is a document of sections and blocks, rendered as HTML, as Markdown
// and as plain text; the plain text is the authoritative form, and the notice's
// hash is the SHA-256 of its bytes, so that sha256sum over a downloaded copy
// gives the number that a receipt names. The package refuses to write a
// sentence that the structure does not support: what is not declared is not
// described, and a field that is empty leaves no empty phrase behind.
package notice
