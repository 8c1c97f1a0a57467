package consent

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// Notice is a text that people were shown before they decided. Every version
// that was ever in force stays readable by its hash, since receipts name it.
type Notice struct {
	Hash       string // of the exact text
	PolicyHash string // of the policy that it was made from
	Version    string // the policy's own
	Language   string
	HTML       string
	Text       string
	At         time.Time // since when it was in force
}

// Publish keeps a notice for good. Publishing it again is no change; another
// text under the same hash is a Conflict. A policy's notices are published
// before it comes into force: until then nobody can accept anything under it.
func (s *Service) Publish(ctx context.Context, tx *store.Tx, n Notice) error {
	if n.Hash == "" || n.PolicyHash == "" || n.Text == "" {
		return fault.New(fault.Invalid, "a notice has a text, a hash and a policy")
	}
	if n.At.IsZero() {
		n.At = s.clock.Now()
	}
	_, err := tx.ExecContext(ctx, `insert into consent_notice (hash, policy_hash, version, language, html, body, at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (hash, policy_hash) do nothing`,
		n.Hash, n.PolicyHash, n.Version, n.Language, n.HTML, n.Text, store.At(n.At))
	if err != nil {
		return fmt.Errorf("publish a notice: %w", store.Classify(err))
	}
	var others int
	err = tx.QueryRowContext(ctx, "select count(*) from consent_notice where hash = $1 and body <> $2", n.Hash, n.Text).Scan(&others)
	if err != nil {
		return fmt.Errorf("publish a notice: %w", store.Classify(err))
	}
	if others > 0 {
		return fault.New(fault.Conflict, "another text was published under the hash %s", n.Hash)
	}
	return nil
}

// Notice returns the published text with this hash, NotFound if none.
func (s *Service) Notice(ctx context.Context, hash string) (Notice, error) {
	found, err := s.listNotices(ctx, "html, body", "where hash = $1", hash)
	if err != nil {
		return Notice{}, fmt.Errorf("read a notice: %w", err)
	}
	if len(found) == 0 {
		return Notice{}, fault.New(fault.NotFound, "no notice with this hash was ever published here")
	}
	return found[0], nil
}

// Notices lists every version that was in force, newest first, without the texts.
func (s *Service) Notices(ctx context.Context) ([]Notice, error) {
	found, err := s.listNotices(ctx, "'', ''", "")
	if err != nil {
		return nil, fmt.Errorf("list the notices: %w", err)
	}
	return found, nil
}

func (s *Service) listNotices(ctx context.Context, texts, where string, args ...any) (found []Notice, err error) {
	rows, err := s.db.QueryContext(ctx, "select hash, policy_hash, version, language, at, "+texts+" from consent_notice "+where+" order by at desc, language, hash", args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Notice
		var at store.Time
		if err := rows.Scan(&n.Hash, &n.PolicyHash, &n.Version, &n.Language, &at, &n.HTML, &n.Text); err != nil {
			return nil, err
		}
		n.At = at.Time
		found = append(found, n)
	}
	return found, store.Classify(rows.Err())
}
