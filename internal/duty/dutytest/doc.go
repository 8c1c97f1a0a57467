// Package dutytest gives the duties' tests an instance of Kept: the real
// platform on a fresh database, a clock that is moved by hand, and one small
// kind of activity, a reading circle, that has a table of every shape.
package dutytest
