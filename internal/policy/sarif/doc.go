// Package sarif writes what a check found in the format that code hosts read
// (SARIF 2.1.0), so that a finding stands beside its line in a review.
//
// It adds nothing to the findings: code, reason, remedy and examples are those
// that package policy explains.
package sarif
