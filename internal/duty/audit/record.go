package audit

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// slow is how long a leaf may wait for its place.
const slow = time.Hour

// record checks guarantee 9: the ledger is whole from the first leaf to the
// signed head, and whatever must have a leaf has one.
func (x *examination) record(ctx context.Context, s *sheet) error {
	if err := x.recompute(ctx, s); err != nil {
		return err
	}
	for _, look := range []func(context.Context, *sheet) error{x.pendingLeaves, x.leavesOfRuns, x.leavesOfErasures, x.policies, x.standing, x.published, x.clocks, x.lost} {
		if err := look(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// recompute builds the tree from the entries again and compares.
func (x *examination) recompute(ctx context.Context, s *sheet) error {
	r, err := x.Ledger.Verify(ctx, nil)
	switch {
	case fault.Is(err, fault.NotFound):
		s.unsure("leaves recomputed up to the signed head", "no leaf has its place yet")
		return nil
	case err != nil:
		return err
	}
	c := Check{What: "leaves recomputed up to the signed head", Counted: r.Leaves, Verdict: Verified}
	if r.Bad != nil {
		c.Verdict = Broken
		what := r.Bad.What
		if r.Bad.Leaf >= 0 {
			what = fmt.Sprintf("leaf %d: %s", r.Bad.Leaf, r.Bad.What)
		}
		s.find(Finding{Table: "ledger_leaf", Count: 1, What: "the ledger does not verify: " + what,
			Remedy: "compare with an exported copy or a published checkpoint; treat the database as tampered with"})
	}
	s.check(c)
	return nil
}

// pendingLeaves counts leaves that have waited too long for their place. A
// leaf's id begins with its time.
func (x *examination) pendingLeaves(ctx context.Context, s *sheet) error {
	var waiting, late tally
	rows, err := x.DB.QueryContext(ctx, "select entry from ledger_pending")
	if err != nil {
		return fmt.Errorf("read pending leaves: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		at := timeOfEntry(text)
		waiting.add(tally{1, at})
		if at.Before(x.now.Add(-slow)) {
			late.add(tally{1, at})
		}
	}
	if err := rows.Err(); err != nil {
		return store.Classify(err)
	}
	s.counted(Check{What: "leaves that wait for their place", Table: "ledger_pending", Counted: waiting.n, Oldest: waiting.oldest}, Finding{
		Count: late.n, Oldest: late.oldest, What: "leaves that have waited for their place for over an hour", Remedy: "see that a node runs, and what its log says of the sequencer"})
	return nil
}

// leavesOfRuns counts retention runs that ended without a leaf.
func (x *examination) leavesOfRuns(ctx context.Context, s *sheet) error {
	if !x.has("retain_run") {
		return nil
	}
	ran := "state in ('done', 'interrupted') and kind = 'run'"
	return x.withLeaf(ctx, s, "retention runs with a leaf", "retain_run", "planned_at", ran, "leaf", "retention.ran")
}

// leavesOfErasures counts erasures whose intent or end is not in the ledger.
func (x *examination) leavesOfErasures(ctx context.Context, s *sheet) error {
	if !x.has("rights_request") {
		return nil
	}
	done := "asked = 'erasure' and state = 'done'"
	if err := x.withLeaf(ctx, s, "erasures with a leaf before", "rights_request", "received_at", done, "intent_leaf", "erasure.intended"); err != nil {
		return err
	}
	return x.withLeaf(ctx, s, "erasures with a leaf after", "rights_request", "received_at", done, "leaf", "erasure.done")
}

func (x *examination) withLeaf(ctx context.Context, s *sheet, what, table, at, which, column, kind string) error {
	whole, err := count(ctx, x.DB, table, at, which)
	if err != nil {
		return err
	}
	without, err := count(ctx, x.DB, table, at, and(which, or([]string{column + " is null", "not " + leafExists(table+"."+column, kind)})))
	if err != nil {
		return err
	}
	s.counted(Check{What: what, Table: table, Counted: whole.n, Oldest: whole.oldest}, Finding{
		Count: without.n, Oldest: without.oldest, What: "not in the ledger: " + what,
		Remedy: "the record was changed or written past Kept; look at who had access to the database"})
	return nil
}

// recent is how long ago a checkpoint may have left the house.
const recent = 48 * time.Hour

// published says whether a checkpoint left the house of late: a log that nobody
// outside has seen can be rewritten from there on.
func (x *examination) published(ctx context.Context, s *sheet) error {
	const what, remedy = "checkpoints seen outside", "; export the ledger or have its checkpoints mailed"
	var out tally
	var oldest, newest store.Time
	err := x.DB.QueryRowContext(ctx, "select count(*), min(at), max(at) from ledger_checkpoint where published").Scan(&out.n, &oldest, &newest)
	switch {
	case err != nil:
		return fmt.Errorf("read the checkpoints: %w", store.Classify(err))
	case out.n == 0:
		s.unsure(what, "no checkpoint has left the house yet"+remedy)
	case newest.Before(x.now.Add(-recent)):
		s.unsure(what, "no checkpoint has left the house since "+newest.Format(time.DateOnly)+remedy)
	default:
		s.check(Check{What: what, Table: "ledger_checkpoint", Counted: out.n, Oldest: oldest.Time, Verdict: Verified})
	}
	return nil
}

// clocks says whether this node's clock goes as the database's does, which all nodes
// share.
func (x *examination) clocks(_ context.Context, s *sheet) error {
	if x.Apart == nil {
		return nil
	}
	c, f := Check{What: "the clock of this node against the database's", Counted: 1}, Finding{}
	if apart := x.Apart(); apart != 0 {
		f = Finding{Count: 1, What: "the clock of this node and the database's are apart by " + apart.Abs().Round(time.Second).String(),
			Remedy: "set the machine's clock, best by NTP; look at what this node wrote meanwhile"}
	}
	s.counted(c, f)
	return nil
}

// lost counts entries of the access log that found no room while its database was
// away. They are lost, and the ledger says so.
func (x *examination) lost(ctx context.Context, s *sheet) error {
	c := Check{What: "entries of the access log that were lost in outages, as the ledger says", Table: "accesslog_entry", Verdict: Verified}
	err := x.eachLeaf(ctx, "accesslog.lost", func(l leaf) error {
		c.Counted += l.number("entries")
		if c.Oldest.IsZero() || l.At.Before(c.Oldest) {
			c.Oldest = l.At
		}
		return nil
	})
	if err == nil && c.Counted > 0 {
		s.check(c)
	}
	return err
}
