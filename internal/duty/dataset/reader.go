package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kept/internal/policy/source"
)

// reader reads one file and collects what there is to say about it.
type reader struct {
	file     string
	findings Findings
}

func (r *reader) report(at Pos, remedy, format string, args ...any) {
	r.findings = append(r.findings, Finding{File: r.file, Pos: at, Problem: source.Visible(fmt.Sprintf(format, args...)), Remedy: remedy})
}

func (r *reader) warn(at Pos, remedy, format string, args ...any) {
	r.report(at, remedy, format, args...)
	r.findings[len(r.findings)-1].Warning = true
}

// parse returns the tree of a file, nil if it cannot be read.
func (r *reader) parse(src []byte) *source.Node {
	root, mistakes := source.Parse(src)
	for _, m := range mistakes {
		r.report(m.Pos, "", "%s", m.Problem)
	}
	return root
}

// keys says what to do with each key of a map. A key that stands for nothing
// here is given noted: it is known and changes nothing.
type keys map[string]func(*source.Node)

func noted(*source.Node) {}

// read goes through the keys of a map. Unknown keys are told, not refused: other
// readers of the same file may know them.
func (r *reader) read(n *source.Node, what string, known keys) {
	if !r.is(n, source.Map, what) {
		return
	}
	seen := map[string]bool{}
	for _, e := range n.Entries {
		if seen[e.Key] {
			r.report(e.Pos, "keep one of them", "%s says %s twice", what, e.Key)
			continue
		}
		seen[e.Key] = true
		f := known[e.Key]
		if f == nil {
			r.warn(e.Pos, nearest(e.Key, known), "%s has the unknown key %s, which is not read", what, e.Key)
			continue
		}
		if e.Value != nil && e.Value.Kind != source.Nothing {
			f(e.Value)
		}
	}
}

// must reports keys that are not there.
func (r *reader) must(n *source.Node, what string, names ...string) bool {
	whole := true
	for _, name := range names {
		if !slices.ContainsFunc(n.Entries, func(e source.Entry) bool { return e.Key == name }) {
			r.report(n.Pos, "add "+name, "%s has no %s", what, name)
			whole = false
		}
	}
	return whole
}

func (r *reader) is(n *source.Node, k source.Kind, what string) bool {
	if n.Kind == k {
		return true
	}
	if n.Kind != source.Unread {
		r.report(n.Pos, "", "%s is %s here and must be %s", what, n.Kind, k)
	}
	return false
}

// items hands over the entries of a list.
func (r *reader) items(what string, f func(*source.Node)) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.List, what) {
			return
		}
		for _, x := range n.Items {
			f(x)
		}
	}
}

// text sets a word; numbers and truths are words too, as written.
func (r *reader) text(what string, to *string) func(*source.Node) {
	return func(n *source.Node) {
		if n.Kind == source.Number || n.Kind == source.Truth || r.is(n, source.Text, what) {
			*to = n.Scalar
		}
	}
}

// words appends to a list of words.
func (r *reader) words(what string, to *[]string) func(*source.Node) {
	return r.items(what, func(n *source.Node) {
		var word string
		if r.text(what, &word)(n); word != "" {
			*to = append(*to, word)
		}
	})
}

func (r *reader) truth(what string, to *bool) func(*source.Node) {
	return func(n *source.Node) {
		switch strings.ToLower(n.Scalar) {
		case "true", "yes", "on":
			*to = true
		case "false", "no", "off":
			*to = false
		default:
			r.report(n.Pos, "write true or false", "%s is neither true nor false", what)
		}
	}
}

func (r *reader) number(what string, to *int) func(*source.Node) {
	return func(n *source.Node) {
		v, err := strconv.Atoi(n.Scalar)
		if err != nil || v < 1 {
			r.report(n.Pos, "write a whole number above zero", "%s is no such number", what)
			return
		}
		*to = v
	}
}

// oneOf sets a word that must be one of some.
func (r *reader) oneOf(what string, to *string, allowed ...string) func(*source.Node) {
	return func(n *source.Node) {
		var word string
		r.text(what, &word)(n)
		if word != "" && !slices.Contains(allowed, word) {
			r.report(n.Pos, "write "+strings.Join(allowed, " or "), "%s is %q", what, word)
			return
		}
		*to = word
	}
}

// nearest suggests a known key that differs in a letter or two.
func nearest(key string, known keys) string {
	best, at := "", 3
	for name := range known {
		if d := distance(key, name); d < at || d == at && name < best {
			best, at = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "do you mean " + best + "?"
}

// distance counts the letters to change, add or leave out between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			last, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, last+cost)
		}
	}
	return row[len(b)]
}
