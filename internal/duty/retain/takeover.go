package retain

import (
	"context"
	"fmt"
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// TakeOver says what changes over stored data if next replaces old. A plan
// without Waits may be taken over at once. Otherwise it is stored under its ID
// and waits; asked again with the same policies after Confirm, it waits no more.
func (s *Sweeper) TakeOver(ctx context.Context, old, next *policy.Policy) (Plan, error) {
	plan, err := s.compare(ctx, old, next)
	if err != nil || len(plan.Waits) == 0 {
		return plan, err
	}
	confirmed, err := s.confirmed(ctx, s.DB, old, next)
	if err != nil || confirmed != "" {
		plan.ID, plan.Waits = confirmed, nil
		return plan, err
	}
	return s.park(ctx, parking{kind: kindTakeOver, next: next.Hash, plan: plan})
}

// compare plans with next as if it were in force and says what a person has to
// look at.
func (s *Sweeper) compare(ctx context.Context, old, next *policy.Policy) (Plan, error) {
	now := s.Clock.Now()
	plan := Plan{At: now, Policy: old.Hash}
	former, err := s.former(ctx, s.DB)
	if err != nil {
		return plan, err
	}
	tasks, err := s.tasks(ctx, next, former, now, toCompare)
	if err != nil {
		return plan, fmt.Errorf("plan the take-over: %w", err)
	}
	for _, t := range tasks {
		plan.Items = append(plan.Items, t.Item)
		if w, ok := t.tightened(old, now); ok {
			plan.Waits = append(plan.Waits, w.said())
		}
	}
	return plan, nil
}

// tightened says why the task needs a person before its policy replaces old.
func (t *task) tightened(old *policy.Policy, now time.Time) (Wait, bool) {
	w := Wait{Code: WaitPolicy, Rule: t.Rule, Table: t.Table, What: t.what(), Rows: t.Rows, Due: t.Due, After: t.term.Keep.String()}
	if t.term.undeclared() {
		w.Code, w.After = WaitRemoved, ""
		return w, t.Due+t.Kept > 0
	}
	if !t.term.before.IsZero() || t.Rows == 0 {
		return w, false
	}
	var former *policy.Rule
	if a := old.Activity(t.Activity); a != nil {
		former = ruleOf(a, t.term.ID)
	}
	switch {
	case former == nil:
		return w, t.Due > 0
	case longer(former, t.term.Rule, now):
		w.Before = former.Keep.String()
		return w, true
	case former.Then != t.term.Then:
		w.Before, w.Instead, w.Then = former.Keep.String(), former.Then, t.term.Then
		return w, t.Due > 0
	}
	return w, false
}

// confirmed returns the id of the confirmed plan for the take-over, "" if there
// is none.
func (s *Sweeper) confirmed(ctx context.Context, q store.Querier, old, next *policy.Policy) (string, error) {
	var id string
	err := store.Classify(q.QueryRowContext(ctx, "select id from retain_run where kind = $1 and state = $2 and policy = $3 and next_policy = $4",
		kindTakeOver, stateConfirmed, old.Hash, next.Hash).Scan(&id))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fmt.Errorf("look for a confirmation: %w", err)
	}
	return id, nil
}

// Adopt records in the transaction that puts next in force which former rules go
// on for data collected before, and has what next no longer declares deleted.
// Refused if TakeOver's plan still waits. old is nil for the first policy.
func (s *Sweeper) Adopt(ctx context.Context, tx *store.Tx, old, next *policy.Policy) error {
	if old == nil {
		return nil
	}
	plan, err := s.compare(ctx, old, next)
	if err != nil {
		return err
	}
	id, err := s.confirmed(ctx, tx, old, next)
	if err != nil {
		return err
	}
	if len(plan.Waits) > 0 && id == "" {
		return refused(plan.Waits)
	}
	for _, w := range plan.Waits { // a person has seen it: the next run need not ask again
		if err := schedule(ctx, tx, w.Rule, w.Table, time.Time{}, math.MaxInt64); err != nil {
			return fmt.Errorf("adopt a policy: %w", err)
		}
	}
	if err := remember(ctx, tx, old, next, s.Clock.Now()); err != nil {
		return err
	}
	if id != "" {
		if _, err := tx.ExecContext(ctx, "update retain_run set state = $1, finished_at = $2 where id = $3", stateDone, store.At(s.Clock.Now()), id); err != nil {
			return fmt.Errorf("adopt a policy: %w", store.Classify(err))
		}
	}
	if err := s.supersede(ctx, tx, ""); err != nil {
		return fmt.Errorf("adopt a policy: %w", err)
	}
	if _, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: sweepJob, Key: "now"}); err != nil {
		return fmt.Errorf("adopt a policy: %w", err)
	}
	return nil
}
