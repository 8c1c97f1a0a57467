package retain

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/store"
)

// parking is a plan that has to wait: of one task, of a whole run (no task), or
// of a take-over of the policy next.
type parking struct {
	kind string
	task string
	next string
	plan Plan
}

// park stores a plan that waits, in place of an earlier one about the same, and
// returns it with its id. Of take-overs only the latest waits.
func (s *Sweeper) park(ctx context.Context, p parking) (Plan, error) {
	plan := p.plan
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if p.kind == kindTakeOver {
			if err := s.supersede(ctx, tx, p.next); err != nil {
				return err
			}
		}
		err := store.Classify(tx.QueryRowContext(ctx, "select id from retain_run where state = $1 and kind = $2 and task = $3 and coalesce(next_policy, '') = $4",
			stateWaiting, p.kind, p.task, p.next).Scan(&plan.ID))
		known := err == nil
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if !known {
			plan.ID = store.NewID()
		}
		plan.Waits = slices.Clone(plan.Waits)
		for i := range plan.Waits {
			plan.Waits[i].Plan = plan.ID
		}
		if !known {
			return insertRun(ctx, tx, stateWaiting, parking{kind: p.kind, task: p.task, next: p.next, plan: plan})
		}
		_, err = tx.ExecContext(ctx, "update retain_run set policy = $1, planned_at = $2, plan = $3 where id = $4",
			plan.Policy, store.At(plan.At), store.JSON[Plan]{V: plan.brief()}, plan.ID)
		return store.Classify(err)
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
// for, in the name of the person who confirms. After a jump of the clock that is
// everything but what is too large by itself, which waits on. NotFound if no such
// plan waits, Conflict if a later take-over took its place, if the data has
// changed so that more would go than the plan said, or while another process runs.
func (s *Sweeper) Confirm(ctx context.Context, id, who string) (Report, error) {
	p, err := s.waiting(ctx, id)
	if err != nil {
		return Report{}, err
	}
	if p.kind == kindTakeOver {
		return Report{Plan: p.plan}, s.decide(ctx, id, who, stateConfirmed)
	}
	return s.alone(ctx, func(ctx context.Context) (Report, error) { return s.carryOut(ctx, id, who) })
}

func (s *Sweeper) carryOut(ctx context.Context, id, who string) (Report, error) {
	p, err := s.waiting(ctx, id) // again: another run may have gone ahead
	if err != nil {
		return Report{}, err
	}
	if p.plan.At.After(s.Clock.Now()) {
		return Report{}, fault.New(fault.Conflict, "the plan was made when the clock stood later than now; reject it")
	}
	// Counted again at the plan's own moment: what has become due since then is
	// another run's, and more rows than were shown are another plan.
	now, tasks, err := s.plan(ctx, p.plan.At, toRun)
	if err != nil {
		return Report{}, err
	}
	b := batch{who: who, whole: p.task == ""}
	if !b.whole {
		tasks = slices.DeleteFunc(tasks, func(t *task) bool { return t.name() != p.task })
		now = now.of(tasks)
		now.Waits = p.plan.Waits
	}
	if grown(now, p.plan) {
		p.plan = now
		now, err := s.park(ctx, p)
		if err != nil {
			return Report{}, err
		}
		return Report{Plan: now, Waiting: true}, fault.New(fault.Conflict, "the data has changed since; look at the plan again and confirm it anew")
	}
	now.Waits = nil
	if b.whole {
		now.Waits = s.tooLarge(tasks)
		if now, tasks, err = s.holdBack(ctx, now, tasks); err != nil {
			return Report{}, err
		}
	}
	now.ID = id
	b.plan, b.tasks = now, tasks
	return s.run(ctx, b)
}

// grown reports whether more is due than a person was shown, or under another
// policy.
func grown(now, shown Plan) bool {
	due := map[string]int64{}
	for _, i := range shown.Items {
		due[i.Rule+" "+i.Table] += i.Due
	}
	return slices.ContainsFunc(now.Due(), func(i Item) bool { return i.Due > due[i.Rule+" "+i.Table] || now.Policy != shown.Policy })
}

// Reject puts the waiting plan id aside. The next run plans anew.
func (s *Sweeper) Reject(ctx context.Context, id, who string) error {
	if _, err := s.waiting(ctx, id); err != nil {
		return err
	}
	return s.decide(ctx, id, who, stateRejected)
}

func (s *Sweeper) waiting(ctx context.Context, id string) (p parking, err error) {
	var stored store.JSON[Plan]
	var state string
	err = store.Classify(s.DB.QueryRowContext(ctx, "select kind, task, coalesce(next_policy, ''), plan, state from retain_run where id = $1 and state in ($2, $3)",
		id, stateWaiting, stateSuperseded).Scan(&p.kind, &p.task, &p.next, &stored, &state))
	switch {
	case err != nil:
		return p, fmt.Errorf("the plan %s: %w", id, err)
	case state == stateSuperseded:
		return p, fault.New(fault.Conflict, "another policy was given since this plan was made; look at the latest plan and confirm that one")
	}
	p.plan = stored.V
	p.plan.ID = id
	return p, nil
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
