// Package clocktest tells how much of the processor a test has taken: a bound on work
// that means the same on a busy machine as on a quiet one, where the clock on the wall
// counts everybody's.
//
// It counts the whole process, so a test that asks it runs beside no other.
package clocktest
