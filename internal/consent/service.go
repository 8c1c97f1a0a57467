package consent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/pace"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// A withdrawal holds on every node within a second: a node asks twice as often, so
// that an answer that takes its time still comes in time.
const (
	pollEvery  = 500 * time.Millisecond
	lapseEvery = time.Hour
)

// Config is what a Service has beside its rooms.
type Config struct {
	Secure bool // the public address is https: cookies say Secure
}

// Withdrawal is what happens in the transaction in which a person's consent to
// groups ends.
type Withdrawal func(ctx context.Context, tx *store.Tx, subject string, groups []string) error

// Service is the decisions of one instance. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	vault    *vault.Vault
	ledger   *ledger.Ledger
	subjects *subject.Registry
	clock    clock.Clock
	policy   func() *policy.Policy
	key      []byte // of the cookies' MAC
	secure   bool

	offered atomic.Pointer[offer]
	memo    *memo
	ended   endedSet
	visits  visits
	notices sync.Map // "hash policy" → true: published and found once
	texts   sync.Map // language → *termTexts of the latest offer
	kept    sync.Map // hashes of terms that are stored
	commits commits
	hooks   []Withdrawal
	limiter *pace.Limiter

	upkeep sync.Mutex // one Poll at a time
	lapsed time.Time  // when consents were last looked through for age
}

// Open makes the room's tables, reads the ids of ended decisions and returns
// the service.
func Open(ctx context.Context, db *store.DB, v *vault.Vault, l *ledger.Ledger, subjects *subject.Registry, c clock.Clock, inForce func() *policy.Policy, cfg Config) (*Service, error) {
	if err := db.Migrate(ctx, Name, files); err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	key, err := v.Secret(ctx, "consent/cookie", 32)
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	s := &Service{
		db: db, vault: v, ledger: l, subjects: subjects, clock: c, policy: inForce, key: key, secure: cfg.Secure,
		memo: newMemo(), ended: endedSet{place: -1}, limiter: pace.New(),
	}
	s.commits = newCommits(db, s.count)
	if err := s.readEnded(ctx); err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	return s, nil
}

// OnWithdraw adds f to what happens in the transaction in which a person's
// consent to groups ends. Call it before serving.
func (s *Service) OnWithdraw(f Withdrawal) { s.hooks = append(s.hooks, f) }

// Run polls until ctx ends: twice a second the ids of decisions that other nodes
// ended and the visits to write down, each hour the consents that lapsed. A
// round that fails is tried again, at the end of ctx for the last time.
func (s *Service) Run(ctx context.Context) error {
	for {
		failed := s.Poll(ctx)
		if s.clock.Sleep(ctx, pollEvery) == nil {
			continue
		}
		if failed != nil {
			return s.Poll(context.WithoutCancel(ctx))
		}
		return s.flush(context.WithoutCancel(ctx))
	}
}

// Poll is one round of Run.
func (s *Service) Poll(ctx context.Context) error {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	now := s.clock.Now()
	err := s.readEnded(ctx)
	s.ended.polled(now, err)
	if err = errors.Join(err, s.flush(ctx)); err != nil {
		return err
	}
	if age := now.Sub(s.lapsed); age < 0 || age >= lapseEvery {
		if err := s.lapse(ctx); err != nil {
			return err
		}
		s.lapsed = now
	}
	return nil
}
