package audit

import (
	"context"
	"crypto/sha256"
	"fmt"

	"kept/internal/store"
)

// digest stands for the id of a leaf: there may be millions.
type digest [16]byte

func digestOf(id string) digest {
	sum := sha256.Sum256([]byte(id))
	return digest(sum[:16])
}

// standing finds decisions that stand on record although the ledger says that
// they ended and does not say that they stand again.
func (x *examination) standing(ctx context.Context, s *sheet) error {
	if !x.has("consent_decision") {
		return nil
	}
	ends, renewed := map[digest]digest{}, map[digest]bool{} // leaf of an end → leaf of the acceptance; ends taken back
	err := x.eachLeaf(ctx, "consent.", func(l leaf) error {
		switch l.Kind {
		case "consent.ended", "consent.withdrawn":
			ends[digestOf(l.ID)] = digestOf(l.fact("given"))
		case "consent.renewed":
			renewed[digestOf(l.fact("ended"))] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	over := map[digest]bool{}
	for end, given := range ends {
		if !renewed[end] {
			over[given] = true
		}
	}
	rows, err := x.DB.QueryContext(ctx, "select leaf, decided_at from consent_decision where ended_at is null")
	if err != nil {
		return fmt.Errorf("read the decisions that stand: %w", store.Classify(err))
	}
	defer rows.Close()
	var whole, revived tally
	for rows.Next() {
		var leaf string
		var at store.Time
		if err := rows.Scan(&leaf, &at); err != nil {
			return fmt.Errorf("read the decisions that stand: %w", err)
		}
		whole.add(tally{1, at.Time})
		if over[digestOf(leaf)] {
			revived.add(tally{1, at.Time})
		}
	}
	s.counted(Check{What: "decisions that stand and of which the ledger knows no end", Table: "consent_decision", Counted: whole.n, Oldest: whole.oldest}, Finding{
		Count: revived.n, Oldest: revived.oldest, What: "decisions that stand although the ledger says that they ended",
		Remedy: "the record was changed past Kept; end these decisions again, delete what was collected since, and look at who had access to the database"})
	return store.Classify(rows.Err())
}
