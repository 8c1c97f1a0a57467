package ledger

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
)

// source is where a log is read from: a folder or the database. Damage that is
// found while reading is a *Bad, as an error.
type source interface {
	// checkpoints returns every signed head, the latest last.
	checkpoints(ctx context.Context) ([]string, error)
	// tile returns the hashes of a tile, exactly t.W of them.
	tile(ctx context.Context, t tlog.Tile) ([]byte, error)
	// entries returns the t.W entries below a tile of level 0. With a *Bad it
	// returns those before the damage too.
	entries(ctx context.Context, t tlog.Tile) ([][]byte, error)
}

// verification recomputes a log from its entries. The first damage by place in
// the log wins; damage at a level that damage below explains is not counted.
type verification struct {
	ctx     context.Context
	src     source
	edge    edge
	bad     *Bad
	damaged map[tileName]bool // tiles in or below which damage was found
	heads   []Checkpoint      // those that are still to be met
	seen    []Checkpoint      // those seen outside that are still to be met

	rewritten *Bad // the first that was seen outside and that the entries do not give
}

func verify(ctx context.Context, src source, v note.Verifier, seen []string, progress func(done, total int64)) (Report, error) {
	x := &verification{ctx: ctx, src: src, damaged: map[tileName]bool{}}
	x.edge.full = x.compare
	head, err := x.readHeads(v)
	if err != nil {
		return report(Report{}, err)
	}
	r := Report{Checkpoint: head}
	if r.Bad = x.expect(seen, head, v); r.Bad != nil {
		return r, nil
	}
	err = x.walk(head.Size, progress)
	r.Leaves = x.edge.size
	if err != nil {
		return report(r, err)
	}
	if r.Bad = x.verdict(head); r.Bad == nil {
		r.Bad = x.rewritten
	}
	return r, nil
}

// report turns damage that stopped the verification into its finding.
func report(r Report, err error) (Report, error) {
	if bad, ok := err.(*Bad); ok {
		r.Bad = bad
		return r, nil
	}
	return r, fmt.Errorf("verify the ledger: %w", err)
}

// readHeads checks the signatures of all heads and returns the latest.
func (x *verification) readHeads(v note.Verifier) (head Checkpoint, err error) {
	texts, err := x.src.checkpoints(x.ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, text := range texts {
		c, err := parseCheckpoint(text, v)
		if err != nil {
			return Checkpoint{}, badAt(-1, "%v", err)
		}
		x.heads = append(x.heads, c)
	}
	if len(x.heads) == 0 {
		return Checkpoint{}, fault.New(fault.NotFound, "there is no checkpoint to verify against")
	}
	return x.heads[len(x.heads)-1], nil
}

func (x *verification) walk(size int64, progress func(done, total int64)) error {
	for n := int64(0); n*width < size; n++ {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		t := tlog.Tile{H: height, L: 0, N: n, W: int(min(width, size-n*width))}
		entries, err := x.src.entries(x.ctx, t)
		for _, e := range entries {
			if err := x.edge.add(tlog.RecordHash(e)); err != nil {
				return err
			}
			x.meet()
			x.meetSeen()
		}
		if err != nil {
			return x.stopped(t, err)
		}
		if progress != nil {
			progress(x.edge.size, size)
		}
	}
	return x.edge.rest()
}

// stopped compares what could be read of a tile before entries are missing, for
// the damage may have begun earlier.
func (x *verification) stopped(t tlog.Tile, err error) error {
	bad, ok := err.(*Bad)
	if !ok {
		return err
	}
	if read := x.edge.size - t.N*width; read > 0 && read < width {
		if err := x.compare(t, x.edge.levels[0]); err != nil {
			return err
		}
	}
	x.note(bad)
	return x.bad
}

// meet compares the root with every signed head of the present size.
func (x *verification) meet() {
	for len(x.heads) > 0 && x.heads[0].Size <= x.edge.size {
		head := x.heads[0]
		x.heads = x.heads[1:]
		if head.Size < x.edge.size || x.edge.root() != head.Root {
			x.note(&Bad{Leaf: 0, Last: head.Size - 1, What: fmt.Sprintf("the entries do not give the signed root of %d leaves", head.Size)})
		}
	}
}

// compare compares recomputed hashes with the stored tile.
func (x *verification) compare(t tlog.Tile, computed []byte) error {
	name := tileName{t.L, t.N}
	stored, err := x.src.tile(x.ctx, t)
	if bad, ok := err.(*Bad); ok {
		x.damaged[name] = true
		x.note(bad)
		return nil
	} else if err != nil {
		return err
	}
	for i := 0; i < len(computed); i += tlog.HashSize {
		number := t.N*width + int64(i/tlog.HashSize)
		if x.damaged[tileName{t.L - 1, number}] {
			x.damaged[name] = true
			continue
		}
		if !bytes.Equal(computed[i:i+tlog.HashSize], stored[i:i+tlog.HashSize]) {
			x.damaged[name] = true
			first, last := number<<(height*t.L), (number+1)<<(height*t.L)-1
			x.note(&Bad{Leaf: first, Last: last, What: mismatch(first, last)})
			break // what follows is later
		}
	}
	return nil
}

func mismatch(first, last int64) string {
	if first == last {
		return fmt.Sprintf("the entry of leaf %d does not give its hash", first)
	}
	return fmt.Sprintf("the entries of leaves %d to %d do not give their hash", first, last)
}

// note keeps the first damage: what lies wholly before what was found so far,
// or inside it.
func (x *verification) note(bad *Bad) {
	old := x.bad
	if old == nil || bad.Last < old.Leaf || bad.Leaf >= old.Leaf && bad.Last <= old.Last {
		x.bad = bad
	}
}

// verdict says whether the damage is in the entries or in the stored hashes.
func (x *verification) verdict(head Checkpoint) *Bad {
	if x.edge.root() != head.Root {
		x.note(&Bad{Leaf: 0, Last: head.Size - 1, What: "entries and hashes fit each other, but not the signed root"})
		return x.bad
	}
	if x.bad != nil {
		x.bad.What += "; the entries give the signed root, so a stored hash or checkpoint was damaged"
	}
	return x.bad
}
