// Package rights measures what carrying out people's rights costs: the access of
// one person over all kinds, and the erasure of many.
//
//	go test ./bench/rights -run Figures -v -people 10000
package rights
