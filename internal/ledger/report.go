package ledger

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Report is what a verification found.
type Report struct {
	Checkpoint Checkpoint // the signed head; the zero Checkpoint if its signature is bad
	Leaves     int64      // entries that were recomputed
	Bad        *Bad       // the first thing that does not fit; nil if all does
}

// Bad is the first leaf that does not fit the signed root.
type Bad struct {
	Leaf int64  `json:"leaf"` // its index, -1 if the damage is not at one leaf
	Last int64  `json:"last"` // the last index that it may be; the same as Leaf where it is exact
	What string `json:"what"` // what was found, in a sentence
}

func badAt(leaf int64, format string, args ...any) *Bad {
	return &Bad{Leaf: leaf, Last: leaf, What: fmt.Sprintf(format, args...)}
}

// Error makes a *Bad pass as an error through a source.
func (b *Bad) Error() string { return b.What }

// OK reports whether the whole log fits its signature.
func (r Report) OK() bool { return r.Bad == nil }

// Write prints the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	if text, _, ok := strings.Cut(r.Checkpoint.Text, "\n"); ok {
		fmt.Fprintf(&b, "log     %s\nhead    %d leaves, root %x\n", text, r.Checkpoint.Size, r.Checkpoint.Root)
	}
	fmt.Fprintf(&b, "read    %d leaves\n", r.Leaves)
	switch {
	case r.OK():
		fmt.Fprintln(&b, "whole   every leaf fits the signed head")
	case r.Bad.Leaf < 0:
		fmt.Fprintf(&b, "BROKEN  %s\n", r.Bad.What)
	case r.Bad.Leaf == r.Bad.Last:
		fmt.Fprintf(&b, "BROKEN  at leaf %d: %s\n", r.Bad.Leaf, r.Bad.What)
	default:
		fmt.Fprintf(&b, "BROKEN  between leaf %d and leaf %d: %s\n", r.Bad.Leaf, r.Bad.Last, r.Bad.What)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// MarshalJSON writes the report for programs, the root in hex.
func (r Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"ok": r.OK(), "leaves": r.Leaves, "size": r.Checkpoint.Size, "root": fmt.Sprintf("%x", r.Checkpoint.Root),
		"checkpoint": r.Checkpoint.Text, "bad": r.Bad,
	})
}
