package ledger

import "golang.org/x/mod/sumdb/tlog"

// edge is the right edge of a tree that grows leaf by leaf: at each level the
// hashes of the tile that is not full yet. It computes without the database and
// without what was stored, so that a verification does not believe itself.
type edge struct {
	size   int64
	levels [][]byte
	full   func(t tlog.Tile, hashes []byte) error // called with each tile that is completed
}

// add appends the hash of the next leaf.
func (e *edge) add(leaf tlog.Hash) error {
	e.size++
	return e.push(0, leaf)
}

func (e *edge) push(level int, h tlog.Hash) error {
	if level == len(e.levels) {
		e.levels = append(e.levels, nil)
	}
	e.levels[level] = append(e.levels[level], h[:]...)
	hashes := e.levels[level]
	if len(hashes) < width*tlog.HashSize {
		return nil
	}
	number := e.size>>(height*(level+1)) - 1
	if err := e.full(tlog.Tile{H: height, L: level, N: number, W: width}, hashes); err != nil {
		return err
	}
	e.levels[level] = hashes[:0]
	return e.push(level+1, fold(hashes))
}

// rest calls full with the tiles that are begun and not completed.
func (e *edge) rest() error {
	for level, hashes := range e.levels {
		if len(hashes) == 0 {
			continue
		}
		t := tlog.Tile{H: height, L: level, N: e.size >> (height * (level + 1)), W: len(hashes) / tlog.HashSize}
		if err := e.full(t, hashes); err != nil {
			return err
		}
	}
	return nil
}

// root returns the root of the tree of size leaves: the complete subtrees from
// the largest, left, to the smallest, right, joined from the right.
func (e *edge) root() tlog.Hash {
	var subtrees []tlog.Hash
	for level := len(e.levels) - 1; level >= 0; level-- {
		hashes := e.levels[level]
		for half := width / 2; half > 0; half /= 2 {
			if n := half * tlog.HashSize; len(hashes) >= n {
				subtrees, hashes = append(subtrees, fold(hashes[:n])), hashes[n:]
			}
		}
	}
	if len(subtrees) == 0 {
		root, _ := tlog.TreeHash(0, nil)
		return root
	}
	root := subtrees[len(subtrees)-1]
	for i := len(subtrees) - 2; i >= 0; i-- {
		root = tlog.NodeHash(subtrees[i], root)
	}
	return root
}
