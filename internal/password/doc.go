// Package password keeps passwords as argon2id and bounds how often one may be
// tried, for whoever signs people in.
//
// How many are hashed at once is bounded for the whole process, since each takes
// 64 MiB. A hash that stands for nobody takes the time of a real one, so that an
// unknown account cannot be told from a known one.
//
// The room refuses short passwords, and to let a stranger lock an account: who
// tries an account that many try has two tries, its owner at an address of his own
// still has a way in.
package password
