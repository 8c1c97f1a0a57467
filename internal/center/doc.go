// Package center is the person's side of Kept: the notice, the settings, the
// receipts and "my data", below /privacy on the site's own host, and the banner
// that the site's pages carry.
//
// Everything works without JavaScript and without an account: who holds a
// browser's pseudonym acts on what is stored under it, and on nothing else. The
// pages carry no script at all; the banner's script (browser/) only makes a
// form quicker. A language is a parameter or a header, never a cookie.
//
// The room refuses to answer differently for a browser that nothing is held
// about, to make refusing harder than accepting, to lead anywhere but back to
// the site, and to let a page of its own be stored, framed or scripted.
package center

//go:generate go run ../../browser/bundle/write.go center ../../browser
