// Package gateway stands in front of a site, so that a visitor's browser loads
// and stores nothing that the policy does not declare or the visitor did not
// accept.
//
// A site is another server (Upstream) or a folder (Folder). Of every response
// the headers are governed: cookies, links that load, reporting, and the
// Content-Security-Policy. Bodies that are HTML are rewritten as they stream
// (room markup); all others pass untouched. Two layers hold a foreign host
// back: markup takes it out of the page, and the delivered policy (room csp)
// keeps a script from bringing it back.
//
// A site's own Content-Security-Policy is never merged into Kept's: browsers
// enforce each delivered policy, so the two together admit exactly what both
// admit. The site's is touched only where it would keep Kept's own paths out.
//
// The room refuses to read a database on the way of a request, to know any kind
// of activity or duty, to believe a forwarding header from a stranger, and to
// deliver HTML that it could not read.
package gateway
