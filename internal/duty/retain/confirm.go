package retain

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// park stores a plan that waits, in place of an earlier one of the same kind and
// policies, and returns it with its id. Of take-overs only the latest waits.
func (s *Sweeper) park(ctx context.Context, kind string, plan Plan, next string) (Plan, error) {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if kind == kindTakeOver {
			if err := s.supersede(ctx, tx, next); err != nil {
				return err
			}
		}
		err := store.Classify(tx.QueryRowContext(ctx, "select id from retain_run where state = $1 and kind = $2 and coalesce(next_policy, '') = $3",
			stateWaiting, kind, next).Scan(&plan.ID))
		switch {
		case err == nil:
			_, err := tx.ExecContext(ctx, "update retain_run set policy = $1, planned_at = $2, plan = $3 where id = $4",
				plan.Policy, store.At(plan.At), store.JSON[Plan]{V: plan.brief()}, plan.ID)
			return store.Classify(err)
		case !fault.Is(err, fault.NotFound):
			return err
		}
		plan.ID = store.NewID()
		return insertRun(ctx, tx, kind, stateWaiting, plan, nullable(next))
	})
	if err != nil {
		return plan, fmt.Errorf("store a plan that waits: %w", err)
	}
	return plan, nil
}

// supersede puts the take-overs aside that wait, but for one to the policy
// except: what they were compared with, or led to, is not what is wanted any more.
func (s *Sweeper) supersede(ctx context.Context, tx *store.Tx, except string) error {
	_, err := tx.ExecContext(ctx, "update retain_run set state = $1, finished_at = $2 where state = $3 and kind = $4 and next_policy <> $5",
		stateSuperseded, store.At(s.Clock.Now()), stateWaiting, kindTakeOver, except)
	return store.Classify(err)
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Waiting returns the plans that wait for a person, the newest first.
func (s *Sweeper) Waiting(ctx context.Context) ([]Plan, error) {
	rows, err := s.DB.QueryContext(ctx, "select id, plan from retain_run where state = $1 order by planned_at desc, id", stateWaiting)
	if err != nil {
		return nil, fmt.Errorf("read the plans that wait: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Plan
	for rows.Next() {
		var id string
		var plan store.JSON[Plan]
		if err := rows.Scan(&id, &plan); err != nil {
			return nil, fmt.Errorf("read the plans that wait: %w", err)
		}
		plan.V.ID = id
		found = append(found, plan.V)
	}
	return found, store.Classify(rows.Err())
}

// Confirm carries out the waiting plan id, or allows the take-over it stands
// for, in the name of the person who confirms. NotFound if no such plan waits,
// Conflict if a later take-over took its place, if the data has changed so that more would go than the plan said, or
// while another process runs.
func (s *Sweeper) Confirm(ctx context.Context, id, who string) (Report, error) {
	kind, plan, err := s.waiting(ctx, id)
	if err != nil {
		return Report{}, err
	}
	if kind == kindTakeOver {
		return Report{Plan: plan}, s.decide(ctx, id, who, stateConfirmed)
	}
	return s.alone(ctx, func(ctx context.Context) (Report, error) { return s.carryOut(ctx, id, who) })
}

func (s *Sweeper) carryOut(ctx context.Context, id, who string) (Report, error) {
	_, plan, err := s.waiting(ctx, id) // again: another run may have gone ahead
	if err != nil {
		return Report{}, err
	}
	if plan.At.After(s.Clock.Now()) {
		return Report{}, fault.New(fault.Conflict, "the plan was made when the clock stood later than now; reject it")
	}
	// Counted again at the plan's own moment: what has become due since then is
	// another run's, and more rows than were shown are another plan.
	now, tasks, err := s.plan(ctx, plan.At, toRun)
	if err != nil {
		return Report{}, err
	}
	shown := map[string]int64{}
	for _, i := range plan.Items {
		shown[i.Rule+" "+i.Table] += i.Due
	}
	for _, i := range now.Due() {
		if i.Due > shown[i.Rule+" "+i.Table] || now.Policy != plan.Policy {
			now, err := s.park(ctx, kindRun, now, "")
			if err != nil {
				return Report{}, err
			}
			return Report{Plan: now, Waiting: true}, fault.New(fault.Conflict, "the data has changed since; look at the plan again and confirm it anew")
		}
	}
	now.ID = id
	return s.run(ctx, now, tasks, who)
}

// Reject puts the waiting plan id aside. The next run plans anew.
func (s *Sweeper) Reject(ctx context.Context, id, who string) error {
	if _, _, err := s.waiting(ctx, id); err != nil {
		return err
	}
	return s.decide(ctx, id, who, stateRejected)
}

func (s *Sweeper) waiting(ctx context.Context, id string) (kind string, plan Plan, err error) {
	var stored store.JSON[Plan]
	var state string
	err = store.Classify(s.DB.QueryRowContext(ctx, "select kind, plan, state from retain_run where id = $1 and state in ($2, $3)",
		id, stateWaiting, stateSuperseded).Scan(&kind, &stored, &state))
	switch {
	case err != nil:
		return "", Plan{}, fmt.Errorf("the plan %s: %w", id, err)
	case state == stateSuperseded:
		return "", Plan{}, fault.New(fault.Conflict, "another policy was given since this plan was made; look at the latest plan and confirm that one")
	}
	stored.V.ID = id
	return kind, stored.V, nil
}

// decide writes a person's decision, with a leaf.
func (s *Sweeper) decide(ctx context.Context, id, who, state string) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		leaf, err := s.Ledger.Append(ctx, tx, "retention."+state, map[string]any{"run": id})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update retain_run set state = $1, decided_by = $2, leaf = $3 where id = $4", state, who, leaf, id)
		return store.Classify(err)
	})
	if err != nil {
		return fmt.Errorf("record a decision: %w", err)
	}
	return nil
}
