// Package table writes what people wrote into tables that others open: a spreadsheet
// takes a cell that begins like a formula for one, computes it, and so lets a stranger
// act on the machine of whoever opens the file.
//
// The room knows no format. It refuses nothing: what is guarded can be read by people as
// it was written, and be read back.
package table
