package retain

import (
	"context"
	"slices"

	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// A person's data can be restricted because the person asked for it, or because
// a rule says so when a period is over. The first suspends every deletion, the
// second only use: the rule that deletes later still does. So the room remembers
// which restrictions are its own rules': those that began when it says.

// restrict puts the people of a page under restriction.
func (s *Sweeper) restrict(ctx context.Context, tx *store.Tx, t *term, page []due) (int64, int64, error) {
	var subjects []string
	for _, d := range page {
		subjects = append(subjects, d.subject)
	}
	slices.Sort(subjects)
	for _, id := range slices.Compact(subjects) {
		if err := s.Subjects.Restrict(ctx, tx, id, "rule "+t.ID); err != nil {
			return 0, 0, err
		}
		_, err := tx.ExecContext(ctx, `insert into retain_restriction (subject, rule, at) select subject, $1, since from subject_restriction
			where subject = $2 on conflict (subject) do update set rule = excluded.rule, at = excluded.at`, t.ID, id)
		if err != nil {
			return 0, 0, store.Classify(err)
		}
	}
	return int64(len(page)), 0, nil
}

// kept says whose data a rule must not end now: everybody's, or that of the
// subjects returned, sorted.
func (s *Sweeper) kept(ctx context.Context, activity, rule string) (keep []string, everybody bool, err error) {
	keep, everybody, err = s.Subjects.Kept(ctx, activity, rule)
	if err != nil || everybody || len(keep) == 0 {
		return keep, everybody, err
	}
	ours, err := store.Texts(ctx, s.DB, `select q.subject from retain_restriction q
		join subject_restriction r on r.subject = q.subject and r.since = q.at`)
	if err != nil || len(ours) == 0 {
		return keep, false, err
	}
	holds, err := s.Subjects.Holds(ctx)
	if err != nil {
		return nil, false, err
	}
	held := func(id string) bool {
		return slices.ContainsFunc(holds, func(h subject.Hold) bool {
			return h.Subject == id && (h.Activity == "" || h.Activity == activity) && (h.Rule == "" || h.Rule == rule)
		})
	}
	keep = slices.DeleteFunc(keep, func(id string) bool { return slices.Contains(ours, id) && !held(id) })
	return keep, false, nil
}

// keeping is kept for a step; one that restricts passes over everybody who is
// restricted already.
func (s *Sweeper) keeping(ctx context.Context, c condition, st step) (keep []string, everybody bool, err error) {
	if st.action == policy.Restrict {
		return s.Subjects.Kept(ctx, c.activity.Key, st.term.ID)
	}
	return s.kept(ctx, c.activity.Key, st.term.ID)
}
