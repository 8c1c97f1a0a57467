// Package schema writes the policy language as a JSON Schema, so that an editor
// completes keys and words, shows what each means, and underlines what does not
// fit while a policy is being written.
//
// It holds no list of the language's keys. They come from the reader
// (policy.Language), the words of the kinds from the vocabulary, and the rest
// from the taxonomy; what is written here is only how a key is explained. A test
// fails on a key without an explanation and on an explanation without a key.
//
// The schema is written in draft-07, since that is what YAML editors know in
// full: the YAML language server behind most of them follows later drafts in
// part. It uses no word that means something else in draft 2020-12, and a test
// compiles it under both.
//
// It refuses nothing that the reader takes. The reverse does not hold: whatever
// asks for more than the form (a retention rule for each field, a safeguard for
// each transfer) is the matter of kept check.
package schema
