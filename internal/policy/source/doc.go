// Package source turns the bytes of a policy file into a tree in which every
// key and value knows its line and column.
//
// It speaks a strict part of YAML: maps, lists and scalars in one document.
// What makes a file mean something else than it seems to (anchors, aliases,
// merge keys, tags, tabs, several documents) is refused with its place. Time
// and memory are bounded before the YAML library sees the file, since that
// library needs quadratic time for some inputs and has been seen to panic on
// others; a panic inside it becomes a fault at the first line. The package
// knows YAML and nothing of policies.
package source
