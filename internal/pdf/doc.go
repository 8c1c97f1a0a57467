// Package pdf writes plain documents: lines of text and rules on pages of A4, in the
// fonts that every reader has. It exists because an invoice needs no more, and the
// libraries that can do more weigh more than all of the kind that writes invoices.
//
// The same document always has the same bytes, so that a hash of it means something.
// Texts are in the characters of Western Europe (Windows-1252); letters of its
// neighbours lose their marks, and what is in no table becomes a question mark.
//
// The room refuses pictures, fonts of its own, forms, links and scripts.
package pdf
