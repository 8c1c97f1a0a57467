// Package sheet reads contacts from files: tables as Excel, Outlook and Google
// write them (CSV), and vCards of version 3 and 4.
//
// A file is read as a whole or not at all: the first thing that is no contact ends
// the reading with its place, so that half of a list is never taken for the list.
// Each contact has an id that stays the same from file to file, which is what tells
// a change from a leaving.
//
// The room opens nothing: it is given bytes. It refuses files, rows and cells
// beyond stated bounds, and it fetches no picture that a file merely points to.
package sheet
