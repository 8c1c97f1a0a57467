package retain

import (
	"context"
	"slices"
	"time"
)

// brake says what of the tasks must wait for a person: all of it if the clock
// jumped, else each task that is too large by itself.
func (s *Sweeper) brake(tasks []*task, last, now time.Time) []Wait {
	if gap := now.Sub(last); !last.IsZero() && gap > s.Brake.Jump {
		return []Wait{Wait{Code: WaitClock, Last: last, Late: gap.Round(time.Hour)}.said()}
	}
	return s.tooLarge(tasks)
}

// tooLarge holds back every task that would end more than was foreseen, and says
// why, in the order of the tasks.
func (s *Sweeper) tooLarge(tasks []*task) []Wait {
	var waits []Wait
	for _, t := range tasks {
		if w, ok := s.brakeTask(t); ok {
			t.held = true
			waits = append(waits, w.said())
		}
	}
	return waits
}

func (s *Sweeper) brakeTask(t *task) (Wait, bool) {
	unforeseen := t.Due - t.foreseen
	w := Wait{Rule: t.Rule, Table: t.Table, What: t.what(), Rows: t.Rows, Due: t.Due, Unforeseen: unforeseen}
	switch {
	case t.Due == 0 || unforeseen <= 0:
		return w, false
	case t.term.undeclared():
		w.Code = WaitRemoved
		return w, true
	case t.Rows > s.Brake.Rows && float64(unforeseen) > s.Brake.Share*float64(t.Rows):
		w.Code = WaitShare
		return w, true
	}
	return w, false
}

// holdBack stores a plan for each thing that waits, puts its id into plan's
// waits, and returns the tasks that may run: none if the clock jumped.
func (s *Sweeper) holdBack(ctx context.Context, plan Plan, tasks []*task) (_ Plan, free []*task, err error) {
	if plan.stopped() {
		plan, err = s.park(ctx, parking{kind: kindRun, plan: plan})
		return plan, nil, err
	}
	plan.Waits = slices.Clone(plan.Waits)
	next := 0
	for _, t := range tasks {
		if !t.held {
			free = append(free, t)
			continue
		}
		part := plan.of([]*task{t})
		part.Waits = plan.Waits[next : next+1 : next+1]
		if part, err = s.park(ctx, parking{kind: kindRun, task: t.name(), plan: part}); err != nil {
			return plan, nil, err
		}
		plan.Waits[next], next = part.Waits[0], next+1
	}
	return plan, free, nil
}

// Propose says what is due now, as Plan does, and stores what would have to wait
// for a person, under ids that Confirm takes. It ends nothing.
func (s *Sweeper) Propose(ctx context.Context) (Plan, error) {
	plan, tasks, err := s.plan(ctx, s.Clock.Now(), toShow)
	if err != nil || len(plan.Waits) == 0 {
		return plan, err
	}
	_, err = s.alone(ctx, func(ctx context.Context) (Report, error) {
		plan, _, err = s.holdBack(ctx, plan, tasks)
		return Report{}, err
	})
	return plan, err
}
