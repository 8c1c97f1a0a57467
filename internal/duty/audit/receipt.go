package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/consent"
	"kept/internal/fault"
	"kept/internal/store"
)

// mostReceipts is how many decisions one audit compares with their receipts:
// each opens what was sealed and proves a leaf.
const mostReceipts = 500

// recorded is what a row says of a decision.
type recorded struct {
	id, notice string
	at         time.Time
	accepted   []string
}

// decisionsAsSigned compares decisions with what the persons have in their
// hands: whoever changes a row, lest an event lack its consent, cannot sign it
// anew. Ids are random, and so is where it begins.
func (x *examination) decisionsAsSigned(ctx context.Context, s *sheet, all tally) error {
	if x.Receipt == nil {
		return nil
	}
	from := store.NewID()
	rows, err := x.recorded(ctx, "id >= $1", from, mostReceipts)
	if err != nil {
		return err
	}
	before, err := x.recorded(ctx, "id < $1", from, mostReceipts-len(rows))
	if err != nil {
		return err
	}
	var looked, changed tally
	for _, d := range append(rows, before...) {
		same, err := x.asSigned(ctx, d)
		if fault.Is(err, fault.NotFound) { // erased; guarantee 8 asks whether it may be
			continue
		}
		if err != nil {
			return err
		}
		looked.add(tally{1, d.at})
		if !same {
			changed.add(tally{1, d.at})
		}
	}
	c := Check{What: "decisions compared with their receipts", Table: "consent_decision", Counted: looked.n, Oldest: looked.oldest}
	if all.n > mostReceipts {
		c.Verdict, c.Why = Sampled, "more decisions than one audit compares"
	}
	s.counted(c, Finding{Count: changed.n, Oldest: changed.oldest,
		What:   "decisions that are not what was acknowledged to the person",
		Remedy: "the record was changed past Kept; what the receipt says holds: look at who had access to the database"})
	return nil
}

func (x *examination) recorded(ctx context.Context, where, id string, most int) (found []recorded, err error) {
	rows, err := x.DB.QueryContext(ctx, fmt.Sprintf("select id, notice_hash, decided_at, accepted from consent_decision where %s order by id limit %d", where, most), id)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var d recorded
		var at store.Time
		var accepted store.JSON[[]string]
		if err := rows.Scan(&d.id, &d.notice, &at, &accepted); err != nil {
			return nil, err
		}
		d.at, d.accepted = at.Time, accepted.V
		found = append(found, d)
	}
	return found, store.Classify(rows.Err())
}

// asSigned reports whether a row says what its receipt does, and the receipt
// bears out.
func (x *examination) asSigned(ctx context.Context, d recorded) (bool, error) {
	receipt, err := x.Receipt(ctx, d.id)
	if err != nil {
		return false, err
	}
	v, err := consent.VerifyReceipt(receipt, x.Ledger.Key())
	if err != nil {
		return false, fmt.Errorf("read a receipt: %w", err)
	}
	given, err := time.Parse(time.RFC3339, v.Given)
	fits := err == nil && len(v.Findings) == 0 && given.Equal(d.at)
	return fits && v.Decision == d.id && v.Notice == d.notice && slices.Equal(v.Accepted, d.accepted), nil
}
