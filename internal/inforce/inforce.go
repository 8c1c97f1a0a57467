package inforce

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the room's table.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "policy", BuiltIn: true, Title: policy.Text{"en": "Policy versions", "de": "Fassungen der Regeln"}},
		Tables: []manifest.Table{{
			Name: "policy_version", About: "a policy that was in force", Impersonal: "holds the operator's own policy file, which is published",
			Columns: []manifest.Column{
				{Name: "hash", Why: "the content hash that decisions and leaves point to"},
				{Name: "source", Why: "the file as it was read"},
				{Name: "notice_version", Why: "the declared version of its notice"},
				{Name: "taken_at", Type: manifest.TimeType, Why: "when it came into force"},
				{Name: "replaced_at", Type: manifest.TimeType, Null: true, Why: "when another took its place"},
			},
		}},
	}
}

// Register is the policies of one instance. It is safe for concurrent use.
type Register struct {
	db     *store.DB
	ledger *ledger.Ledger
	clock  clock.Clock
	now    atomic.Pointer[policy.Policy]
}

// Open makes the room's table. Until the first Take or Resume no policy is in
// force and Now must not be called.
func Open(ctx context.Context, db *store.DB, l *ledger.Ledger, c clock.Clock) (*Register, error) {
	if err := db.Migrate(ctx, "inforce", files); err != nil {
		return nil, fmt.Errorf("inforce: %w", err)
	}
	return &Register{db: db, ledger: l, clock: c}, nil
}

// Now returns the policy in force.
func (r *Register) Now() *policy.Policy { return r.now.Load() }

// Last returns the file that was last in force, under its hash. NotFound if
// none ever was.
func (r *Register) Last(ctx context.Context) (hash string, source []byte, err error) {
	row := r.db.QueryRowContext(ctx, "select hash, source from policy_version where replaced_at is null")
	if err := row.Scan(&hash, &source); err != nil {
		return "", nil, fmt.Errorf("last policy in force: %w", store.Classify(err))
	}
	return hash, source, nil
}

// Resume puts p in force again after a restart, without a change: its hash must
// be the one that was last in force.
func (r *Register) Resume(ctx context.Context, p *policy.Policy) error {
	hash, _, err := r.Last(ctx)
	if err != nil {
		return err
	}
	if hash != p.Hash {
		return fault.New(fault.Conflict, "another policy was in force; take this one over instead")
	}
	r.now.Store(p)
	return nil
}

// Run follows what other nodes put in force, within a second, until ctx ends.
// read makes a policy of its file.
func (r *Register) Run(ctx context.Context, read func(source []byte) (*policy.Policy, error), log *slog.Logger) error {
	for {
		if err := r.clock.Sleep(ctx, time.Second); err != nil {
			return err
		}
		if err := r.follow(ctx, read); err != nil && ctx.Err() == nil {
			log.Warn("cannot see which policy is in force; going on with the one known", "error", err)
		}
	}
}

func (r *Register) follow(ctx context.Context, read func(source []byte) (*policy.Policy, error)) error {
	known := r.now.Load()
	hash, source, err := r.Last(ctx)
	if err != nil || hash == known.Hash {
		return err
	}
	p, err := read(source)
	if err != nil {
		return err
	}
	r.now.CompareAndSwap(known, p) // unless this node has taken another meanwhile
	return nil
}

// Replaced returns when the policy with this hash was last in force and another
// took its place. NotFound if it never was, or if it is in force now.
func (r *Register) Replaced(ctx context.Context, hash string) (time.Time, error) {
	var until store.Time
	row := r.db.QueryRowContext(ctx, `select replaced_at from policy_version v where hash = $1 and replaced_at is not null
		and not exists (select 1 from policy_version n where n.hash = v.hash and n.replaced_at is null)
		order by replaced_at desc limit 1`, hash)
	if err := row.Scan(&until); err != nil {
		return time.Time{}, fmt.Errorf("earlier policy: %w", store.Classify(err))
	}
	return until.Time, nil
}

// Change is a policy that takes the place of another.
type Change struct {
	From *policy.Policy // in force until now, nil where none ever was
	To   *policy.Policy
	Back bool // To was in force before, and a person returns to it
	// Also runs in the same transaction: what a change entails stands or falls
	// with it.
	Also func(ctx context.Context, tx *store.Tx) error
}

// Take makes a change. Conflict if neither From nor To is in force any more:
// another node was faster, and what the change entails must be thought of anew.
func (r *Register) Take(ctx context.Context, c Change) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.take(ctx, tx, c) })
	if err != nil {
		return fmt.Errorf("take a policy over: %w", store.Classify(err))
	}
	r.now.Store(c.To)
	return nil
}

func (r *Register) take(ctx context.Context, tx *store.Tx, c Change) error {
	now, from, last := store.At(r.clock.Now()), "", ""
	if c.From != nil {
		from = c.From.Hash
	}
	err := store.Classify(tx.QueryRowContext(ctx, "select hash from policy_version where replaced_at is null").Scan(&last))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	switch last {
	case c.To.Hash:
		return nil // another node has taken it
	case from:
	default:
		return fault.New(fault.Conflict, "another node has put another policy in force meanwhile; look at it, then try again")
	}
	if _, err := tx.ExecContext(ctx, "update policy_version set replaced_at = $1 where replaced_at is null", now); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "insert into policy_version (hash, source, notice_version, taken_at) values ($1, $2, $3, $4)",
		c.To.Hash, string(c.To.Source), c.To.Notice.Version, now)
	if err != nil {
		return err
	}
	facts := map[string]any{"policy": c.To.Hash, "version": c.To.Notice.Version}
	if c.Back {
		facts["back"] = true
	}
	if _, err := r.ledger.Append(ctx, tx, "policy.taken", facts); err != nil {
		return err
	}
	if c.Also == nil {
		return nil
	}
	return c.Also(ctx, tx)
}
