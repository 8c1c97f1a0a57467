package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/store"
	"kept/internal/vault"
)

// How a decision ends.
const (
	Withdrew = "withdrawn" // nothing is accepted any more
	Replaced = "replaced"  // by a later decision
	Lapsed   = "lapsed"    // the browser did not come back for a cookie's lifetime
)

const (
	proofContext  = "consent_decision.proof"
	endingContext = "consent_decision.ending"
)

// Decision is an acceptance as it is stored.
type Decision struct {
	ID         string
	Subject    string
	At         time.Time
	LastVisit  time.Time // a day; zero once that is forgotten
	Ended      time.Time // zero while it stands
	EndedBy    string
	Previous   string // the decision before it in the same browser
	NoticeHash string
	PolicyHash string
	Language   string
	Source     Source
	GPC        bool
	Offered    []string // groups and services
	Accepted   []string
	Leaf       string // of its acceptance
	EndLeaf    string // of its end
}

func proofKey(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }

// insert stores the record with its sealed proof, and its leaf.
func (d *draft) insert(ctx context.Context, tx *store.Tx) (err error) {
	for _, t := range d.terms {
		if err := d.s.keepTerm(ctx, tx, t); err != nil {
			return err
		}
	}
	r := &d.record
	if r.Leaf, err = d.s.ledger.Append(ctx, tx, "consent.given", map[string]any{
		"commitment": d.proof.commitment(), "notice": r.NoticeHash, "policy": r.PolicyHash, "source": string(r.Source), "accepted": len(r.Accepted), "offered": len(r.Offered),
	}); err != nil {
		return err
	}
	sealed, err := d.s.sealStatement(ctx, r.Subject, proofContext, d.proof)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into consent_decision (id, subject, decided_at, last_visit_at, ended_by, previous, notice_hash, policy_hash,
		language, source, gpc, offered, accepted, leaf, end_leaf, proof) values ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14)`,
		r.ID, r.Subject, store.At(r.At), store.At(r.LastVisit), r.Previous, r.NoticeHash, r.PolicyHash,
		r.Language, string(r.Source), r.GPC, store.JSON[[]string]{V: r.Offered}, store.JSON[[]string]{V: r.Accepted}, r.Leaf, sealed)
	return store.Classify(err)
}

// Subject returns the person that a decision belongs to, NotFound once it is
// erased. What is collected on a consent is stored under this subject.
func (s *Service) Subject(ctx context.Context, id string) (string, error) {
	var subject string
	err := s.db.QueryRowContext(ctx, "select subject from consent_decision where id = $1", id).Scan(&subject)
	if err != nil {
		return "", fmt.Errorf("whose decision: %w", store.Classify(err))
	}
	return subject, nil
}

// Decisions returns every decision of a subject, newest first.
func (s *Service) Decisions(ctx context.Context, subject string) ([]Decision, error) {
	found, err := s.decisions(ctx, s.db, "subject = $1", subject)
	if err != nil {
		return nil, fmt.Errorf("decisions of a subject: %w", err)
	}
	return found, nil
}

func (s *Service) decisions(ctx context.Context, q store.Querier, where string, arg any) (found []Decision, err error) {
	rows, err := q.QueryContext(ctx, `select id, subject, decided_at, last_visit_at, ended_at, ended_by, previous, notice_hash, policy_hash,
		language, source, gpc, offered, accepted, leaf, end_leaf from consent_decision where `+where+" order by decided_at desc, id", arg)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			d                 Decision
			at, visit, ended  store.Time
			offered, accepted store.JSON[[]string]
		)
		if err := rows.Scan(&d.ID, &d.Subject, &at, &visit, &ended, &d.EndedBy, &d.Previous, &d.NoticeHash, &d.PolicyHash,
			&d.Language, &d.Source, &d.GPC, &offered, &accepted, &d.Leaf, &d.EndLeaf); err != nil {
			return nil, err
		}
		d.At, d.LastVisit, d.Ended, d.Offered, d.Accepted = at.Time, visit.Time, ended.Time, offered.V, accepted.V
		found = append(found, d)
	}
	return found, store.Classify(rows.Err())
}

// missing are the keys of before that after lacks.
func missing(before, after []string) []string {
	var gone []string
	for _, key := range before {
		if !slices.Contains(after, key) {
			gone = append(gone, key)
		}
	}
	return gone
}
