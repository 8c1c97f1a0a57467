package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
)

// A checkpoint that somebody outside kept is what a log cannot talk its way past: one
// that was rewritten under its own key fits itself in everything, and this one not.

// expect adds the checkpoints that were seen outside to those that the entries must
// give, and returns what speaks against them already.
func (x *verification) expect(seen []string, head Checkpoint, v note.Verifier) *Bad {
	for _, text := range seen {
		c, err := parseCheckpoint(text, v)
		if err != nil {
			return badAt(-1, "the checkpoint that was seen outside is not signed with this log's key, or was changed: %v", err)
		}
		if c.Size > head.Size {
			return &Bad{Leaf: head.Size, Last: c.Size - 1, What: fmt.Sprintf(
				"the log was set back: the checkpoint that was seen outside counts %d leaves, the log has %d", c.Size, head.Size)}
		}
		x.seen = append(x.seen, c)
	}
	slices.SortFunc(x.seen, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	x.meetSeen()
	return nil
}

// meetSeen compares the root with every checkpoint of the present size that was seen
// outside.
func (x *verification) meetSeen() {
	for len(x.seen) > 0 && x.seen[0].Size == x.edge.size {
		c := x.seen[0]
		x.seen = x.seen[1:]
		if x.edge.root() != c.Root && x.rewritten == nil {
			x.rewritten = &Bad{Leaf: 0, Last: c.Size - 1, What: fmt.Sprintf(
				"the log was rewritten: its first %d leaves do not give the checkpoint that was seen outside", c.Size)}
		}
	}
}

// FindCheckpoint returns the first checkpoint in a text, as it stands in a mail that
// was saved or copied: among other lines, indented or quoted. Invalid if there is
// none. Nothing is verified.
func FindCheckpoint(text string) (string, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(strings.TrimLeft(lines[i], "> \t"))
	}
	for i := range lines {
		if found := checkpointAt(lines[i:]); found != "" {
			return found, nil
		}
	}
	return "", fault.New(fault.Invalid, "there is no checkpoint in it: four lines or more, a name, a number, a root, and a line that begins with —")
}

// checkpointAt returns the checkpoint with which lines begin, "" for none.
func checkpointAt(lines []string) string {
	if len(lines) < 5 || lines[0] == "" || lines[3] != "" {
		return ""
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, badRoot := strict.DecodeString(lines[2])
	if err != nil || size < 0 || badRoot != nil || len(root) != tlog.HashSize {
		return ""
	}
	end := 4
	for end < len(lines) && strings.HasPrefix(lines[end], "— ") {
		end++
	}
	if end == 4 {
		return ""
	}
	return strings.Join(lines[:end], "\n") + "\n"
}
