// Package clock passes time in.
//
// Kept promises periods, so every room that asks "now?" asks a Clock it was
// given: the real one in service, a hand-moved one in tests and simulation.
// Nothing outside this package may call time.Now, time.Sleep or time.After for
// a decision; measuring a duration for a log line is not a decision.
package clock
