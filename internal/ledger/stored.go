package ledger

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/store"
)

// Verify recomputes the log in the database from its entries up to the signed
// root, and every checkpoint that is kept on the way, in the database or outside.
func (l *Ledger) Verify(ctx context.Context, progress func(done, total int64), seen ...string) (Report, error) {
	s := &stored{l: l, kinds: map[string]int64{}}
	r, err := verify(ctx, s, l.verifier, seen, progress)
	if err != nil || r.Bad != nil {
		return r, err
	}
	if r.Bad, err = l.beyond(ctx); err == nil && r.Bad == nil {
		r.Bad, err = l.miscounted(ctx, r.Checkpoint, s.kinds)
	}
	if err != nil {
		return r, fmt.Errorf("verify the ledger: %w", err)
	}
	return r, nil
}

// beyond finds leaves behind the latest head: nobody signed them.
func (l *Ledger) beyond(ctx context.Context) (*Bad, error) {
	var size, n int64
	err := l.db.QueryRowContext(ctx, `select h.size, (select count(*) from ledger_leaf where place >= h.size or place < 0)
		from (select max(size) as size from ledger_checkpoint) h`).Scan(&size, &n)
	if err != nil || n == 0 {
		return nil, store.Classify(err)
	}
	return &Bad{Leaf: size, Last: size + n - 1, What: fmt.Sprintf("%d leaves have a place that no checkpoint covers", n)}, nil
}

// miscounted compares the counts with the entries, unless leaves came since.
func (l *Ledger) miscounted(ctx context.Context, verified Checkpoint, kinds map[string]int64) (*Bad, error) {
	counted, err := l.Count(ctx)
	if err != nil {
		return nil, err
	}
	head, err := l.Head(ctx)
	if err != nil || head.Size != verified.Size || maps.Equal(counted, kinds) {
		return nil, err
	}
	return badAt(-1, "the leaves are whole, but the counts of their kinds differ"), nil
}

// ahead is how many tiles of entries are read at once.
const ahead = 16

// stored is the log in the database.
type stored struct {
	l     *Ledger
	kinds map[string]int64 // counted while reading, nil if nobody asks

	first int64 // place of the first entry held
	held  []row
}

// row is a leaf as it is stored, pending or in its place.
type row struct {
	place     int64
	id, entry string
}

func (s *stored) checkpoints(ctx context.Context) ([]string, error) {
	rows, err := s.l.db.QueryContext(ctx, "select size, note from ledger_checkpoint order by size")
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var size int64
		var text string
		if err := rows.Scan(&size, &text); err != nil {
			return nil, err
		}
		if lines := strings.Split(text, "\n"); len(lines) < 2 || lines[1] != strconv.FormatInt(size, 10) {
			return nil, badAt(-1, "the checkpoint of %d leaves is one of another size", size)
		}
		found = append(found, text)
	}
	return found, rows.Err()
}

func (s *stored) tile(ctx context.Context, t tlog.Tile) ([]byte, error) {
	b, err := newTiles(ctx, s.l.db).load(tileName{t.L, t.N})
	if err != nil {
		return nil, err
	}
	if len(b) < t.W*tlog.HashSize || len(b) > width*tlog.HashSize {
		return nil, span(t, fmt.Sprintf("the hashes of tile %d/%d are missing or have a wrong length", t.L, t.N))
	}
	return b[:t.W*tlog.HashSize], nil
}

func (s *stored) entries(ctx context.Context, t tlog.Tile) ([][]byte, error) {
	first := t.N * width
	if first < s.first || first+int64(t.W) > s.first+int64(len(s.held)) {
		if err := s.read(ctx, first); err != nil {
			return nil, err
		}
	}
	var entries [][]byte
	for i := range int64(t.W) {
		place := first + i
		at := place - s.first
		if at >= int64(len(s.held)) || s.held[at].place != place {
			return entries, badAt(place, "leaf %d is missing", place)
		}
		r := s.held[at]
		id, kind := tail(r.entry)
		if id != r.id {
			return entries, badAt(place, "leaf %d stands under the id of another", place)
		}
		if s.kinds != nil {
			s.kinds[kind]++
		}
		entries = append(entries, []byte(r.entry))
	}
	return entries, nil
}

func (s *stored) read(ctx context.Context, first int64) error {
	rows, err := s.l.db.QueryContext(ctx, "select place, id, entry from ledger_leaf where place >= $1 and place < $2 order by place",
		first, first+ahead*width)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	s.first, s.held = first, s.held[:0]
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.place, &r.id, &r.entry); err != nil {
			return err
		}
		s.held = append(s.held, r)
	}
	return rows.Err()
}
