// Package ads is the kind "ads": which of the operator's advertisements a
// browser has seen, how often, what came of it, and which audiences follow.
//
// Everything hangs on a random cookie id that leads back to no person. A cap
// bounds how often an advertisement is shown. Audiences are of pseudonyms, and
// whoever objects leaves them.
//
// The room refuses to run without consent or against Global Privacy Control, to
// join its id with a name or an address, and audiences from content that says
// something about health, belief or opinion.
package ads
