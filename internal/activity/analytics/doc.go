// Package analytics is the kind "analytics": what visitors who agreed to it do
// on the site, under a random id, counted for the operator's reports.
//
// The browser sends events to one route; an answer of 204 means that they are
// on the disk. Consent is asked of the signed cookie at each request, so a
// withdrawal, an objection, a restriction or an old cookie stops collection at
// once. Only fields that the policy lists are written, addresses are truncated
// before anything is, and pages lose their query strings.
//
// The room refuses events without consent, events it does not know, forged ids
// and cookies, and anything above its bounds; a refused request stores nothing.
package analytics
