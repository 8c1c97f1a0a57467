// Package manifest is the vocabulary in which a room declares what it stores
// about people: tables, columns, and the words of the policy language they
// answer to.
//
// A manifest stands beside the migrations that make its tables, and a test
// compares the two. Everything generic (notice, register, retention, access,
// export, erasure, restriction, audit, console) is derived from manifests, so
// that no list of personal data is kept by hand. Platform rooms have manifests
// like any kind of activity. The package is pure vocabulary: it opens nothing
// and runs nothing.
package manifest
