// Package activity says what a kind of activity is: a manifest and a few hooks.
//
// A kind is a folder below this one: the manifest beside its migrations, the
// domain, its pages, its jobs. It runs only where the policy has an entry for
// it, and it writes only the fields that the entry lists. Retention, access,
// export, erasure, notice, register and audit are derived from the manifest and
// written nowhere in a kind.
package activity
