// Package demo is the far side of the internet for `kept demo`, in miniature:
// third parties on loopback ports that keep count of who calls them, a mailbox
// that takes every mail, a copy of the example site that points at them, and some weeks of visitors who walk the
// site through the real HTTP path.
//
// It knows nothing of Kept's rooms: it sees the site as a browser does. It
// refuses to listen anywhere but on loopback.
package demo
