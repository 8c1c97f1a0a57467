package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
	"kept/internal/store"
)

// Tiles have the height of C2SP tlog-tiles: 256 hashes.
const (
	height = 8
	width  = 1 << height
)

// tiles reads the tree's tiles from the database, and extends them when the
// Querier is a transaction. It holds what it has read.
type tiles struct {
	ctx     context.Context
	q       store.Querier
	held    map[tileName][]byte
	changed map[tileName]bool
}

type tileName struct {
	level  int
	number int64
}

func newTiles(ctx context.Context, q store.Querier) *tiles {
	return &tiles{ctx: ctx, q: q, held: map[tileName][]byte{}, changed: map[tileName]bool{}}
}

// load returns the hashes of a tile, none if it does not exist.
func (t *tiles) load(name tileName) ([]byte, error) {
	if b, ok := t.held[name]; ok {
		return b, nil
	}
	var b []byte
	err := store.Classify(t.q.QueryRowContext(t.ctx, "select hashes from ledger_tile where level = $1 and number = $2", name.level, name.number).Scan(&b))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("read tile %d/%d: %w", name.level, name.number, err)
	}
	t.held[name] = b
	return b, nil
}

// ReadHashes implements tlog.HashReader.
func (t *tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		tile := tlog.TileForIndex(height, index)
		b, err := t.load(tileName{tile.L, tile.N})
		if err != nil {
			return nil, err
		}
		if found[i], err = tlog.HashFromTile(tile, b, index); err != nil {
			return nil, fault.New(fault.Internal, "the ledger's hashes are damaged: %w", err)
		}
	}
	return found, nil
}

// add appends the hash that has a place at a level, and the root of every tile
// that it completes a level above.
func (t *tiles) add(level int, place int64, h tlog.Hash) error {
	name := tileName{level, place / width}
	b, err := t.load(name)
	if err != nil {
		return err
	}
	if int64(len(b)) != place%width*tlog.HashSize {
		return fault.New(fault.Internal, "the ledger's hashes are damaged: tile %d/%d has %d bytes before place %d", level, name.number, len(b), place)
	}
	b = append(b, h[:]...)
	t.held[name], t.changed[name] = b, true
	if len(b) < width*tlog.HashSize {
		return nil
	}
	return t.add(level+1, name.number, fold(b))
}

// save writes the tiles that changed.
func (t *tiles) save() error {
	for name := range t.changed {
		_, err := t.q.ExecContext(t.ctx, `insert into ledger_tile (level, number, hashes) values ($1, $2, $3)
			on conflict (level, number) do update set hashes = excluded.hashes`, name.level, name.number, t.held[name])
		if err != nil {
			return err
		}
	}
	return nil
}

// fold returns the root over hashes whose number is a power of two.
func fold(hashes []byte) tlog.Hash {
	if len(hashes) == tlog.HashSize {
		return tlog.Hash(hashes)
	}
	half := len(hashes) / 2
	return tlog.NodeHash(fold(hashes[:half]), fold(hashes[half:]))
}

// continues reports whether the tree whose hashes r reads, with root at size,
// begins with the tree of before.
func continues(r tlog.HashReader, size int64, root tlog.Hash, before Checkpoint) (bool, error) {
	if before.Size == 0 {
		return true, nil
	}
	proof, err := tlog.ProveTree(size, before.Size, r)
	if err != nil {
		return false, err
	}
	return tlog.CheckTree(proof, size, root, before.Size, before.Root) == nil, nil
}
