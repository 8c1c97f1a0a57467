package consent

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// ending says how decisions end.
type ending struct {
	at       time.Time
	by       string // Withdrew, Replaced or Lapsed
	source   Source // of the decision that ends them, empty for Lapsed
	language string
	accepted []string // what the next decision accepts
	next     string   // its id
}

// ended is a decision that just ended.
type ended struct {
	id       string
	subject  string
	lost     []string // what was accepted and is not any more
	proof    statement
	leaf     string
	end      statement
	endLeaf  string
	terms    []term
	accepted []string
}

// end ends every decision of a subject that stands. A partial or whole
// withdrawal is a leaf consent.withdrawn, whatever else ends is consent.ended.
func (s *Service) end(ctx context.Context, tx *store.Tx, subject string, e ending) ([]ended, error) {
	// On PostgreSQL two choices of one browser can meet on two nodes. Whoever is
	// second waits here, and then sees what the first has stored.
	if _, err := tx.ExecContext(ctx, "update consent_decision set previous = previous where subject = $1", subject); err != nil {
		return nil, store.Classify(err)
	}
	found, err := s.standing(ctx, tx, "subject = $1", subject)
	if err != nil {
		return nil, err
	}
	for i := range found {
		x := &found[i]
		if err := s.stopCookies(ctx, tx, x.id, e.at); err != nil {
			return nil, err
		}
		x.lost = missing(x.accepted, e.accepted)
		if err := s.endOne(ctx, tx, x, e); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// standing returns decisions that have not ended, the oldest first.
func (s *Service) standing(ctx context.Context, tx *store.Tx, where string, args ...any) ([]ended, error) {
	rows, err := tx.QueryContext(ctx, "select id, subject, accepted, leaf, proof from consent_decision where ended_at is null and "+where+" order by decided_at, id", args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []ended
	for rows.Next() {
		var (
			x        ended
			accepted store.JSON[[]string]
			sealed   []byte
		)
		if err := rows.Scan(&x.id, &x.subject, &accepted, &x.leaf, &sealed); err != nil {
			return nil, err
		}
		x.accepted = accepted.V
		x.proof, err = s.openStatement(ctx, x.subject, proofContext, sealed)
		if err != nil && !fault.Is(err, fault.NotFound) { // without its key the proof is gone; the decision ends all the same
			return nil, err
		}
		found = append(found, x)
	}
	return found, store.Classify(rows.Err())
}

// endOne writes one decision's end: the signed statement, its leaf, the record.
func (s *Service) endOne(ctx context.Context, tx *store.Tx, x *ended, e ending) (err error) {
	kind := "consent.ended"
	if e.by != Lapsed && len(x.lost) > 0 {
		kind = "consent.withdrawn"
	}
	facts := map[string]any{"given": x.leaf, "by": e.by, "withdrawn": len(x.lost)}
	var sealed []byte
	if x.proved() {
		if x.end, err = s.attest(x.proof.Header, withdrawal(x, e)); err != nil {
			return err
		}
		facts["commitment"] = x.end.commitment()
		if sealed, err = s.sealStatement(ctx, x.subject, endingContext, x.end); err != nil {
			return err
		}
		if x.terms, err = s.readTerms(ctx, tx, x.proof.Header); err != nil {
			return err
		}
	}
	if x.endLeaf, err = s.ledger.Append(ctx, tx, kind, facts); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update consent_decision set ended_at = $1, ended_by = $2, end_leaf = $3, ending = $4 where id = $5",
		store.At(e.at), e.by, x.endLeaf, sealed, x.id)
	return store.Classify(err)
}

// proved reports whether the proof of the acceptance is still readable.
func (x *ended) proved() bool { return x.proof.Header != nil }

// receipt is the receipt of an ended decision.
func (x *ended) receipt(key string) ([]byte, error) {
	return receipt(key, x.terms, []acknowledged{{statement: x.proof, leaf: x.leaf}, {statement: x.end, leaf: x.endLeaf}})
}

const lapseChunk = 200

// lapse ends the decisions whose browser did not come back for the lifetime of
// a cookie: nothing is left that could show them. A decision whose last visit
// was forgotten has lapsed too. What was collected on them keeps its own period.
func (s *Service) lapse(ctx context.Context) error {
	now := s.clock.Now()
	cutoff := store.At(s.offer().lifetime.Before(now.Add(-2 * day)))
	for n := lapseChunk; n == lapseChunk; {
		err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			found, err := s.standing(ctx, tx, `id in (select id from consent_decision where ended_at is null
				and (last_visit_at <= $1 or last_visit_at is null and decided_at <= $1) limit $2)`, cutoff, lapseChunk)
			if err != nil {
				return err
			}
			n = len(found)
			for i := range found {
				if err := s.endOne(ctx, tx, &found[i], ending{at: now, by: Lapsed}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("end consents that lapsed: %w", err)
		}
	}
	return nil
}
