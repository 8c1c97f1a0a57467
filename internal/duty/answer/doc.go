// Package answer writes what a person is handed: a ZIP with everything that is
// held (Art. 15 GDPR) or what they provided (Art. 20), readable by people and by
// programs.
//
// A package is written while it is read, so a person with a million rows costs no
// more memory than one with ten. Every file names itself in manifest.json with
// its SHA-256. Whatever came from outside stays text in every format: nothing in
// a package runs, loads or calculates.
//
// The room refuses to write for a person who is not identified, and to leave out
// silently: what is masked, because it is about others, or cannot be read now, is
// said.
package answer
