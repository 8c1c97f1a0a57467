package retain

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// The kinds of job of this room.
const (
	sweepJob    = "retain.sweep"
	withdrawJob = "retain.withdraw"
	lateJob     = "retain.withdraw-late"
	keysJob     = "retain.keys"
)

// ended names what a job ends of whom.
type ended struct {
	Subject  string `json:"subject"`
	Activity string `json:"activity"`
	Events   int64  `json:"events,omitempty"` // that went before
}

// OnWithdraw ends what is held of a subject on the consent to groups: rows in
// the transaction, events by a job right after it. Give it to consent.OnWithdraw.
// What a hold or a restriction keeps is owed until that ends.
func (s *Sweeper) OnWithdraw(ctx context.Context, tx *store.Tx, subject string, groups []string) error {
	p := s.Policy()
	for i := range p.Activities {
		a := &p.Activities[i]
		m := s.manifest(a.Kind)
		if m == nil || a.Basis != policy.Consent || !slices.Contains(groups, a.Group) {
			continue
		}
		if err := s.withdraw(ctx, tx, a, m, subject); err != nil {
			return fmt.Errorf("end what %s holds on a withdrawn consent: %w", a.Key, err)
		}
	}
	return nil
}

func (s *Sweeper) withdraw(ctx context.Context, tx *store.Tx, a *policy.Activity, m *manifest.Manifest, subject string) error {
	kept, err := s.keeps(ctx, a, subject)
	if err != nil {
		return err
	}
	if kept {
		return s.owe(ctx, tx, subject, a.Key)
	}
	now := s.Clock.Now()
	for _, t := range tables(m) {
		if t.Shape != manifest.Rows {
			continue
		}
		c := condition{cover(a, termsOf(a), m, t), now}
		who := c.subject()
		if who == "" {
			continue
		}
		stays := Stays(a, m, t, func(r *policy.Rule) bool { return Outlasts(a, r) })
		if _, err := c.erase(ctx, tx, cmp.Or(a.OnWithdrawal, policy.Delete), all([]string{who + " = $1", c.mine()}), []any{subject}, stays); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	if _, err := s.Ledger.Append(ctx, tx, "erasure.intended", map[string]any{"activity": a.Key, "cause": "withdrawal"}); err != nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, job.New{Kind: withdrawJob, Key: subject + "/" + a.Key, Payload: ended{Subject: subject, Activity: a.Key}})
	return err
}

// keeps reports whether a hold on the activity or any of its rules, or a
// restriction, keeps the subject's data.
func (s *Sweeper) keeps(ctx context.Context, a *policy.Activity, subject string) (bool, error) {
	ids := []string{""}
	for i := range a.Retention {
		ids = append(ids, a.Retention[i].ID)
	}
	for _, id := range ids {
		keep, everybody, err := s.kept(ctx, a.Key, id)
		if err != nil || everybody || slices.Contains(keep, subject) {
			return true, err
		}
	}
	return false, nil
}

// Now ends, in the caller's transaction, what "keep: 0 days" ends of the row key
// of table when the moment has come in it. A kind gets it handed in and calls it
// after it has written the moment.
func (s *Sweeper) Now(ctx context.Context, tx *store.Tx, activity, moment, table, key string) error {
	a := s.Policy().Activity(activity)
	if a == nil {
		return nil
	}
	m := s.manifest(a.Kind)
	if m == nil {
		return fault.New(fault.Internal, "the kind %s has no manifest", a.Kind)
	}
	t, ok := m.Table(table)
	if !ok {
		return fault.New(fault.Internal, "%s has no table %s", a.Kind, table)
	}
	c := condition{cover(a, termsOf(a), m, t), s.Clock.Now()}
	if err := s.now(ctx, tx, c, moment, key); err != nil {
		return fmt.Errorf("end what %s ends at once: %w", activity, err)
	}
	return nil
}

func (s *Sweeper) now(ctx context.Context, tx *store.Tx, c condition, moment, key string) error {
	for _, st := range c.steps() {
		if st.term.From != moment || !st.term.Keep.IsZero() {
			continue
		}
		keep, everybody, err := s.keeping(ctx, c, st)
		if err != nil {
			return err
		}
		if everybody {
			continue
		}
		page, err := c.row(ctx, tx, st.where, key)
		if err != nil {
			return err
		}
		page = without(page, keep)
		if len(page) == 0 {
			continue
		}
		if st.action == policy.Restrict {
			_, _, err = s.restrict(ctx, tx, st.term, page)
		} else {
			_, err = s.leave(ctx, tx, c, st, page)
		}
		if err != nil {
			return err
		}
		if err := s.looseLater(ctx, tx, c, page[0].subject); err != nil {
			return err
		}
	}
	return nil
}

// row returns the one row named key if it meets where.
func (c condition) row(ctx context.Context, tx *store.Tx, where, key string) ([]due, error) {
	who := c.subject()
	if who == "" {
		who = "null"
	}
	d := due{key: key}
	err := store.Classify(tx.QueryRowContext(ctx, fmt.Sprintf("select coalesce(%s, '') from %s where %s and %s.%s = $1",
		who, c.table.Name, where, c.table.Name, RowKey(c.table)), key).Scan(&d.subject))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return []due{d}, err
}

// looseLater has the subject's keys destroyed, as far as nothing is sealed under
// them any more, once the transaction is committed.
func (s *Sweeper) looseLater(ctx context.Context, tx *store.Tx, c condition, subject string) error {
	if subject == "" || len(s.seals(c)) == 0 {
		return nil
	}
	_, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: keysJob, Key: subject + "/" + c.activity.Key, Payload: ended{Subject: subject, Activity: c.activity.Key}})
	return err
}
