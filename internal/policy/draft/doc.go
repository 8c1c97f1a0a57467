// Package draft writes the first policy of an offer from a handful of answers: a
// file that teaches the language by its comments and passes every check as it
// stands.
//
// It promises nothing that is not run. What Kept performs (the access log,
// statistics, consent) is declared as such; what another system does is declared
// as external. What nobody can know but the operator stands under CHECK.
package draft
