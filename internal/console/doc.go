// Package console is the operator's pages, on an origin of their own.
//
// The first page answers three questions: is every promise kept, what is due,
// what changed. Every number leads to what it counts. Pages are made on the
// server, work without JavaScript and load nothing from elsewhere; charts are
// SVG. The room shows counts, rules and times: what is held about a single
// person is not looked at here, and nothing is decided here either; a button
// calls the duty that does it.
package console

//go:generate go run ../../browser/bundle/write.go console ../../browser
