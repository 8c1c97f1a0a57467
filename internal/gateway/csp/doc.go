// Package csp writes and reads Content-Security-Policy, as far as the gateway
// needs it.
//
// Kept's own policy is one more header field. Browsers enforce every policy
// they are given, so that a page may load what all of them admit; the site's own
// (in headers or <meta>) is never parsed and merged, which could only lose
// something, and never loosened for anybody. One thing is added to it: the paths
// of Kept below /privacy/, where the site's policy would keep the banner, its
// style or its answers out.
package csp
