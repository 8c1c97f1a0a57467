// Package pdf writes plain documents: lines of text and rules on pages of A4, in the
// fonts that every reader has. It exists because an invoice needs no more, and the
// libraries that can do more weigh more than all of the kind that writes invoices.
//
// The same document always has the same bytes, so that a hash of it means something.
// Where a text leaves Western Europe, the letters of its neighbours, Greek and Cyrillic
// come with the document, and those of China, Japan and Korea by their numbers, for which
// the reader's machine has a font. What no font has becomes a question mark; Lost says
// before what that is.
//
// The room refuses pictures, forms, links and scripts, and scripts whose letters change
// with their neighbours or run from right to left.
package pdf
