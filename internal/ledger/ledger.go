package ledger

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
)

// Config says which log this is.
type Config struct {
	// Origin is the log's name in its checkpoints and its key, a schema-less URL
	// as a rule: "agentur.example/ledger". It cannot change.
	Origin string
	Key    []byte // 32-byte Ed25519 seed
	Clock  clock.Clock

	// Published is a file outside the database and its backups that remembers
	// the last checkpoint that somebody outside may have seen, so that a restore
	// behind it is noticed. Empty: restores are noticed by Compare only.
	Published string
}

// Ledger is an open log. It is safe for concurrent use.
type Ledger struct {
	db        *store.DB
	clock     clock.Clock
	key       signer
	verifier  note.Verifier
	vkey      string
	published string
	wake      chan struct{} // holds one token after an Append committed
}

// Open makes the log's tables and opens it. It fails with Invalid if the log
// was begun with another key or origin, and records ledger.break if the
// database is behind the checkpoint that Config.Published remembers.
func Open(ctx context.Context, db *store.DB, c Config) (*Ledger, error) {
	if len(c.Key) != ed25519.SeedSize {
		return nil, fault.New(fault.Invalid, "the ledger's key is a seed of %d bytes", ed25519.SeedSize)
	}
	private := ed25519.NewKeyFromSeed(c.Key)
	vkey, err := note.NewEd25519VerifierKey(c.Origin, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the ledger's origin: %w", err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the ledger's origin %q is not a name without spaces and plus signs: %w", c.Origin, err)
	}
	if err := db.Migrate(ctx, "ledger", files); err != nil {
		return nil, err
	}
	l := &Ledger{
		db: db, clock: c.Clock, published: c.Published, vkey: vkey, verifier: verifier,
		key: signer{verifier, private}, wake: make(chan struct{}, 1),
	}
	switch _, err := l.Head(ctx); {
	case fault.Is(err, fault.Invalid):
		return nil, fault.New(fault.Invalid, "this database holds a ledger that was begun with another key or origin than %s: %w", vkey, err)
	case err != nil && !fault.Is(err, fault.NotFound):
		return nil, err
	}
	if err := l.compareRemembered(ctx); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return l, nil
}

// Key returns the verifier key in note format, "origin+hash+base64".
func (l *Ledger) Key() string { return l.vkey }

// Append writes a pending leaf in the caller's transaction and returns its id.
// Facts may be bool, whole numbers, time.Time, []byte (written as hex), short
// strings of ids, hashes, names of the language and host names, and lists and
// maps of these; anything that looks like an address, a number to call or a
// sentence is Invalid. The entry is at most 4 kB.
func (l *Ledger) Append(ctx context.Context, tx *store.Tx, kind string, facts map[string]any) (leaf string, err error) {
	ids, err := l.AppendAll(ctx, tx, []Act{{kind, facts}})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// Act is something that was done, before it is a leaf.
type Act struct {
	Kind  string
	Facts map[string]any
}

// AppendAll is Append for many acts at once, and returns their leaves in order.
func (l *Ledger) AppendAll(ctx context.Context, tx *store.Tx, acts []Act) (leaves []string, err error) {
	at := l.clock.Now()
	rows := make([]row, len(acts))
	leaves = make([]string, len(acts))
	for i, act := range acts {
		leaves[i] = newLeafID(at)
		if rows[i], err = newRow(leaves[i], act.Kind, at, act.Facts); err != nil {
			return nil, err
		}
	}
	return leaves, l.write(ctx, tx, rows)
}

func newRow(id, kind string, at time.Time, facts map[string]any) (row, error) {
	entry, err := canonical(id, kind, at, facts)
	if err != nil {
		return row{}, fmt.Errorf("leaf %s: %w", kind, err)
	}
	return row{id: id, entry: entry}, nil
}

// atOnce is how many rows one statement writes.
const atOnce = 500

// write stores pending leaves and wakes the sequencer once they are committed.
func (l *Ledger) write(ctx context.Context, tx *store.Tx, rows []row) error {
	for some := range slices.Chunk(rows, atOnce) {
		var values strings.Builder
		args := make([]any, 0, 2*len(some))
		for i, r := range some {
			if i > 0 {
				values.WriteString(", ")
			}
			fmt.Fprintf(&values, "($%d, $%d)", 2*i+1, 2*i+2)
			args = append(args, r.id, r.entry)
		}
		if _, err := tx.ExecContext(ctx, "insert into ledger_pending (id, entry) values "+values.String(), args...); err != nil {
			return fmt.Errorf("append to the ledger: %w", store.Classify(err))
		}
	}
	tx.OnCommit(func() {
		select {
		case l.wake <- struct{}{}:
		default: // it is awake already
		}
	})
	return nil
}

// Recent returns the n latest leaves, pending ones first.
func (l *Ledger) Recent(ctx context.Context, n int) ([]Leaf, error) {
	pending, err := l.leaves(ctx, "select -1, entry from ledger_pending order by id desc limit $1", n)
	if err != nil {
		return nil, err
	}
	placed, err := l.leaves(ctx, "select place, entry from ledger_leaf order by place desc limit $1", n-len(pending))
	if err != nil {
		return nil, err
	}
	return append(pending, placed...), nil
}

func (l *Ledger) leaves(ctx context.Context, query string, args ...any) ([]Leaf, error) {
	rows, err := l.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Leaf
	for rows.Next() {
		var place int64
		var entry string
		if err := rows.Scan(&place, &entry); err != nil {
			return nil, fmt.Errorf("read leaves: %w", err)
		}
		leaf, err := parseLeaf([]byte(entry))
		if err != nil {
			return nil, err
		}
		leaf.Index = place
		found = append(found, leaf)
	}
	return found, rows.Err()
}

// Count returns how many leaves of each kind are sequenced.
func (l *Ledger) Count(ctx context.Context) (map[string]int64, error) {
	rows, err := l.db.QueryContext(ctx, "select kind, leaves from ledger_count")
	if err != nil {
		return nil, fmt.Errorf("count leaves: %w", store.Classify(err))
	}
	defer rows.Close()
	found := map[string]int64{}
	for rows.Next() {
		var kind string
		var n int64
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, fmt.Errorf("count leaves: %w", err)
		}
		found[kind] = n
	}
	return found, rows.Err()
}
