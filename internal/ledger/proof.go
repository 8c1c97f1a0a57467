package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
	"kept/internal/store"
)

// Proof shows that a leaf is in the log. Its text is a C2SP tlog-proof whose
// extra data is the entry, so that it stands alone.
type Proof struct {
	Entry      []byte // the leaf's canonical JSON
	Index      int64
	Path       [][32]byte // from the leaf's sibling up to the root's child
	Checkpoint string
}

// Prove returns the proof of a leaf against the latest checkpoint: NotFound if
// there is no such leaf, Conflict while it is pending.
func (l *Ledger) Prove(ctx context.Context, leaf string) (Proof, error) {
	p, err := l.prove(ctx, leaf)
	if err != nil {
		return Proof{}, fmt.Errorf("prove leaf %s: %w", leaf, err)
	}
	return p, nil
}

func (l *Ledger) prove(ctx context.Context, leaf string) (Proof, error) {
	var p Proof
	var entry string
	err := store.Classify(l.db.QueryRowContext(ctx, `select place, entry from ledger_leaf where id = $1
		union all select -1, entry from ledger_pending where id = $1`, leaf).Scan(&p.Index, &entry))
	switch {
	case fault.Is(err, fault.NotFound):
		return Proof{}, fault.New(fault.NotFound, "the ledger has no such leaf")
	case err != nil:
		return Proof{}, err
	case p.Index < 0:
		return Proof{}, fault.New(fault.Conflict, "the leaf is acknowledged and waits for its place; ask again in a second")
	}
	head, err := l.Head(ctx)
	if err != nil {
		return Proof{}, err
	}
	path, err := tlog.ProveRecord(head.Size, p.Index, newTiles(ctx, l.db))
	if err != nil {
		return Proof{}, err
	}
	for _, h := range path {
		p.Path = append(p.Path, h)
	}
	p.Entry, p.Checkpoint = []byte(entry), head.Text
	return p, nil
}

const proofTitle = "c2sp.org/tlog-proof@v1"

// Text returns the proof as a C2SP tlog-proof.
func (p Proof) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofTitle, base64.StdEncoding.EncodeToString(p.Entry), p.Index)
	for _, h := range p.Path {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	return b.String() + "\n" + p.Checkpoint
}

// ParseProof reads what Text wrote. It verifies nothing.
func ParseProof(text string) (Proof, error) {
	wrong := fault.New(fault.Invalid, "this is not a proof of a leaf (%s with its entry)", proofTitle)
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 3 || len(lines) > 3+64 || lines[0] != proofTitle {
		return Proof{}, wrong
	}
	p := Proof{Checkpoint: checkpoint}
	extra, isExtra := strings.CutPrefix(lines[1], "extra ")
	index, isIndex := strings.CutPrefix(lines[2], "index ")
	var noEntry, noIndex error
	p.Entry, noEntry = strict.DecodeString(extra)
	p.Index, noIndex = strconv.ParseInt(index, 10, 64)
	if !isExtra || !isIndex || noEntry != nil || noIndex != nil || strconv.FormatInt(p.Index, 10) != index {
		return Proof{}, wrong
	}
	for _, line := range lines[3:] {
		h, err := strict.DecodeString(line)
		if err != nil || len(h) != tlog.HashSize {
			return Proof{}, wrong
		}
		p.Path = append(p.Path, [32]byte(h))
	}
	return p, nil
}

// Verify checks the proof offline against the log's verifier key and returns
// the leaf and the checkpoint it is in. It returns Invalid if anything does not
// fit.
func (p Proof) Verify(key string) (Leaf, Checkpoint, error) {
	verifier, err := verifierOf(key)
	if err != nil {
		return Leaf{}, Checkpoint{}, err
	}
	c, err := parseCheckpoint(p.Checkpoint, verifier)
	if err != nil {
		return Leaf{}, Checkpoint{}, err
	}
	path := make(tlog.RecordProof, len(p.Path))
	for i, h := range p.Path {
		path[i] = h
	}
	if err := tlog.CheckRecord(path, c.Size, c.Root, p.Index, tlog.RecordHash(p.Entry)); err != nil {
		return Leaf{}, Checkpoint{}, fault.New(fault.Invalid, "the entry is not at place %d of the signed tree: %w", p.Index, err)
	}
	leaf, err := parseLeaf(p.Entry)
	if err != nil {
		return Leaf{}, Checkpoint{}, err
	}
	leaf.Index = p.Index
	return leaf, c, nil
}
