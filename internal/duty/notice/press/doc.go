// Package press sets a privacy notice on pages of paper size (PDF): contents
// with page numbers, tables that go on over pages, bookmarks, links.
//
// A page says word for word what the notice's plain text says, addresses of
// links included, since paper cannot be clicked. The same notice gives the same
// bytes: no clock, no chance and no name of a machine gets in. The package
// refuses to fetch anything: the fonts are the Go fonts, which it brings along.
// The files carry no structure tags; the page (HTML) is the form for screen
// readers.
package press
