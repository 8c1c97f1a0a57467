// Package issue turns what an author wrote into letters: Markdown or HTML into a
// page for both colour schemes and a plain text, once for a campaign, and then
// into one letter a reader.
//
// An author can say {{name}}, {{greeting}}, {{language}}, {{list}} and the links
// {{unsubscribe}}, {{preferences}}, {{archive}}, {{web}}, and {{if name}} …
// {{else}} … {{end}}. That is the whole language: there are no functions, no
// fields, no environment, and how long a letter can become is known before the
// first is written. What a reader's name holds stays text.
//
// HTML is read into a tree, of which elements and attributes that are not listed
// here are left out and named. The room refuses links that differ from reader to
// reader, pictures that would tell another host who opened the mail, script,
// forms, frames, and styles that load anything.
package issue
