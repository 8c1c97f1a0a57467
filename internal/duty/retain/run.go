package retain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
)

// The states of a run.
const (
	stateWaiting     = "waiting"
	stateConfirmed   = "confirmed"
	stateRejected    = "rejected"
	stateOvertaken   = "overtaken"  // what it waited for is over: a run went ahead without it
	stateSuperseded  = "superseded" // another take-over was asked for since, or made
	stateRunning     = "running"
	stateInterrupted = "interrupted"
	stateDone        = "done"
)

// The kinds of a run.
const (
	kindRun      = "run"
	kindTakeOver = "take-over"
)

// Plan says what is due now and changes nothing.
func (s *Sweeper) Plan(ctx context.Context) (Plan, error) {
	plan, _, err := s.plan(ctx, s.Clock.Now(), toShow)
	return plan, err
}

func (s *Sweeper) plan(ctx context.Context, now time.Time, why purpose) (Plan, []*task, error) {
	p := s.Policy()
	plan := Plan{At: now, Policy: p.Hash}
	former, err := s.former(ctx, s.DB)
	if err != nil {
		return plan, nil, err
	}
	tasks, err := s.tasks(ctx, p, former, now, why)
	if err != nil {
		return plan, nil, fmt.Errorf("plan retention: %w", err)
	}
	last, err := s.last(ctx)
	if err != nil {
		return plan, nil, fmt.Errorf("plan retention: %w", err)
	}
	for _, t := range tasks {
		plan.Items = append(plan.Items, t.Item)
	}
	if len(plan.Due()) > 0 {
		plan.Waits = s.brake(tasks, last, now)
	}
	return plan, tasks, nil
}

// Sweep is the tick: it plans, runs what may run by itself and stores a plan
// that has to wait. It is called every Rhythm. Conflict while another process
// runs.
func (s *Sweeper) Sweep(ctx context.Context) (Report, error) { return s.alone(ctx, s.sweep) }

func (s *Sweeper) sweep(ctx context.Context) (Report, error) {
	if err := s.closeInterrupted(ctx); err != nil {
		return Report{}, err
	}
	now := s.Clock.Now()
	plan, tasks, err := s.plan(ctx, now, toRun)
	if err != nil {
		return Report{}, err
	}
	plan, free, err := s.holdBack(ctx, plan, tasks)
	if err != nil || plan.stopped() {
		return Report{Plan: plan, Waiting: true}, err
	}
	untold := s.announce(ctx, now) // what ends does not wait for it
	report, err := s.run(ctx, batch{plan: plan, tasks: free, whole: true})
	return report, errors.Join(err, untold)
}

// batch is what one run carries out.
type batch struct {
	plan  Plan
	tasks []*task
	whole bool   // everything that may run, as the tick does; else one task that a person confirmed
	who   string // who confirmed it; empty if nobody had to
}

// run carries a batch out and records what was done. Without anything due it
// only remembers that it looked; if the clock jumped, not even that, so that the
// brake stays ready.
func (s *Sweeper) run(ctx context.Context, b batch) (Report, error) {
	report := Report{Plan: b.plan, Started: s.Clock.Now(), Waiting: len(b.plan.Waits) > 0}
	b.plan = b.plan.of(b.tasks)
	if len(b.plan.Due()) == 0 && b.who == "" {
		last, err := s.last(ctx)
		if err != nil || report.Started.Sub(last) > s.Brake.Jump && !last.IsZero() {
			return report, err
		}
	}
	var err error
	if b.plan.ID, err = s.begin(ctx, b); err != nil {
		return report, err
	}
	report.Plan.ID = b.plan.ID
	for _, t := range b.tasks {
		done, err := s.do(ctx, t, b.plan.At)
		if err != nil {
			return report, fmt.Errorf("end what %s says in %s: %w", t.Rule, t.Table, err)
		}
		if done.Rows > 0 || done.Partitions > 0 {
			report.Done = append(report.Done, done)
		}
	}
	if len(report.Done) > 0 {
		if err := s.DB.Truncate(ctx); err != nil {
			return report, err
		}
	}
	return s.finish(ctx, report, b)
}

// do ends what is due under one term in one table. Event tables are called even
// if nothing is due: rows that a lifted hold kept apart go then.
func (s *Sweeper) do(ctx context.Context, t *task, now time.Time) (Done, error) {
	done := Done{Activity: t.Activity, Rule: t.Rule, Table: t.Table, Action: t.Action}
	if !t.sweeps(now) {
		return done, nil
	}
	if t.cover.table.Shape != manifest.Rows {
		return s.doEvents(ctx, t, done)
	}
	if t.Due == 0 {
		return done, nil
	}
	for _, st := range t.steps {
		rows, keys, err := s.drain(ctx, condition{t.cover, now}, st)
		done.Rows, done.Keys = done.Rows+rows, done.Keys+keys
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// begin stores that a run has begun, with what it is going to do, so that a run
// that is killed leaves a trace; that somebody confirmed it stands in the ledger.
// A run without anything due leaves no trace.
func (s *Sweeper) begin(ctx context.Context, b batch) (id string, err error) {
	if b.who == "" && len(b.plan.Due()) == 0 {
		return "", nil
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if b.who == "" {
			b.plan.ID = store.NewID()
			return insertRun(ctx, tx, stateRunning, parking{kind: kindRun, plan: b.plan})
		}
		if _, err := s.Ledger.Append(ctx, tx, "retention.confirmed", b.confirmation()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "update retain_run set state = $1, decided_by = $2 where id = $3", stateRunning, b.who, b.plan.ID)
		return store.Classify(err)
	})
	if err != nil {
		return "", fmt.Errorf("begin a run: %w", err)
	}
	return b.plan.ID, nil
}

// confirmation is what the ledger says a person confirmed.
func (b batch) confirmation() map[string]any {
	facts := map[string]any{"run": b.plan.ID, "policy": b.plan.Policy, "rows": int64(0)}
	for _, t := range b.tasks {
		facts["rows"] = facts["rows"].(int64) + t.Due
	}
	if !b.whole && len(b.tasks) > 0 {
		facts["rule"], facts["table"] = ruleName(b.tasks[0].Rule), b.tasks[0].Table
	}
	return facts
}

func insertRun(ctx context.Context, tx *store.Tx, state string, p parking) error {
	_, err := tx.ExecContext(ctx, "insert into retain_run (id, state, kind, task, policy, next_policy, planned_at, plan) values ($1, $2, $3, $4, $5, $6, $7, $8)",
		p.plan.ID, state, p.kind, p.task, p.plan.Policy, nullable(p.next), store.At(p.plan.At), store.JSON[Plan]{V: p.plan.brief()})
	return store.Classify(err)
}

// finish records a run: the forecast for the next, the counts, the leaf.
func (s *Sweeper) finish(ctx context.Context, report Report, b batch) (Report, error) {
	report.Finished = s.Clock.Now()
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, t := range b.tasks {
			if err := note(ctx, tx, t, b.plan.At); err != nil {
				return err
			}
		}
		if b.whole {
			if err := tick(ctx, tx, report.Finished); err != nil {
				return err
			}
			if err := s.overtake(ctx, tx, report); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, &report, b.who)
	})
	if err != nil {
		return report, fmt.Errorf("record a retention run: %w", err)
	}
	return report, nil
}

// overtake puts the plans aside that have nothing to wait for any more: those
// that the run did not find waiting.
func (s *Sweeper) overtake(ctx context.Context, tx *store.Tx, report Report) error {
	waiting, err := store.Texts(ctx, tx, "select id from retain_run where state = $1 and kind = $2", stateWaiting, kindRun)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		if slices.ContainsFunc(report.Plan.Waits, func(w Wait) bool { return w.Plan == id }) {
			continue
		}
		_, err := tx.ExecContext(ctx, "update retain_run set state = $1, finished_at = $2 where id = $3", stateOvertaken, store.At(report.Finished), id)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// record writes what a run did. One that found nothing to end, and that nobody
// confirmed, leaves no record.
func (s *Sweeper) record(ctx context.Context, tx *store.Tx, report *Report, who string) (err error) {
	if len(report.Done) == 0 && who == "" {
		_, err := tx.ExecContext(ctx, "delete from retain_run where id = $1", report.Plan.ID)
		return store.Classify(err)
	}
	if report.Plan.ID == "" { // nothing was due; rows that a lifted hold had kept went
		report.Plan.ID = store.NewID()
		if err := insertRun(ctx, tx, stateRunning, parking{kind: kindRun, plan: report.Plan}); err != nil {
			return err
		}
	}
	if err := s.seekOrphans(ctx, tx, report.Done); err != nil {
		return err
	}
	if report.Leaf, err = s.leaf(ctx, tx, *report); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update retain_run set state = $1, finished_at = $2, done = $3, leaf = $4 where id = $5",
		stateDone, store.At(report.Finished), store.JSON[[]Done]{V: report.Done}, report.Leaf, report.Plan.ID)
	return store.Classify(err)
}

// leafItems is how many items one leaf holds: a leaf has at most 4 kB.
const leafItems = 12

// leaf appends retention.ran, several times if one leaf cannot hold the run,
// and returns the first.
func (s *Sweeper) leaf(ctx context.Context, tx *store.Tx, r Report) (first string, err error) {
	if len(r.Done) == 0 {
		return s.Ledger.Append(ctx, tx, "retention.ran", map[string]any{"run": r.Plan.ID, "policy": r.Plan.Policy, "rows": 0})
	}
	for some := range slices.Chunk(r.Done, leafItems) {
		var items []any
		for _, d := range some {
			items = append(items, map[string]any{
				"rule": ruleName(d.Rule), "table": d.Table, "action": string(d.Action), "rows": d.Rows, "partitions": d.Partitions, "keys": d.Keys,
			})
		}
		id, err := s.Ledger.Append(ctx, tx, "retention.ran", map[string]any{"run": r.Plan.ID, "policy": r.Plan.Policy, "ended": items})
		if err != nil {
			return "", err
		}
		if first == "" {
			first = id
		}
	}
	return first, nil
}

// longestName is how long a rule's id may be to stand in a leaf.
const longestName = 100

// ruleName is a rule's id, or if that is long its beginning and a digest: the id
// of a rule names its data, and may name much.
func ruleName(id string) string {
	if len(id) <= longestName {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return fmt.Sprintf("%s:%x", id[:longestName-33], sum[:16])
}

// closeInterrupted gives runs that were killed the leaf that they could not
// write. What they had not ended yet, the run that follows ends. Only who works
// alone may call it: then whatever else says that it runs does not.
func (s *Sweeper) closeInterrupted(ctx context.Context) error {
	ids, err := store.Texts(ctx, s.DB, "select id from retain_run where state = $1", stateRunning)
	if err != nil {
		return fmt.Errorf("look for interrupted runs: %w", err)
	}
	for _, id := range ids {
		err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			leaf, err := s.Ledger.Append(ctx, tx, "retention.ran", map[string]any{"run": id, "interrupted": true})
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "update retain_run set state = $1, finished_at = $2, leaf = $3 where id = $4",
				stateInterrupted, store.At(s.Clock.Now()), leaf, id)
			return store.Classify(err)
		})
		if err != nil {
			return fmt.Errorf("close an interrupted run: %w", err)
		}
	}
	return nil
}

// Runs returns the n latest runs that had something to do.
func (s *Sweeper) Runs(ctx context.Context, n int) ([]Report, error) {
	rows, err := s.DB.QueryContext(ctx, `select id, planned_at, finished_at, plan, done, coalesce(leaf, '') from retain_run
		where state in ($1, $2) order by planned_at desc, id limit $3`, stateDone, stateInterrupted, n)
	if err != nil {
		return nil, fmt.Errorf("read the runs: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Report
	for rows.Next() {
		var r Report
		var id string
		var planned, finished store.Time
		var plan store.JSON[Plan]
		var done store.JSON[[]Done]
		if err := rows.Scan(&id, &planned, &finished, &plan, &done, &r.Leaf); err != nil {
			return nil, fmt.Errorf("read the runs: %w", err)
		}
		r.Plan, r.Done, r.Started, r.Finished = plan.V, done.V, planned.Time, finished.Time
		r.Plan.ID = id
		found = append(found, r)
	}
	return found, store.Classify(rows.Err())
}

// refused says why something must wait, as an error for the person.
func refused(waits []Wait) error {
	return fault.New(fault.Refused, "a person has to confirm this first: %s", waits[0].Text)
}
