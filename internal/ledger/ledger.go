package ledger

import (
	"context"
	"encoding/json"
	"time"

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
	// the last published checkpoint, so that a restore behind it is noticed.
	// Empty: restores are noticed by Compare only.
	Published string
}

// Ledger is an open log. It is safe for concurrent use.
type Ledger struct{}

// Open makes the log's tables and opens it. It fails with Invalid if the log
// was begun with another key or origin, and records ledger.break if the
// database is behind the checkpoint that Config.Published remembers.
func Open(ctx context.Context, db *store.DB, c Config) (*Ledger, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Append writes a pending leaf in the caller's transaction and returns its id.
// Facts may be bool, whole numbers, time.Time, []byte (written as hex), short
// strings of ids, hashes, names of the language and host names, and lists and
// maps of these; anything that looks like an address, a number to call or a
// sentence is Invalid. The entry is at most 4 kB.
func (l *Ledger) Append(ctx context.Context, tx *store.Tx, kind string, facts map[string]any) (leaf string, err error) {
	return "", fault.New(fault.Internal, "not yet")
}

// Sequence gives every pending leaf that is committed its place, signs the new
// head and returns how many leaves it took. Two sequencers at once wait for
// each other.
func (l *Ledger) Sequence(ctx context.Context) (int, error) {
	return 0, fault.New(fault.Internal, "not yet")
}

// Run sequences until ctx ends: soon after an Append commits here, and each
// second for what other nodes appended.
func (l *Ledger) Run(ctx context.Context) error { return fault.New(fault.Internal, "not yet") }

// Checkpoint is a signed head of the tree.
type Checkpoint struct {
	Size int64
	Root [32]byte
	At   time.Time // when it was signed; the zero time if it was read from a text
	Text string    // the signed note, C2SP tlog-checkpoint
}

// Head returns the latest checkpoint, NotFound while no leaf is sequenced.
func (l *Ledger) Head(ctx context.Context) (Checkpoint, error) {
	return Checkpoint{}, fault.New(fault.Internal, "not yet")
}

// Publish returns the latest checkpoint and remembers that it left the house.
func (l *Ledger) Publish(ctx context.Context) (Checkpoint, error) {
	return Checkpoint{}, fault.New(fault.Internal, "not yet")
}

// Compare checks that the log continues a checkpoint that was seen outside. If
// it does not, because the database was restored behind it, Compare records
// ledger.break once and returns Conflict.
func (l *Ledger) Compare(ctx context.Context, checkpoint string) error {
	return fault.New(fault.Internal, "not yet")
}

// Key returns the verifier key in note format, "origin+hash+base64".
func (l *Ledger) Key() string { return "" }

// Leaf is one entry of the log.
type Leaf struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"`
	At    time.Time       `json:"at"`
	Facts json.RawMessage `json:"facts"`

	Index int64 `json:"-"` // its place, -1 while pending
}

// Recent returns the n latest leaves, pending ones first.
func (l *Ledger) Recent(ctx context.Context, n int) ([]Leaf, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Count returns how many leaves of each kind are sequenced.
func (l *Ledger) Count(ctx context.Context) (map[string]int64, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Proof shows that a leaf is in the log. Its text is a C2SP tlog-proof whose
// extra data is the entry, so that it stands alone.
type Proof struct {
	Entry      []byte // the leaf's canonical JSON
	Index      int64
	Path       [][32]byte
	Checkpoint string
}

// Prove returns the proof of a leaf against the latest checkpoint: NotFound if
// there is no such leaf, Conflict while it is pending.
func (l *Ledger) Prove(ctx context.Context, leaf string) (Proof, error) {
	return Proof{}, fault.New(fault.Internal, "not yet")
}

// Text returns the proof as a C2SP tlog-proof.
func (p Proof) Text() string { return "" }

// ParseProof reads what Text wrote. It verifies nothing.
func ParseProof(text string) (Proof, error) {
	return Proof{}, fault.New(fault.Internal, "not yet")
}

// Verify checks the proof offline against the log's verifier key and returns
// the leaf and the checkpoint it is in.
func (p Proof) Verify(key string) (Leaf, Checkpoint, error) {
	return Leaf{}, Checkpoint{}, fault.New(fault.Internal, "not yet")
}

// Sign signs msg for a purpose named by context ("receipt") with the log's key.
// A signature for one context is none for another, and never a checkpoint's
// (Ed25519ctx, RFC 8032).
func (l *Ledger) Sign(context string, msg []byte) (sig []byte) { return nil }

// VerifySignature checks what Sign returned against the log's verifier key.
func VerifySignature(key, context string, msg, sig []byte) error {
	return fault.New(fault.Internal, "not yet")
}

// Export writes the log as C2SP tlog-tiles below dir, with the key and a
// README.txt for the auditor, and publishes the checkpoint in it. The folder
// must be empty or absent.
func (l *Ledger) Export(ctx context.Context, dir string, progress func(done, total int64)) error {
	return fault.New(fault.Internal, "not yet")
}

// Report is what a verification found.
type Report struct {
	Checkpoint Checkpoint
	Leaves     int64 // entries that were recomputed
	Bad        *Bad  // the first thing that does not fit; nil if all does
}

// Bad is the first leaf that does not fit the signed root.
type Bad struct {
	Leaf int64  // its index, -1 if the damage is not in a leaf's reach
	Last int64  // the last index that it may be; Leaf where it is exact
	What string // what was found, in a sentence
}

// VerifyDir recomputes an exported folder from its entries up to the signed
// root, without a database. An empty key means the folder's own key file, which
// proves integrity but not whose log it is. The error says why the verification
// could not be done; what it found is in the Report.
func VerifyDir(ctx context.Context, dir, key string, progress func(done, total int64)) (Report, error) {
	return Report{}, fault.New(fault.Internal, "not yet")
}

// Verify does the same over the database.
func (l *Ledger) Verify(ctx context.Context, progress func(done, total int64)) (Report, error) {
	return Report{}, fault.New(fault.Internal, "not yet")
}
