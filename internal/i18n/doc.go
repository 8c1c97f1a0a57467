// Package i18n speaks to people in German and English: words, dates, numbers
// and sizes as each language writes them.
//
// The words lie in words.de.txt and words.en.txt, a section a room, so that a
// translator reads one file. A test compares both files with each other and
// with the code: no key is missing, none is left over. The package refuses to
// hold sentences of a policy; those stand in the policy itself.
package i18n
